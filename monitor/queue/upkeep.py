"""How much work waits, and what may be trimmed: never what some group in use has not acknowledged. Promise 4."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from monitor.errors import StoreError
from monitor.queue.keys import SHARDS
from monitor.queue.store import Script, Store, entries, mapping

_FORGET = Script.load("forget_consumer")

#: Consumers without pending messages that nobody heard of for so long are forgotten, milliseconds.
_FORGET_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Lag:
    """What a group has still to do on one stream."""

    stream: str
    group: str
    #: Entries not yet handed to any consumer, and those handed out and not acknowledged.
    waiting: int
    pending: int


class Upkeep:
    """The service's housekeeping on its streams."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def lags(self, stream: Callable[[int], str]) -> list[Lag]:
        """Measure every group of a sharded stream."""
        return [lag for each in await asyncio.gather(*(self._lags(stream(s)) for s in range(SHARDS))) for lag in each]

    async def backlog(self) -> int:
        """Count items that the matchers have still to do."""
        return sum(lag.waiting + lag.pending for lag in await self.lags(self._store.keys.items))

    async def trim(self, stream: Callable[[int], str], *, keep_s: float, keep_bytes: int) -> int:
        """Remove entries that all groups have acknowledged and that are older or more than is to be kept.

        `keep_bytes` is for all shards together. Returns how many entries went.
        """
        share = keep_bytes // SHARDS
        return sum([await self._trim_one(stream(s), keep_s=keep_s, keep_bytes=share) for s in range(SHARDS)])

    async def _lags(self, stream: str) -> list[Lag]:
        return [
            Lag(stream, group["name"], await self._waiting(stream, group), int(group["pending"]))
            for group in await self._groups(stream)
        ]

    async def _groups(self, stream: str) -> list[dict[str, Any]]:
        return await self._facts("GROUPS", stream)

    async def _facts(self, *what: str) -> list[dict[str, Any]]:
        try:
            return [mapping(each) for each in await self._store.run("XINFO", *what)]
        except StoreError as error:
            if "no such key" in error.cause or "NOGROUP" in error.cause:
                return []
            raise

    async def _waiting(self, stream: str, group: dict[str, Any]) -> int:
        if group.get("lag") is not None:
            return int(group["lag"])
        # The server cannot tell once entries in the middle were deleted: count them, up to a sane number.
        start = f"({group['last-delivered-id']}"
        return len(await self._store.run("XRANGE", stream, start, "+", "COUNT", 10_000))

    async def _trim_one(self, stream: str, *, keep_s: float, keep_bytes: int) -> int:
        groups = await self._groups(stream)
        if not groups:
            return 0  # nobody reads yet: everything is unread
        unread = min([await self._first_unread(stream, group["name"], group) for group in groups])
        wanted = max(await self._older_than(keep_s), await self._beyond_size(stream, keep_bytes))
        return int(await self._store.run("XTRIM", stream, "MINID", _format(min(unread, wanted))))

    async def _first_unread(self, stream: str, name: str, group: dict[str, Any]) -> tuple[int, int]:
        pending = await self._store.run("XPENDING", stream, name)
        if int(pending[0]):
            return _parse(pending[1])
        milliseconds, number = _parse(group["last-delivered-id"])
        return milliseconds, number + 1

    async def _older_than(self, keep_s: float) -> tuple[int, int]:
        seconds, _ = await self._store.run("TIME")
        return max(0, int((int(seconds) - keep_s) * 1000)), 0

    async def _beyond_size(self, stream: str, keep_bytes: int) -> tuple[int, int]:
        """Find the entry before which all must go so that the rest fits, judged by the average entry."""
        size = int(await self._store.run("MEMORY", "USAGE", stream, "SAMPLES", 5) or 0)
        length = int(await self._store.run("XLEN", stream))
        if size <= keep_bytes or not length:
            return (0, 0)
        surplus = length - int(length * keep_bytes / size)
        found = entries(await self._store.run("XRANGE", stream, "-", "+", "COUNT", min(surplus + 1, 1000)))
        return _parse(found[-1][0])

    async def forget_consumers(self, stream: Callable[[int], str], group: str) -> None:
        """Forget consumers of earlier runs that hold nothing."""
        for name in map(stream, range(SHARDS)):
            for consumer in await self._facts("CONSUMERS", name, group):
                if not int(consumer["pending"]) and int(consumer["idle"]) > _FORGET_MS:
                    await self._store.script(_FORGET, [name], [group, consumer["name"]])


def _parse(entry_id: str) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)


def _format(entry_id: tuple[int, int]) -> str:
    return f"{entry_id[0]}-{entry_id[1]}"
