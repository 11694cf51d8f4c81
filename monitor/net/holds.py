"""Hosts that have asked to be left alone for a while, and until when: nothing is asked of them before.

A server that counts requests may count them for one address, or for all of it, and does not say which (RFC 6585,
section 4); one that is overloaded or under repair is so as a whole (RFC 9110, section 15.6.4). So what it asks of one
feed is heeded for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from monitor.net.retry_after import retry_after_s

#: Answers that may ask for it: 429 Too Many Requests, and 503 Service Unavailable.
ASK_TO_WAIT = frozenset((429, 503))


class Holds:
    """The hosts that are held back in one process, by scheme, host and port. False where there are none."""

    def __init__(self, *, most_s: float = 6 * 3600.0, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        #: Longest that a host is held back on the word of one of its addresses, seconds.
        self.most_s = most_s
        self._now = now
        self._until: dict[str, datetime] = {}
        self._heard: dict[str, datetime] = {}

    def __bool__(self) -> bool:
        """Tell whether any host may be held back."""
        return bool(self._until)

    def left_s(self, host: str) -> float:
        """Give the seconds for which a host is not to be asked; 0 where it may be."""
        until = self._until.get(host)
        if until is None:
            return 0.0
        left_s = (until - self._now()).total_seconds()
        if left_s <= 0:
            del self._until[host]
        return max(left_s, 0.0)

    def heed(self, host: str, status: int, headers: Mapping[str, str]) -> None:
        """Hold a host back if its answer asks for that: 429 or 503 with a Retry-After."""
        if status not in ASK_TO_WAIT:
            return
        now = self._now()
        wait_s = min(retry_after_s(headers.get("retry-after"), now) or 0.0, self.most_s)
        if wait_s and self._hold(host, now + timedelta(seconds=wait_s)):
            self._heard[host] = self._until[host]

    def learn(self, until: Mapping[str, datetime]) -> None:
        """Hold back what others have heard of."""
        for host, time in until.items():
            self._hold(host, time)

    def heard(self) -> dict[str, datetime]:
        """Give what was heard here since this was asked last."""
        heard, self._heard = self._heard, {}
        return heard

    def _hold(self, host: str, until: datetime) -> bool:
        now = self._now()
        self._until = {each: time for each, time in self._until.items() if time > now}
        if until <= self._until.get(host, now):
            return False
        self._until[host] = until
        return True
