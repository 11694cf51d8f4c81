"""What readers and operators silenced, as one process knows it: read at its start, then each second.

Every process that decides on alerts has one. It also clears what has come to its end.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from monitor.queue.registry import Registry
from monitor.queue.silences import Silences
from monitor.queue.store import Store
from workers.life import Life
from workers.loop import lasting

_LOOK_S = 1.0


class Decisions:
    """The mutes and unsubscriptions in force."""

    def __init__(self, store: Store) -> None:
        self._registry = Registry(store)
        self._silences = Silences.of(())

    async def refresh(self) -> None:
        """Read them anew. Raises StoreError."""
        now = datetime.now(UTC)
        found = await self._registry.overrides()
        over = [each for each in found if each.is_over(now)]
        self._silences = Silences.of(each for each in found if each not in over)
        await self._registry.clear(over)

    async def run(self, *, life: Life) -> None:
        """Keep them up to date, until cancelled."""
        while True:
            await lasting(self.refresh, life=life)
            await asyncio.sleep(_LOOK_S)

    def muted_until(self, watchlist_id: str, channel_id: str) -> datetime | None:
        """Return until when a watchlist is mute on a channel, far away where no end is set; None where it is not.

        The time may be over already: whoever decides compares it with its own.
        """
        return self._silences.muted_until(watchlist_id, channel_id)

    def is_unsubscribed(self, watchlist_id: str, channel_id: str, recipient: str) -> bool:
        """Tell whether a recipient wants no alerts of a watchlist on a channel."""
        return self._silences.is_unsubscribed(watchlist_id, channel_id, recipient)
