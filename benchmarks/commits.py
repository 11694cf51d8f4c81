"""The two commits that carry the promises, against a real Valkey with its log on: polls and alerts a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime

from benchmarks.figures import Figure
from benchmarks.made import item
from benchmarks.rig import CONCURRENCY, valkey
from benchmarks.service import shipped
from monitor.alerts.alert import alert_of
from monitor.alerts.deliveries import deliveries_of
from monitor.model import Alert, Delivery
from monitor.queue.duty import Duty, Lease, reconcile
from monitor.queue.outbox import Outbox
from monitor.queue.store import Store
from monitor.settings.channels import MailSettings, WebhookChannel
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches
from monitor.watchlists.why import why
from workers.wiring import watchlists_of

COUNT = 5_000
#: Fields and entries of an everyday poll.
_STATE = dict.fromkeys(("url", "etag", "body_hash", "polled_at", "next_due_at"), "2026-05-04T12:00:00+00:00")


async def run() -> list[Figure]:
    """Commit 5,000 polls without and with one new item, and 5,000 alerts with one delivery, 64 at a time."""
    async with valkey() as (_, store):
        return [
            Figure("Duty.commit, nothing new", await _polls(store, items=0), "polls/s"),
            Figure("Duty.commit, one new item", await _polls(store, items=1), "polls/s"),
            Figure("Outbox.commit, one webhook delivery of 1.6 KB", await _alerts(store), "alerts/s"),
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


async def _alerts(store: Store) -> float:
    outbox = Outbox(store)

    async def commit(made: tuple[Alert, Sequence[Delivery]]) -> bool:
        return await outbox.commit(*made, remember_s=90 * 86400.0)

    return await _rate(list(_made_alerts()), commit)


def _made_alerts() -> Iterator[tuple[Alert, Sequence[Delivery]]]:
    watchlists = {each.id: each for each in watchlists_of(shipped())}
    compiled, now = compile_watchlists(watchlists.values()), datetime.now(UTC)
    hook = WebhookChannel(type="webhook", id="hook", url="https://example.org/hook")
    for number in range(COUNT):
        matching = item(number, matching=True)
        match = find_matches(matching, compiled)[0]
        watchlist = watchlists[match.watchlist]
        alert = alert_of(match, matching, watchlist=watchlist, why=why(match, matching, watchlist), now=now)
        yield alert, deliveries_of(alert, [hook], mail=MailSettings(), time_zone="UTC")


async def _rate(works: Sequence[object], commit: Callable[..., Awaitable[bool]]) -> float:
    waiting = iter(works)

    async def commit_on() -> None:
        for work in waiting:
            assert await commit(work)

    started = time.perf_counter()
    await asyncio.gather(*(commit_on() for _ in range(CONCURRENCY)))
    return len(works) / (time.perf_counter() - started)
