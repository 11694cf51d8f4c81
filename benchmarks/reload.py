"""From an edit of settings.toml with 1,000 feeds and 1,000 watchlists until every worker runs the new version."""

from __future__ import annotations

import re
import time
from datetime import datetime
from statistics import median

from benchmarks.figures import Figure
from benchmarks.service import made_watchlist, service, settings_text
from benchmarks.world import world
from tests.workers.service import Service

FEEDS = WATCHLISTS = 1_000
EDITS = 5
_APPLIED = re.compile(r"^(\S+) .* settings applied version=(\d+)$", re.MULTILINE)


async def run() -> list[Figure]:
    """Change one watchlist a few times, and read in the log when the last worker had applied it."""
    async with world() as outside:
        served = await outside.ask("serve", feeds=FEEDS, entries=1)
        watchlists = map(made_watchlist, range(WATCHLISTS))
        text = settings_text(served["feeds"], served["hook"], feeds=FEEDS, interval_s=3600, watchlists=watchlists)
        async with service(text) as running:
            await running.eventually(lambda told: told["feeds"].get("good") == FEEDS, within_s=120)
            workers = len(_applied(running, version=1))
            spans_s = [await _edit(running, number, workers) for number in range(EDITS)]
    return [
        Figure(f"median of {EDITS} edits, poller, matchers and notifier", median(spans_s), "s", bar=2),
        Figure("slowest", max(spans_s), "s", bar=2),
    ]


async def _edit(running: Service, number: int, workers: int) -> float:
    text = running.path.read_text("utf-8").replace(f"subject{number}word0", f"subject{number}edited")
    edited_at = time.time()
    running.path.write_text(text, "utf-8")
    version = number + 2
    await running.until(lambda _: len(_applied(running, version)) == workers, within_s=30)
    return max(_applied(running, version)) - edited_at


def _applied(running: Service, version: int) -> list[float]:
    """List when each worker began to run a version, seconds since 1970."""
    found = _APPLIED.findall(running.log)
    return [datetime.fromisoformat(at).timestamp() for at, number in found if int(number) == version]
