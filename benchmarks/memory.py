"""Memory of the whole idle service with 1,000 feeds: the sum of its processes' PSS (USS where there is no PSS)."""

from __future__ import annotations

from pathlib import Path

import psutil

from benchmarks.figures import Figure
from benchmarks.made import ENTRIES
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
            weights = _weights(psutil.Process(running.process.pid))
    parts = [Figure(name, weight / _MB, "MB") for name, weight in weights.items()]
    return [*parts, Figure("together", sum(weights.values()) / _MB, "MB", bar=400)]


def _weights(supervisor: psutil.Process) -> dict[str, int]:
    weights = {"supervisor": _weight(supervisor)}
    for process in supervisor.children(recursive=True):
        name = _name(process.cmdline())
        same = sum(each.partition(" ")[0] == name for each in weights)
        weights[f"{name} {same + 1}" if same else name] = _weight(process)
    return weights


def _name(words: list[str]) -> str:
    if Path(words[0].split()[0]).name in ("valkey-server", "redis-server"):
        return "Valkey"
    if "monitor.feeds.reading.parser_process" in words:
        return "parser"
    return words[words.index("workers") + 1] if "workers" in words else " ".join(words)


def _weight(process: psutil.Process) -> int:
    memory = process.memory_full_info()
    return int(getattr(memory, "pss", memory.uss))
