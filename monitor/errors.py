"""Every exception that the service raises on purpose.

`str()` reads "what: subject: cause". `temporary` is the only question that a worker's loop asks: may the same work
succeed later without a person? "Not modified" and "no match" are values, not exceptions.
"""

from __future__ import annotations


class MonitorError(Exception):
    """Raised when something went wrong that the service can name."""

    #: What went wrong, for the first part of the message.
    what = "error"

    def __init__(self, subject: str, cause: str, *, temporary: bool = False) -> None:
        super().__init__(subject, cause)
        self.subject = subject
        self.cause = cause
        self.temporary = temporary

    def __str__(self) -> str:
        return f"{self.what}: {self.subject}: {self.cause}"


class SettingsError(MonitorError):
    """Raised when settings cannot be read or are not valid; `problems` lists every one of them."""

    what = "settings"

    def __init__(self, subject: str, cause: str, *, problems: tuple[str, ...] = ()) -> None:
        super().__init__(subject, cause)
        self.problems = problems or (f"{subject}: {cause}",)


class FeedError(MonitorError):
    """Raised when a feed cannot be polled; its neighbours are not concerned."""

    what = "feed"


class FetchError(FeedError):
    """Raised when a document cannot be fetched.

    `phase` says how far the request came: "address" (refused before any byte), "dns", "connect", "tls", "proxy",
    "send" (time-out or loss after the request went out), "body" (too large, broken coding), "redirect", "status", or
    "held" (not asked for now).
    `status` is the HTTP status, None where no answer came.
    """

    what = "fetch"

    def __init__(
        self,
        subject: str,
        cause: str,
        *,
        phase: str,
        temporary: bool = True,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(subject, cause, temporary=temporary)
        self.phase = phase
        self.status = status
        self.retry_after_s = retry_after_s


class HeldBackError(FetchError):
    """Raised when a host is not asked because it has asked to wait, for `retry_after_s` yet; nothing was sent."""


class AddressError(FetchError):
    """Raised when a request is refused because of where it would go; nothing was sent there."""

    what = "refused address"


class ParseError(FeedError):
    """Raised when a document is no feed, or one that cannot be read within its limits."""

    what = "parse"


class WatchlistError(MonitorError):
    """Raised when a watchlist does not compile; `line` and `column` (from 1) say where in its query."""

    what = "watchlist"

    def __init__(self, subject: str, cause: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(subject, cause)
        self.line = line
        self.column = column


class DeliveryError(MonitorError):
    """Raised when a channel cannot be built or used as it is configured."""

    what = "delivery"


class StoreError(MonitorError):
    """Raised when Redis cannot be reached, refuses a write (memory, disk) or holds what this version cannot read."""

    what = "store"

    def __init__(self, subject: str, cause: str, *, temporary: bool = True) -> None:
        super().__init__(subject, cause, temporary=temporary)
