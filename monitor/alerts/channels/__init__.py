"""One file per kind of channel: each turns one delivery into one attempt, and the answer into an `Outcome`.

A sender never raises for what a server, a network or a disk does, stores nothing, and never tries twice what may have
been taken: when to try again is `monitor.alerts.retry`'s to say. One whose receiver limits how fast it may be sent to
keeps a `Pace`, which whoever calls it waits for before an attempt begins.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from monitor.alerts.outcome import Outcome
from monitor.alerts.pace import Pace
from monitor.model import Delivery


class Sender(Protocol):
    """A channel that is ready to send: settings read, secrets resolved."""

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Make one attempt; may be cancelled at any point, after which the next one starts afresh."""

    async def close(self) -> None:
        """Let go of connections; the last call."""


@runtime_checkable
class Paced(Protocol):
    """A sender whose receiver limits how fast it may be sent to."""

    @property
    def pace(self) -> Pace:
        """What to wait for before each attempt."""


def pace_of(sender: Sender) -> Pace:
    """Return the pace that a sender keeps; one without limits where it keeps none."""
    return sender.pace if isinstance(sender, Paced) else Pace()
