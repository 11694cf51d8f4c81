"""Two days of polling in simulated time, every request judged by its publisher; and what a restart costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

from monitor.feeds.state import from_fields
from monitor.queue.duty import Duty, reconcile
from monitor.queue.keys import shard_of
from monitor.queue.store import Store
from monitor.settings import schema
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer
from tests.workers.publishers import PAGE, Clock, Manner, Press, Publisher
from workers.kit import Kit
from workers.notices import Decided
from workers.polls import Polls
from workers.wiring import Place

START = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
HOURS = 48.0
LEAST_S, MOST_S = 600.0, 21_600.0


def between(first_h: float, last_h: float, now: datetime) -> bool:
    """Tell whether a time lies between two hours of the simulation."""
    return timedelta(hours=first_h) <= now - START < timedelta(hours=last_h)


def busy(now: datetime) -> Answer | None:
    """Answer 429 from time to time, with seconds to wait."""
    return Answer(status=429, headers={"Retry-After": "5400"}) if now.hour % 5 == 0 else None


def closed(now: datetime) -> Answer | None:
    """Answer 503 for the second night, with the date of its end."""
    end = START + timedelta(hours=40)
    headers = {"Retry-After": format_datetime(end, usegmt=True)}
    return Answer(status=503, headers=headers) if between(30, 40, now) else None


def broken(now: datetime) -> Answer | None:
    """Fail for six hours."""
    return Answer(status=500) if between(5, 11, now) else None


MANNERS = {
    "/wire": Manner(items_per_day=200),
    "/etag": Manner(items_per_day=6, validators=("etag",)),
    "/dated": Manner(items_per_day=6, validators=("last-modified",)),
    "/nothing": Manner(items_per_day=5, validators=()),
    "/cached": Manner(items_per_day=200, max_age_s=1_800),
    "/expiring": Manner(items_per_day=100, expires_s=3_600),
    "/for-ever": Manner(items_per_day=200, max_age_s=31_536_000),
    "/ttl": Manner(items_per_day=100, ttl_minutes=45),
    "/sleeping": Manner(items_per_day=12, skip_hours=(0, 1, 2, 3, 4, 5, 13)),
    "/quiet": Manner(items_per_day=0.3),
    "/busy": Manner(items_per_day=10, trouble=busy),
    "/closed": Manner(items_per_day=10, trouble=closed),
    "/broken": Manner(items_per_day=10, trouble=broken),
    "/moved": Manner(items_per_day=8),
}


class Simulation:
    """The poller's own polls, driven through simulated time; the store's clock only says whose lease it is."""

    def __init__(self, store: Store, clock: Clock, kit: Kit) -> None:
        self._store = store
        self._clock = clock
        self._kit = kit
        self.restart()

    def restart(self) -> None:
        """Forget all that a process holds in memory."""
        self._duty = Duty(self._store, worker="w", lease_s=3_600)
        self._decided = Decided(self._store, folder=Path())
        self._polls = Polls(self._duty, self._decided, rng=Random(7), now=self._clock)

    async def run(self, feed_ids: list[str], until: datetime, *, restart_every: int) -> int:
        """Poll each feed whenever it is due, and start anew every so many polls; returns how many polls there were."""
        due = dict.fromkeys(feed_ids, self._clock.now)
        polls = 0
        while (feed_id := min(due, key=lambda id_: due[id_])) and due[feed_id] < until:
            self._clock.now = due[feed_id]
            due[feed_id] = await self._poll(feed_id)
            polls += 1
            if polls % restart_every == 0:
                self.restart()
        return polls

    async def _poll(self, feed_id: str) -> datetime:
        await self._store.run("ZADD", self._store.keys.due(shard_of(feed_id)), 0, feed_id)
        leases, _ = await self._duty.claim(1)
        assert [lease.feed_id for lease in leases] == [feed_id]
        await self._decided.refresh()
        await self._polls.poll(leases[0], self._kit)
        next_due_at = from_fields(await self._duty.state(feed_id)).next_due_at
        assert next_due_at is not None
        return next_due_at


@asynccontextmanager
async def opened(folder: Path, urls: dict[str, str]) -> AsyncIterator[Kit]:
    """Make the kit of settings with these feeds, and the bounds that the publishers count by."""
    settings = schema.Settings(
        net=schema.NetSettings(allow_hosts=("127.0.0.1",), contact="ops@example.org"),
        polling=schema.PollingSettings(min_interval=LEAST_S, max_interval=MOST_S),
        feeds=tuple(schema.FeedSettings(id=feed_id, url=url) for feed_id, url in urls.items()),
    )
    kit = Kit.of(settings, Place(folder / "settings.toml", {}), old=None)
    try:
        yield kit
    finally:
        await kit.client.close()
        await kit.parsers.close()


async def test_two_days_without_one_rude_request(store: Store, tmp_path: Path) -> None:
    clock = Clock(START)
    publishers = {
        path: Publisher(path, manner, clock, hours=HOURS, least_s=LEAST_S, most_s=MOST_S)
        for path, manner in MANNERS.items()
    }
    async with Press(publishers) as press:
        urls = {path[1:]: f"{press.address}{'/old' if path == '/moved' else ''}{path}" for path in MANNERS}
        async with opened(tmp_path, urls) as kit:
            await reconcile(store, urls)
            await store.run_all([("ZADD", store.keys.due(shard_of(each)), 2**50, each) for each in urls])
            polls = await Simulation(store, clock, kit).run(
                list(urls), START + timedelta(hours=HOURS), restart_every=50
            )
    verdicts = [each.verdict for each in publishers.values()]
    assert [line for verdict in verdicts for line in verdict.needless] == []
    assert [line for verdict in verdicts for line in verdict.early] == []
    assert [line for verdict in verdicts for line in verdict.before_retry_after] == []
    # Polite is not the same as asleep.
    counts = {path: len(each.requests) for path, each in publishers.items()}
    assert polls >= sum(counts.values()) > 500
    assert counts["/wire"] >= 0.8 * HOURS * 3_600 / (LEAST_S * 1.1)
    assert counts["/cached"] >= 0.8 * HOURS * 3_600 / (1_800 * 1.1)
    assert min(counts.values()) >= HOURS * 3_600 / MOST_S
    assert counts["/quiet"] < counts["/etag"] < counts["/wire"]
    # Nothing was missed but where the publisher asked for longer than its page reaches; and that was noticed.
    missed = {path for path in MANNERS if from_fields(await _state(store, path)).habits.missed_at}
    assert missed == {"/for-ever"}
    for path in MANNERS.keys() - missed:
        assert await store.run("HLEN", store.keys.known(path[1:])) == _listed(publishers[path]), path


async def _state(store: Store, path: str) -> dict[str, str]:
    return await Duty(store, worker="w", lease_s=1).state(path[1:])


def _listed(publisher: Publisher) -> int:
    """Count the items of all pages that a publisher ever gave, had it been asked all the time."""
    last = [at for at, _ in publisher.requests if publisher.manner.trouble(at) is None][-1]
    first_page = [at for at in publisher.published if at <= START][-PAGE:]
    return len(first_page) + len([at for at in publisher.published if START < at <= last])


async def test_a_restart_costs_no_unconditional_request(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as server:
        urls = {f"f{n}": server.add(f"/f{n}") for n in range(20)}
        clock = Clock(START)
        async with opened(tmp_path, urls) as kit:
            await reconcile(store, urls)
            await store.run_all([("ZADD", store.keys.due(shard_of(each)), 2**50, each) for each in urls])
            simulation = Simulation(store, clock, kit)
            await simulation.run(list(urls), START + timedelta(minutes=1), restart_every=1_000)
            assert [len(server.requests_of(f"/f{n}")) for n in range(20)] == [1] * 20
            simulation.restart()
            clock.now = START + timedelta(minutes=6)
            await simulation.run(list(urls), clock.now + timedelta(minutes=1), restart_every=7)
        plain = [each.path for each in server.requests if "if-none-match" not in each.headers]
        assert sorted(plain) == sorted(f"/f{n}" for n in range(20)), "one for each feed: its first"
        assert all("if-modified-since" in each.headers for each in server.requests if "if-none-match" in each.headers)
        assert len(server.requests) == 40
