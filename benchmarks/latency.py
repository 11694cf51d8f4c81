"""From a poll's commit to the webhook received: 100 items a second, of which 1 % match, through the whole service.

Everything runs on the same cores: supervisor, poller, two matchers, notifier, Valkey, and the feed server and receiver.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from benchmarks.figures import Figure, percentile
from benchmarks.rig import items_of
from benchmarks.service import service, settings_text, shipped_watchlists, watchlist_text
from benchmarks.world import World, world
from monitor.queue.keys import SHARDS
from monitor.queue.store import Store, entries

FEEDS = 400
#: Of a feed, seconds: 100 polls a second.
INTERVAL_S = 4
RATE = 100
SECONDS = 120
ONE_IN = 100


async def run() -> list[Figure]:
    """Publish for two minutes on 400 feeds, each polled every 4 s, and compare Redis' clock with the receiver's."""
    async with world() as outside:
        served = await outside.ask("serve", feeds=FEEDS, entries=10, age_s=2 * 86400.0)
        watchlists = map(watchlist_text, shipped_watchlists())
        text = settings_text(served["feeds"], served["hook"], feeds=FEEDS, interval_s=INTERVAL_S, watchlists=watchlists)
        async with service(text) as running:
            await running.eventually(lambda told: told["feeds"].get("good") == FEEDS, within_s=60)
            received = await _load(outside)
            committed = await _committed(await running.store())
    latencies_ms = [1000 * (at - committed[key]) for key, at in received]
    return _figures(latencies_ms, len(committed))


async def _load(outside: World) -> list[tuple[str, float]]:
    count = RATE * SECONDS
    told = await outside.ask("publish", feeds=FEEDS, rate=RATE, count=count, matching=ONE_IN)
    assert told["seconds"] < SECONDS * 1.05, f"the load took {told['seconds']:.0f} s instead of {SECONDS}"
    received: list[tuple[str, float]] = await outside.ask("receive", alerts=count // ONE_IN, within_s=60)
    return received


async def _committed(store: Store) -> dict[str, float]:
    """Read when each item was committed, by Redis' clock: seconds since 1970, from the first half of its stream id."""
    async with asyncio.timeout(60):
        while await items_of(store) < RATE * SECONDS:  # noqa: ASYNC110 -- the last ones match nothing, so nobody tells
            await asyncio.sleep(0.1)
    streams = await asyncio.gather(*(store.run("XRANGE", store.keys.items(shard), "-", "+") for shard in range(SHARDS)))
    found = [entry for stream in streams for entry in entries(stream)]
    return {json.loads(fields["item"])["key"]: int(entry_id.partition("-")[0]) / 1000 for entry_id, fields in found}


def _figures(latencies_ms: Sequence[float], items: int) -> list[Figure]:
    return [
        Figure("items committed", items, "items"),
        Figure("webhooks received", len(latencies_ms), "alerts"),
        Figure("median (p50)", percentile(latencies_ms, 0.5), "ms", bar=50),
        Figure("p99", percentile(latencies_ms, 0.99), "ms", bar=250),
        Figure("slowest", max(latencies_ms), "ms"),
    ]
