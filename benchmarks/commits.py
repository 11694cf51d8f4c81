"""The two commits that carry the promises, against a real Valkey with its log on: polls and matches a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.figures import Figure
from benchmarks.made import item
from benchmarks.rig import CONCURRENCY, valkey
from benchmarks.service import shipped
from monitor.model import Item, Match
from monitor.queue.duty import Duty, Lease, reconcile
from monitor.queue.store import Store
from monitor.queue.stories import Stories
from monitor.settings.channels import WebhookChannel
from monitor.watchlists.match import find_matches
from workers.decisions import Decisions
from workers.rules import Rules
from workers.telling import Teller

COUNT = 5_000
#: Fields and entries of an everyday poll.
_STATE = dict.fromkeys(("url", "etag", "body_hash", "polled_at", "next_due_at"), "2026-05-04T12:00:00+00:00")


async def run() -> list[Figure]:
    """Commit 5,000 polls without and with one new item, and 5,000 matches with one delivery, 64 at a time."""
    async with valkey() as (_, store):
        return [
            Figure("Duty.commit, nothing new", await _polls(store, items=0), "polls/s"),
            Figure("Duty.commit, one new item", await _polls(store, items=1), "polls/s"),
            Figure("Teller.match: gather, render one webhook delivery, commit", await _matches(store), "matches/s"),
        ]


async def _polls(store: Store, *, items: int) -> float:
    duty = Duty(store, worker="bench", lease_s=600)
    await reconcile(store, (f"{items}-{number}" for number in range(COUNT)))
    leases: list[Lease] = []
    while len(leases) < COUNT:
        leases += (await duty.claim(CONCURRENCY * 16))[0]
    made = [item(number) for number in range(COUNT)]

    async def commit(lease: Lease) -> bool:
        number = int(lease.feed_id.partition("-")[2])
        new = made[number : number + items]
        return await duty.commit(
            lease, delay_s=3600, state=_STATE, items=new, known_add={each.key: "1:0123456789abcdef" for each in new}
        )

    return await _rate(leases, commit)


async def _matches(store: Store) -> float:
    settings = shipped().model_copy(
        update={"channels": (WebhookChannel(type="webhook", id="mailbox", url="https://example.org/hook"),)}
    )
    rules = Rules.of(settings)
    teller = Teller(Stories(store, worker="bench"), Decisions(store))

    async def commit(found: tuple[Item, Match]) -> bool:
        await teller.match(*found, rules)
        return True

    made = (item(number, matching=True) for number in range(COUNT))
    return await _rate([(each, find_matches(each, rules.compiled)[0]) for each in made], commit)


async def _rate(works: Sequence[object], commit: Callable[..., Awaitable[bool]]) -> float:
    waiting = iter(works)

    async def commit_on() -> None:
        for work in waiting:
            assert await commit(work)

    started = time.perf_counter()
    await asyncio.gather(*(commit_on() for _ in range(CONCURRENCY)))
    return len(works) / (time.perf_counter() - started)
