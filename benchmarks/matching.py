"""Matching made items against the four watchlists of settings.toml: the pure part, and one whole matcher process."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.made import item
from benchmarks.rig import valkey
from benchmarks.service import shipped, shipped_watchlists
from monitor.model import Item
from monitor.queue.codec import SCHEMA, encode_item
from monitor.queue.keys import SHARDS
from monitor.queue.store import Store
from monitor.queue.upkeep import Upkeep
from monitor.settings.channels import WebhookChannel
from monitor.settings.schema import Settings
from monitor.watchlists.match import find_matches
from workers.life import Life
from workers.matcher import Matcher, Rules
from workers.wiring import Place

ITEMS = 20_000
ONE_IN = 100


async def run() -> list[Figure]:
    """Match 20,000 items of which 1 % match: in a loop, then from Redis to committed alerts."""
    hook = WebhookChannel(type="webhook", id="hook", url="https://example.org/hook")
    watchlists = tuple(each.model_copy(update={"channels": ("hook",)}) for each in shipped_watchlists())
    settings = Settings(watchlists=watchlists, channels=(hook,), entities=shipped().entities)
    made = [item(number, matching=number % ONE_IN == 0) for number in range(ITEMS)]
    pure = _pure(made, settings)
    async with valkey() as (_, store):
        whole = await _whole(made, settings, store)
    return [
        Figure("text of an item", sum(_length(each) for each in made) / ITEMS, "chars"),
        Figure("find_matches alone", pure, "items/s"),
        Figure("matcher: read, decoded, matched, alerts committed, acknowledged", whole, "items/s"),
    ]


def _length(made: Item) -> int:
    return len(made.title) + len(made.summary) + len(made.content)


def _pure(made: list[Item], settings: Settings) -> float:
    compiled = Rules.of(settings).compiled
    started = time.perf_counter()
    matched = sum(bool(find_matches(each, compiled)) for each in made)
    spent_s = time.perf_counter() - started
    assert matched == ITEMS // ONE_IN
    return ITEMS / spent_s


async def _whole(made: list[Item], settings: Settings, store: Store) -> float:
    for start in range(0, ITEMS, 500):
        batch = enumerate(made[start : start + 500])
        await store.run_all(
            [("XADD", store.keys.items(n % SHARDS), "*", "v", SCHEMA, "item", encode_item(each)) for n, each in batch]
        )
    life = Life("matcher")
    matcher = Matcher(store, life=life, place=Place(Path("settings.toml"), {}))
    await matcher.apply(settings)
    started = time.perf_counter()
    running = asyncio.create_task(matcher.run())
    await _done(Upkeep(store), store)
    spent_s = time.perf_counter() - started
    life.stop()
    await running
    return ITEMS / spent_s


async def _done(upkeep: Upkeep, store: Store) -> None:
    """Wait until the group exists, and has acknowledged everything."""
    while not (found := await upkeep.lags(store.keys.items)) or any(  # noqa: ASYNC110 -- nobody tells when that is so
        lag.waiting + lag.pending for lag in found
    ):
        await asyncio.sleep(0.02)
