"""Up to 225,000 watchlists: what an item costs among them, reading and compiling them, and the pause of a change."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from statistics import median

import psutil

from benchmarks.figures import Figure
from benchmarks.subjects import ITEMS, made_items, made_watchlists, subjects
from monitor.model import Item, Watchlist
from monitor.settings.bulk import let_go
from monitor.settings.load import Loader
from monitor.settings.schema import Settings
from monitor.watchlists.compile import Compiled, compile_watchlists
from monitor.watchlists.match import find_matches
from monitor.watchlists.recompile import remains
from workers.matcher import Rules
from workers.roles import TURN_S

MANY = 225_000
ROUNDS = 7
_MB = 1_000_000
#: Longest pause of a swap, ms, by the number of watchlists.
_PAUSES = {10_000: 50, MANY: 250}


async def run() -> list[Figure]:
    """Measure what many watchlists cost."""
    figures = _growth()
    sys.setswitchinterval(TURN_S)  # as a worker does
    for count in _PAUSES:
        figures += await asyncio.to_thread(_life_of, count)
    return figures


def _growth() -> list[Figure]:
    """Match the same item among the few watchlists that match it, and among a thousand times as many."""
    rng = Random(2)
    words = subjects(rng, watchlists=100_000)
    items = made_items(rng, words, matching=10)[:1]
    every = list(made_watchlists(rng, words, count=100_000))
    met = {match.watchlist for match in find_matches(items[0], compile_watchlists(every))}
    few = sorted(every, key=lambda each: each.id not in met)[:100]
    sizes = {len(each): compile_watchlists(each) for each in (few, every)}
    spent_s: dict[int, list[float]] = {count: [] for count in sizes}
    for _ in range(ROUNDS):
        for count, compiled in sizes.items():
            spent_s[count].append(_timed(items * ITEMS, compiled))
    small, large = (1e6 * median(spans) / ITEMS for spans in spent_s.values())
    return [
        Figure(f"an item among 100 watchlists, {len(met)} of which match", small, "µs"),
        Figure("the same item among 100,000", large, "µs"),
        Figure("growth", large / small, "times", bar=2),
    ]


def _timed(items: Sequence[Item], compiled: Compiled) -> float:
    started = time.perf_counter()
    for item in items:
        find_matches(item, compiled)
    return time.perf_counter() - started


def _life_of(count: int) -> list[Figure]:
    """Read that many watchlists from a file, compile them, change one, then all, while items are matched."""
    rng = Random(3)
    words = subjects(rng, watchlists=count)
    items = made_items(rng, words, matching=10)
    every = list(made_watchlists(rng, words, count=count))
    before = psutil.Process().memory_info().rss
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        loader = Loader(Path(name) / "settings.toml", environ={})
        started = time.perf_counter()
        rules = Rules.of(_written(loader, every))
        ready_s = time.perf_counter() - started
        memory = psutil.Process().memory_info().rss - before
        edited = _written(loader, (*every[:-1], _other(every[-1])))
        renewed = _written(loader, map(_other, every))
    held = [rules]
    del rules  # whoever puts another in place shall free it
    one_s, one_pause_s = _while_matching(items, held, edited)
    all_s, all_pause_s = _while_matching(items, held, renewed)
    at, is_many = f"{count:,} watchlists", count == MANY
    return [
        Figure(f"{at}: read and compiled", ready_s, "s", bar=30 if is_many else None),
        Figure(f"{at}: memory of settings and matcher", memory / _MB, "MB", bar=1_500 if is_many else None),
        Figure(f"{at}: one changed: compiled and in place", one_s, "s", bar=5),
        Figure(f"{at}: one changed: longest pause", 1e3 * one_pause_s, "ms", bar=_PAUSES[count]),
        Figure(f"{at}: all changed: compiled and in place", all_s, "s"),
        Figure(f"{at}: all changed: longest pause", 1e3 * all_pause_s, "ms", bar=_PAUSES[count]),
    ]


def _written(loader: Loader, watchlists: Iterable[Watchlist]) -> Settings:
    """Write watchlists to an included file, and load the settings; a line that is as it was, is the same entry."""
    lines = (
        json.dumps({"id": each.id, "terms": each.terms, "exclude": each.exclude}, ensure_ascii=False)
        for each in watchlists
    )
    (loader.path.parent / "watchlists.jsonl").write_text("\n".join(lines), "utf-8")
    loader.path.write_text('include = ["watchlists.jsonl"]\n', "utf-8")
    return loader.load().settings


def _other(watchlist: Watchlist) -> Watchlist:
    terms = (*watchlist.terms[:-1], f"{watchlist.terms[-1]}edited")
    return Watchlist(watchlist.id, watchlist.name, terms=terms, exclude=watchlist.exclude)


def _while_matching(items: Sequence[Item], held: list[Rules], settings: Settings) -> tuple[float, float]:
    """Put another version in the place of the one that is held, as the matcher does, and match all the while.

    Returns the seconds until it is in place, and the longest that one item had to wait until the former is gone.
    """
    placed_at: list[float] = []
    thread = threading.Thread(target=lambda: placed_at.append(_renew(held, settings)))
    started = last = time.perf_counter()
    longest_s = 0.0
    thread.start()
    for number in range(1 << 62):
        find_matches(items[number % ITEMS], held[0].compiled)
        now = time.perf_counter()
        longest_s, last = max(longest_s, now - last), now
        if not thread.is_alive():
            break
    return placed_at[0] - started, longest_s


def _renew(held: list[Rules], settings: Settings) -> float:
    """Put another version in place, free the former, and return when it was in place."""
    rules = Rules.of(settings, held[0])
    former = remains(held[0].compiled, rules.compiled)
    held[0] = rules
    placed_at = time.perf_counter()
    let_go(former)
    return placed_at
