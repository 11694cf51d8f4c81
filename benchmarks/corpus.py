"""The four watchlists of settings.toml over a corpus: that of CORPUS=items.jsonl.gz, or made headlines."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.made import item
from monitor.model import Item
from monitor.settings.load import load
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches
from workers.wiring import watchlists_of

ITEMS = 20_000
_AT = datetime(2026, 1, 1, tzinfo=UTC)


async def run() -> list[Figure]:
    """Match every item of the corpus on one core, three times over, and take the best."""
    path = os.environ.get("CORPUS")
    items = list(_read(Path(path)) if path else _made())
    compiled = compile_watchlists(watchlists_of(load(Path("settings.toml"), environ={}).settings))
    spent_s, matched = float("inf"), 0
    for _ in range(3):
        started = time.perf_counter()
        matched = sum(len(list(find_matches(each, compiled))) for each in items)
        spent_s = min(spent_s, time.perf_counter() - started)
    length = sum(len(each.title) + len(each.summary) + len(each.content) for each in items) / len(items)
    return [
        Figure("items", len(items), ""),
        Figure("text of an item", length, "chars"),
        Figure("matches", matched, ""),
        Figure("folded, matched, evidence read", len(items) / spent_s, "items/s", bar=20_000, sense="at least"),
    ]


def _made() -> Iterator[Item]:
    """Make headlines, of which one in four names a watched word in another sense."""
    return (replace(item(number, matching=number % 100 == 0), summary="", content="") for number in range(ITEMS))


def _read(path: Path) -> Iterator[Item]:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            told = json.loads(line)
            texts = (told.get(name) or "" for name in ("title", "summary", "content"))
            language = told.get("language") or told.get("lang") or "und"
            yield Item(f"{number:032x}", "corpus", "", *texts, told.get("source") or "", "", _AT, _AT, language)
