"""Mutes, pauses and unsubscriptions: the overrides by which readers and operators silence the service. Pure.

What comes up under a mute is held until it ends; a paused channel keeps its deliveries; who unsubscribed gets none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.queue.registry import Override

MUTED = "muted"
CHANNEL_PAUSED = "channel-paused"
UNSUBSCRIBED = "unsubscribed"


def muted(watchlist: str, *, channel: str = "", until: datetime | None, reason: str, now: datetime) -> Override:
    """Make the mute of a watchlist, on one channel or ("") on all; `until` None: until it is undone."""
    name = ":".join(filter(None, (MUTED, watchlist, channel)))
    end = until.isoformat(timespec="seconds") if until else ""
    return Override(name, MUTED, watchlist, reason, now.isoformat(), until=end, channel=channel)


def paused(channel: str, *, reason: str, now: datetime) -> Override:
    """Make the pause of a channel."""
    return Override(f"{CHANNEL_PAUSED}:{channel}", CHANNEL_PAUSED, channel, reason, now.isoformat())


def unsubscribed(watchlist: str, *, channel: str, recipient: str, reason: str, now: datetime) -> Override:
    """Make the end of a watchlist's alerts to one recipient of a channel."""
    name = f"{UNSUBSCRIBED}:{watchlist}:{channel}:{recipient}"
    return Override(
        name, UNSUBSCRIBED, watchlist, reason, now.isoformat(), channel=channel, recipient=recipient
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Silences:
    """What of this is in force at one moment."""

    #: Ends of mutes by watchlist and channel, "" for all channels.
    _mutes: dict[tuple[str, str], datetime]
    _unsubscribed: frozenset[tuple[str, str, str]]

    @classmethod
    def of(cls, overrides: Iterable[Override]) -> Silences:
        """Take what overrides say of it."""
        overrides = list(overrides)
        return cls(
            {(each.subject, each.channel): each.ends_at for each in overrides if each.kind == MUTED},
            frozenset((each.subject, each.channel, each.recipient) for each in overrides if each.kind == UNSUBSCRIBED),
        )

    def muted_until(self, watchlist_id: str, channel_id: str) -> datetime | None:
        """Return until when a watchlist is mute on a channel, far away where no end is set; None where it is not."""
        ends = (self._mutes.get((watchlist_id, channel)) for channel in ("", channel_id))
        return max((end for end in ends if end), default=None)

    def is_unsubscribed(self, watchlist_id: str, channel_id: str, recipient: str) -> bool:
        """Tell whether a recipient wants no alerts of a watchlist on a channel."""
        return (watchlist_id, channel_id, recipient) in self._unsubscribed
