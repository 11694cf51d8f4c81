"""Watchlists of which all that is held is to be decided anew, before it is due: a mute was undone, or
ends sooner than it did.

Asked for by whoever decides that, done by whoever lets out what the shard holds; it waits for them, and is not
forgotten with the process that asked.
"""

from __future__ import annotations

from datetime import datetime

from monitor.queue.keys import shard_of
from monitor.queue.store import Script, Store, mapping

_NOTE = Script.load("note")
_DROP = Script.load("drop_record")


class Anew:
    """What is to be decided anew."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def ask(self, watchlist: str, *, now: datetime) -> None:
        """Ask for it."""
        await self._store.script(_NOTE, [self._store.keys.anew(shard_of(watchlist))], [watchlist, now.isoformat()])

    async def asked(self, shard: int) -> dict[str, str]:
        """Read what was asked for: when, by watchlist."""
        return mapping(await self._store.run("HGETALL", self._store.keys.anew(shard)))

    async def done(self, watchlist: str, when: str) -> None:
        """Say that it was done; what was asked for again since stays asked for."""
        await self._store.script(_DROP, [self._store.keys.anew(shard_of(watchlist))], [watchlist, when])
