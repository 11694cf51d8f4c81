"""What the web is told: for hubs an answer, for readers what a page is to say; and who gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from monitor.alerts.links import Purpose


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the few words that go with it."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Receiver(Protocol):
    """What is behind the callbacks."""

    @property
    def max_body_bytes(self) -> int:
        """The largest push that is read."""
        ...

    async def ask(self, feed_id: str, token: str, query: Mapping[str, str]) -> Answer:
        """Answer a hub that asks whether we meant it, or tells that it will not."""
        ...

    async def admit(self, feed_id: str, token: str) -> Answer | None:
        """Say why a push by this callback is not even read; None where it is."""
        ...

    async def push(self, feed_id: str, token: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Take a push; the answer comes once it is committed."""
        ...

    async def ready(self) -> str:
        """Say why no work can be done, "" where it can."""
        ...


#: "ask": is it meant? "done": it is noted. Then why not: a token that is not ours, or late; an alert that is not kept
#: any more; or nothing that the reader could help.
State = Literal["ask", "done", "bad", "expired", "gone", "later"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader who follows a link of an alert is to see, before it is put into words."""

    state: State
    purpose: Purpose | None = None
    #: Name of the watchlist, or its id where that is all we know.
    watchlist: str = ""
    #: What the alert was about.
    title: str = ""
    #: Id of the channel, and who would get no more.
    channel: str = ""
    recipient: str = ""
    #: What was last said of the alert: "yes", "no", or "".
    said: str = ""
    #: Token of the opposite answer.
    opposite: str = ""
    #: Of an alert that was only sent to try a channel: nothing follows from it.
    is_trial: bool = False


class Reader(Protocol):
    """What is behind the links of alerts."""

    async def look(self, token: str) -> Sight:
        """Tell what following the link would do; change nothing."""
        ...

    async def act(self, token: str) -> Sight:
        """Do it, and tell so."""
        ...
