"""Very many feeds in a running service: registers them, makes some due, waits for their polls, weighs its processes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import seconds_used, weights
from benchmarks.rig import CONCURRENCY
from monitor.queue.duty import Duty
from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.registry import Registry
from monitor.queue.store import Store
from monitor.queue.upkeep import Upkeep
from tests.workers.service import Service
from workers.life import background

#: Between two polls of a feed: none of them falls due by itself.
INTERVAL_S = 6 * 3600
#: Where the settings name the file with the feeds.
INCLUDED = 'include = ["feeds.jsonl"]\n'
_WEIGHED_EVERY_S = 2.0
_CLAIMS = 2_000


@dataclass(slots=True)
class Crowd:
    """The running service and the feeds that it has."""

    service: Service
    store: Store
    address: str
    #: Process ids of the supervisor and of what was started beside it.
    roots: list[int]
    size: int = 1

    async def grow(self, size: int) -> float:
        """Register more feeds; return the seconds until the poller has them, polls apart."""
        version = max(await self._versions("poller"))
        write_feeds(self.service.folder, self.address, size)
        started = time.perf_counter()
        while min(await self._versions("poller")) <= version or await self._registered() != size:  # noqa: ASYNC110 -- other processes
            await asyncio.sleep(0.05)
        self.size = size
        return time.perf_counter() - started

    async def poll(self, feed_ids: Iterable[str]) -> float:
        """Make feeds due at once, and return the seconds until all their polls are committed."""
        by_shard: list[list[str]] = [[] for _ in range(SHARDS)]
        for feed_id in feed_ids:
            by_shard[shard_of(feed_id)] += ["0", feed_id]
        commands = [("ZADD", self.store.keys.due(shard), *pairs) for shard, pairs in enumerate(by_shard) if pairs]
        started = time.perf_counter()
        await self.store.run_all(commands)
        await self.settled()
        return time.perf_counter() - started

    async def settled(self) -> None:
        """Return once no feed is due or being polled: each then waits for the next poll, hours away."""
        soon = f"({1000 * (time.time() + INTERVAL_S / 4):.0f}"
        while sum(await self._of_all_shards("ZCOUNT", "-inf", soon)):  # noqa: ASYNC110 -- other processes
            await asyncio.sleep(0.05)

    def used(self) -> dict[str, float]:
        """Read the processor time of each process so far."""
        return seconds_used(*self.roots)

    def unchanged(self) -> int:
        """Count the polls so far that were answered 304, by the log."""
        with (self.service.folder / "log").open("rb") as lines:
            return sum(b" status=304 " in line for line in lines)

    async def told(self, unchanged: int) -> None:
        """Return once the log tells of so many polls that were answered 304: it does after their commits."""
        async with asyncio.timeout(10):
            while self.unchanged() < unchanged:  # noqa: ASYNC110 -- other processes
                await asyncio.sleep(0.5)

    async def pollers(self, count: int) -> None:
        """Return once so many pollers run the settings in force."""
        version = max(await self._versions("poller"))
        while (await self._versions("poller")).count(version) < count:  # noqa: ASYNC110 -- other processes
            await asyncio.sleep(0.05)

    async def claim_us(self) -> float:
        """Give the processor time that Valkey takes for a look at all shards in which no feed is due."""
        duty, used = Duty(self.store, worker="nobody", lease_s=30.0), self.used()["Valkey"]
        for _ in range(_CLAIMS):
            leases, _ = await duty.claim(CONCURRENCY)
            assert not leases, "feeds are due"
        return 1e6 * (self.used()["Valkey"] - used) / _CLAIMS

    async def _registered(self) -> int:
        return sum(await self._of_all_shards("ZCARD"))

    async def _of_all_shards(self, command: str, *arguments: str) -> list[int]:
        keys = self.store.keys
        return await self.store.run_all([(command, keys.due(shard), *arguments) for shard in range(SHARDS)])

    async def _versions(self, role: str) -> list[int]:
        return [beat.settings_version for beat in await Registry(self.store).workers() if beat.role == role]


@asynccontextmanager
async def second_poller(crowd: Crowd) -> AsyncIterator[None]:
    """Run `news-monitor poller` beside the service, as its users would."""
    with (crowd.service.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor", "poller", "--settings", str(crowd.service.path)),
            env={**os.environ, **crowd.service.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    crowd.roots.append(process.pid)
    try:
        await crowd.pollers(2)
        yield
    finally:
        crowd.roots.remove(process.pid)
        process.terminate()
        await process.wait()


@asynccontextmanager
async def weighing(crowd: Crowd) -> AsyncIterator[dict[str, int]]:
    """Weigh the processes every other second of the block; give their weights when they were heaviest together."""
    heaviest: dict[str, int] = {}

    async def weigh() -> None:
        while True:
            weighed = await asyncio.to_thread(weights, *crowd.roots)
            if sum(weighed.values()) > sum(heaviest.values()):
                heaviest.clear()
                heaviest.update(weighed)
            await asyncio.sleep(_WEIGHED_EVERY_S)

    async with background(asyncio.create_task(weigh())):
        yield heaviest


async def matched(crowd: Crowd) -> None:
    """Return once the matchers have done with all items, so that their work is not taken for that of polls."""
    upkeep, items = Upkeep(crowd.store), crowd.store.keys.items
    while any(lag.waiting + lag.pending for lag in await upkeep.lags(items)):  # noqa: ASYNC110 -- other processes
        await asyncio.sleep(0.2)


def write_feeds(folder: Path, address: str, count: int) -> None:
    """Write the included file anew, as an editor does: whole or not at all."""
    lines = (json.dumps({"id": f"feed-{number}", "url": f"{address}/{number}"}) for number in range(count))
    written = folder / "feeds.new"
    written.write_text("\n".join(lines), "utf-8")
    written.replace(folder / "feeds.jsonl")
