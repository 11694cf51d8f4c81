"""Memory of the whole idle service with 1,000 feeds: the sum of its processes' PSS (USS where there is no PSS)."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.made import ENTRIES
from benchmarks.processes import weights
from benchmarks.service import service, settings_text, shipped_watchlists, watchlist_text
from benchmarks.world import world

FEEDS = 1_000
_MB = 1_000_000


async def run() -> list[Figure]:
    """Start the service on 1,000 feeds of 36 KB, let it poll each once, and weigh its processes when all is done."""
    async with world() as outside:
        served = await outside.ask("serve", feeds=FEEDS, entries=ENTRIES)
        watchlists = map(watchlist_text, shipped_watchlists())
        text = settings_text(served["feeds"], served["hook"], feeds=FEEDS, interval_s=3600, watchlists=watchlists)
        async with service(text) as running:
            await running.eventually(lambda told: told["feeds"].get("good") == FEEDS, within_s=120)
            await running.eventually(lambda told: not any(q["waiting"] + q["pending"] for q in told["queues"]))
            assert running.process
            weighed = weights(running.process.pid)
    parts = [Figure(name, weight / _MB, "MB") for name, weight in weighed.items()]
    return [*parts, Figure("together", sum(weighed.values()) / _MB, "MB", bar=400)]
