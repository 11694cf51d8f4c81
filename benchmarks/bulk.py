"""225,000 watchlists in the running service: its start, a change of one line of their file, and what they weigh."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.figures import Figure
from benchmarks.subjects import made_watchlists, subjects
from tests.workers.service import Service, running

MANY = 225_000
EDITS = 5
_APPLIED = re.compile(r"^(\S+) \S+ +matcher +settings applied version=(\d+)$", re.MULTILINE)


async def run() -> list[Figure]:
    """Start the service on them, then edit lines as an editor does, and read in the log when the matchers had each."""
    lines = _lines()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _write(folder, lines)
        started_at = time.time()
        async with running(folder, 'include = ["watchlists.jsonl"]\n', within_s=240) as service:
            first = _applied(service.log, 1)
            start_s = max(first) - started_at
            spans_s = [await _edit(service, folder, lines, number, matchers=len(first)) for number in range(EDITS)]
    return [
        Figure(f"{MANY:,} watchlists: from the start until every matcher has them", start_s, "s"),
        Figure(f"one of them changed, median of {EDITS}: live in every matcher", median(spans_s), "s", bar=5),
        Figure("slowest", max(spans_s), "s", bar=5),
    ]


def _lines() -> list[str]:
    rng = Random(3)
    words = subjects(rng, watchlists=MANY)
    return [
        json.dumps({"id": each.id, "terms": each.terms, "exclude": each.exclude}, ensure_ascii=False)
        for each in made_watchlists(rng, words, count=MANY)
    ]


def _write(folder: Path, lines: Sequence[str]) -> None:
    written = folder / "watchlists.new"
    written.write_text("\n".join(lines), "utf-8")
    written.replace(folder / "watchlists.jsonl")


async def _edit(service: Service, folder: Path, lines: list[str], number: int, *, matchers: int) -> float:
    place, version = MANY * (2 * number + 1) // (2 * EDITS), number + 2
    lines[place] = lines[place].replace('"terms": ["', '"terms": ["edited')
    _write(folder, lines)
    edited_at = time.time()
    await service.until(lambda log: len(_applied(log, version)) == matchers, within_s=60)
    return max(_applied(service.log, version)) - edited_at


def _applied(log: str, version: int) -> list[float]:
    """List when each matcher began to run a version, seconds since 1970."""
    found = _APPLIED.findall(log)
    return [datetime.fromisoformat(at).timestamp() for at, number in found if int(number) == version]
