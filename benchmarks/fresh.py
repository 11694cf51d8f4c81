"""Polling feeds whose 30 entries are all new, against feedparser alone with its defaults on the same bodies."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from statistics import median

import aiohttp
import feedparser

from benchmarks.figures import Figure
from benchmarks.made import ENTRIES
from benchmarks.rig import cpu_seconds, items_of, rig
from benchmarks.world import world

FEEDS = 100
ROUNDS = 5


async def run() -> list[Figure]:
    """In turn: parse 100 documents with feedparser in a loop; fetch, parse and commit the same ones with the poller."""
    theirs_s, ours_s, costs = [], [], []
    async with world() as outside:
        address = (await outside.ask("serve", feeds=FEEDS, entries=ENTRIES))["feeds"]
        async with rig(address, feeds=FEEDS) as polling:
            for _ in range(ROUNDS):
                await outside.ask("serve", feeds=FEEDS, entries=ENTRIES)
                bodies = await _bodies(address)
                theirs_s.append(_feedparser(bodies))
                before, items = cpu_seconds(), await items_of(polling.store)
                ours_s.append(await polling.poll_all())
                costs.append({name: used - before[name] for name, used in cpu_seconds().items()})
                assert await items_of(polling.store) - items == FEEDS * ENTRIES
    theirs, ours = FEEDS / median(theirs_s), FEEDS / median(ours_s)
    whole = [sum(cost.values()) for cost in costs]
    return [
        Figure("a document", sum(map(len, bodies)) / FEEDS / 1024, "KiB"),
        Figure("feedparser.parse(BytesIO(body)), one process", theirs, "feeds/s"),
        Figure("poller with one parsing process: fetched, parsed, committed", ours, "feeds/s"),
        Figure("poller, times the speed of feedparser", ours / theirs, "x", bar=2, sense="at least"),
        Figure(
            "the same by processor time of all our processes, Valkey included", median(theirs_s) / median(whole), "x"
        ),
        *(
            Figure(f"processor time a feed: {name}", 1e3 * median(cost[name] for cost in costs) / FEEDS, "ms")
            for name in costs[0]
        ),
    ]


async def _bodies(address: str) -> list[bytes]:
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(_body(session, f"{address}/{number}") for number in range(FEEDS)))


async def _body(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url) as answer:
        return await answer.read()


def _feedparser(bodies: list[bytes]) -> float:
    started = time.perf_counter()
    for body in bodies:
        assert len(feedparser.parse(BytesIO(body)).entries) == ENTRIES
    return time.perf_counter() - started
