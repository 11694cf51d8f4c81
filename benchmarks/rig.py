"""The real poller on a real Valkey in this process, told to poll all feeds at once; and what each process has cost.

What it polls stands in `benchmarks.world`, in a process of its own.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from monitor.queue.duty import reconcile
from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.server import EmbeddedServer
from monitor.queue.store import Store
from monitor.settings import schema
from workers.life import Life
from workers.poller import Poller
from workers.wiring import Place

#: Requests under way at once, of the poller and of whatever is compared with it.
CONCURRENCY = 128


class CountingLife(Life):
    """A worker's life that counts what was done; the poller says so after each commit."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self._left = 0
        self._done = asyncio.Event()

    def expect(self, pieces: int) -> None:
        """Begin to count down."""
        self._left = pieces
        self._done.clear()

    async def done(self, *, within_s: float = 120.0) -> None:
        """Wait for the last piece that is expected."""
        async with asyncio.timeout(within_s):
            await self._done.wait()

    def worked(self) -> None:
        """Count one piece of work."""
        self._left -= 1
        if self._left == 0:
            self._done.set()


class Rig:
    """A poller that polls when it is told to."""

    def __init__(self, store: Store, poller: Poller, life: CountingLife, feed_ids: Sequence[str]) -> None:
        self.store = store
        self._poller = poller
        self._life = life
        self._feeds = len(feed_ids)
        #: What makes all feeds due, prepared so that its cost is not measured.
        self._make_due = [
            (
                "ZADD",
                store.keys.due(shard),
                *(part for each in feed_ids if shard_of(each) == shard for part in ("0", each)),
            )
            for shard in range(SHARDS)
        ]

    async def poll_all(self) -> float:
        """Make all feeds due at once, and return the seconds until all their polls are committed."""
        self._life.expect(self._feeds)
        started = time.perf_counter()
        await self.store.run_all(self._make_due)
        await self._poller.claim()
        await self._life.done()
        return time.perf_counter() - started


async def items_of(store: Store) -> int:
    """Count the items committed so far."""
    return sum([int(await store.run("XLEN", store.keys.items(shard))) for shard in range(SHARDS)])


@asynccontextmanager
async def rig(address: str, *, feeds: int) -> AsyncIterator[Rig]:
    """Run a poller that knows the feeds at /0, /1, ... of a server; each was polled once when the block begins."""
    settings = schema.Settings(
        net=schema.NetSettings(allow_hosts=("127.0.0.1",), per_host=CONCURRENCY),
        # An hour: no feed falls due by itself.
        polling=schema.PollingSettings(min_interval=3600, concurrency=CONCURRENCY),
        feeds=tuple(schema.FeedSettings(id=f"feed-{number}", url=f"{address}/{number}") for number in range(feeds)),
    )
    ids = [feed.id for feed in settings.feeds]
    async with valkey() as (folder, store):
        life = CountingLife("poller")
        poller = Poller(store, life=life, place=Place(folder / "settings.toml", {}))
        await poller.apply(settings)
        life.expect(feeds)
        await reconcile(store, ids)
        running = asyncio.create_task(poller.run())
        try:
            await life.done()
            yield Rig(store, poller, life, ids)
        finally:
            life.stop()
            await running


@asynccontextmanager
async def valkey() -> AsyncIterator[tuple[Path, Store]]:
    """Run the embedded server as the service does, in a folder of its own; give the folder and a store on it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        server = EmbeddedServer(Path(name) / "redis")
        await server.start()
        store = await Store.open(server.url, prefix="news:")
        try:
            yield Path(name), store
        finally:
            await store.close()
            await server.stop()


def cpu_seconds() -> dict[str, float]:
    """Give the processor time used so far by this process, its parsing processes and its Valkey."""
    used = {"poller": time.process_time(), "parser": 0.0, "Valkey": 0.0}
    for child in psutil.Process().children(recursive=True):
        words = child.cmdline()
        times = child.cpu_times()
        if "monitor.feeds.reading.parser_process" in words:
            used["parser"] += times.user + times.system
        elif words and "valkey-server" in words[0]:
            used["Valkey"] += times.user + times.system
    return used
