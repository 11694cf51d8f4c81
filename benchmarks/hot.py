"""A hot watchlist of four matchers: how often a commit is refused, and how many tries the unluckiest match needs.

Each matcher has a connection of its own, as in a process of its own; all run in this one. Items are made as those of
`benchmarks.stories` are, half of them Chinese: every one is a match of one watchlist.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random

from benchmarks.figures import Figure
from benchmarks.rig import valkey
from benchmarks.stories import made_items
from monitor.model import Evidence, Item, Match
from monitor.queue.server import EmbeddedServer
from monitor.queue.store import Store
from monitor.queue.stories import Bounds, Commit, Outcome, Stories
from monitor.settings import schema
from workers.decisions import Decisions
from workers.rules import Rules
from workers.telling import Teller

MATCHERS = 4
#: Matches, and the seconds over which they come at a steady rate; 0: all at once.
LOADS = ((1_000, 60.0), (1_000, 0.0))
WATCHLIST = "openai"


class _Counting(Stories):
    """Stories that count what becomes of commits, and the tries of each match: they come one after the other."""

    def __init__(self, store: Store, *, worker: str) -> None:
        super().__init__(store, worker=worker)
        self.refused = 0
        self.most_tries = 0
        self._tries = 0

    async def commit(self, commit: Commit, *, bounds: Bounds) -> tuple[Outcome, str]:
        """Commit, and count."""
        outcome, version = await super().commit(commit, bounds=bounds)
        self._tries += 1
        self.most_tries = max(self.most_tries, self._tries)
        if outcome in (Outcome.DONE, Outcome.KNOWN):
            self._tries = 0
        else:
            self.refused += 1
        return outcome, version


async def run() -> list[Figure]:
    """Let four matchers commit 1,000 matches of one watchlist in a minute, and then as fast as they can."""
    figures = []
    for count, within_s in LOADS:
        took_s, stories = await _committed(made_items(Random(7), count), within_s)
        how = f"{count:,} matches in {within_s:g} s" if within_s else f"{count:,} matches at once"
        figures += [
            Figure(f"{how}: commits refused", sum(each.refused for each in stories), ""),
            Figure(f"{how}: most tries of one match", max(each.most_tries for each in stories), "", bar=8),
        ]
        if within_s:
            figures.append(Figure(f"{how}: all committed after", took_s, "s", bar=within_s + 2))
        else:
            figures.append(Figure(f"{how}: together", count / took_s, "matches/s"))
    return figures


async def _committed(items: Sequence[Item], within_s: float) -> tuple[float, list[_Counting]]:
    rules = _rules()
    async with valkey() as (folder, store), AsyncExitStack() as stack:
        stories = []
        for number in range(MATCHERS):
            own = await Store.open(EmbeddedServer(folder / "redis").url, prefix=store.keys.prefix)
            stack.push_async_callback(own.close)
            stories.append(_Counting(own, worker=f"matcher-{number}"))
        started = time.perf_counter()

        async def work(number: int) -> None:
            teller = Teller(stories[number], Decisions(store))
            for at in range(number, len(items), MATCHERS):
                # Random: what comes in turn meets nobody.
                due = started + within_s * (at + Random(at).uniform(-2, 2)) / len(items)
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await teller.match(items[at], _match(items[at]), rules)

        await asyncio.gather(*map(work, range(MATCHERS)))
        return time.perf_counter() - started, stories


def _match(item: Item) -> Match:
    return Match(WATCHLIST, "v1", (Evidence("title", 0, len("OpenAI"), item.title[: len("OpenAI")]),))


def _rules() -> Rules:
    return Rules.of(
        schema.Settings.model_validate(
            {
                "channels": [{"id": "hook", "type": "webhook", "url": "https://example.org/hook"}],
                "watchlists": [{"id": WATCHLIST, "terms": ["OpenAI"], "channels": ["hook"]}],
            }
        )
    )
