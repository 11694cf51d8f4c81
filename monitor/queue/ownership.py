"""Who owns what for a time: a notifier its shards, a worker the right to publish settings. By the server's clock."""

from __future__ import annotations

import asyncio

from monitor.queue.store import Script, Store

_OWN = Script.load("own")
_DISOWN = Script.load("disown")


class Ownership:
    """Ownerships of one worker, each on a key with a time to live."""

    def __init__(self, store: Store, *, worker: str, ttl_s: float, predecessor: str = "") -> None:
        self._store = store
        self._worker = worker
        self._predecessor = predecessor
        self.ttl_s = ttl_s

    async def hold(self, keys: list[str]) -> list[str]:
        """Take or keep each of `keys` that is free, ours or a dead predecessor's; returns those that are ours now."""
        args = [self._worker, int(self.ttl_s * 1000), self._predecessor]
        replies = await asyncio.gather(*(self._store.script(_OWN, [key], args) for key in keys))
        return [key for key, reply in zip(keys, replies, strict=True) if int(reply)]

    async def give_up(self, keys: list[str]) -> None:
        """Let others take `keys` at once, where they are ours."""
        await asyncio.gather(*(self._store.script(_DISOWN, [key], [self._worker]) for key in keys))
