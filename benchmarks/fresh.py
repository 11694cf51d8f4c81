"""Polling changed feeds of 30 entries, all of them new or only one, against feedparser alone on the same bodies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from statistics import median

import aiohttp
import feedparser

from benchmarks.figures import Figure
from benchmarks.made import ENTRIES
from benchmarks.rig import Rig, cpu_seconds, items_of, rig
from benchmarks.world import world

FEEDS = 100
ROUNDS = 5


@dataclass(slots=True)
class Rounds:
    """What it took, round by round, to parse 100 documents with feedparser and to poll them with the poller."""

    #: New entries of each document.
    new: int
    #: What each figure has to reach.
    bar: float
    theirs_s: list[float] = field(default_factory=list)
    ours_s: list[float] = field(default_factory=list)
    #: Processor time by process.
    costs: list[dict[str, float]] = field(default_factory=list)

    async def add(self, bodies: list[bytes], polling: Rig) -> None:
        """Parse the documents with feedparser in a loop; fetch, parse and commit the same ones with the poller."""
        self.theirs_s.append(_feedparser(bodies))
        before, items = cpu_seconds(), await items_of(polling.store)
        self.ours_s.append(await polling.poll_all())
        self.costs.append({name: used - before[name] for name, used in cpu_seconds().items()})
        assert await items_of(polling.store) - items == FEEDS * self.new

    def figures(self) -> Iterator[Figure]:
        """Give the medians."""
        theirs, ours = FEEDS / median(self.theirs_s), FEEDS / median(self.ours_s)
        whole = median(sum(cost.values()) for cost in self.costs)
        name = f"{self.new} new of {ENTRIES}"
        yield Figure(f"{name}: feedparser.parse(BytesIO(body)), one process", theirs, "feeds/s")
        yield Figure(f"{name}: poller with one parsing process: fetched, parsed, committed", ours, "feeds/s")
        yield Figure(
            f"{name}: poller, times the speed of feedparser", ours / theirs, "x", bar=self.bar, sense="at least"
        )
        yield Figure(f"{name}: by processor time of all our processes", median(self.theirs_s) / whole, "x")
        for process in self.costs[0]:
            spent = median(cost[process] for cost in self.costs)
            yield Figure(f"{name}: processor time a feed: {process}", 1e3 * spent / FEEDS, "ms")


async def run() -> list[Figure]:
    """In turn: documents all of whose entries are new, and the same documents with one new entry on top."""
    all_new, one_new = Rounds(ENTRIES, bar=2), Rounds(1, bar=8)
    async with world() as outside:
        address = (await outside.ask("serve", feeds=FEEDS, entries=ENTRIES))["feeds"]
        async with rig(address, feeds=FEEDS) as polling:
            for _ in range(ROUNDS):
                await outside.ask("serve", feeds=FEEDS, entries=ENTRIES)
                bodies = await _bodies(address)
                await all_new.add(bodies, polling)
                await outside.ask("renew", feeds=FEEDS)
                await one_new.add(await _bodies(address), polling)
    size = Figure("a document", sum(map(len, bodies)) / FEEDS / 1024, "KiB")
    return [size, *all_new.figures(), *one_new.figures()]


async def _bodies(address: str) -> list[bytes]:
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(_body(session, f"{address}/{number}") for number in range(FEEDS)))


async def _body(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url) as answer:
        return await answer.read()


def _feedparser(bodies: list[bytes]) -> float:
    started = time.perf_counter()
    for body in bodies:
        assert len(feedparser.parse(BytesIO(body)).entries) >= ENTRIES
    return time.perf_counter() - started
