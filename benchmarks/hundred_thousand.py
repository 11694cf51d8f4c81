"""100,000 feeds in the whole service: a cycle of conditional requests, its memory, and what a feed that waits costs.

Everything runs on the same cores, the polled server too. The feeds are registered as users do it, in a file that the
settings include, and it grows while the service runs. What is weighed is every process of the service, and no other.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crowd import INCLUDED, INTERVAL_S, Crowd, matched, second_poller, weighing, write_feeds
from benchmarks.figures import Figure
from benchmarks.rig import CONCURRENCY
from benchmarks.service import settings_text, shipped_watchlists, watchlist_text
from benchmarks.world import world
from tests.workers.service import running
from workers.report import report

SIZES = (1_000, 10_000, 100_000)
ENTRIES = 3
#: Feeds of many that are made due, and how often, to learn what a poll costs.
DUE = 1_000
ROUNDS = 10
#: Whose processor time a poll is.
_COSTLY = ("poller", "Valkey")
_MB = 1_000_000


async def run() -> list[Figure]:
    """Grow to 100,000 feeds, measuring at each size, and poll all of them with one poller and with two."""
    async with world() as outside:
        served = await outside.ask("serve", feeds=SIZES[-1], entries=ENTRIES)
        text = settings_text(
            *(served["feeds"], served["hook"]),
            feeds=0,
            interval_s=INTERVAL_S,
            watchlists=map(watchlist_text, shipped_watchlists()),
            per_host=CONCURRENCY,
        )
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            write_feeds(Path(name), served["feeds"], 1)
            async with running(Path(name), INCLUDED + text) as service:
                assert service.process
                crowd = Crowd(service, await service.store(), served["feeds"], [service.process.pid])
                return await _measure(crowd)


async def _measure(crowd: Crowd) -> list[Figure]:
    async with weighing(crowd) as heaviest:
        costs = [await _cost(crowd, size) for size in SIZES]
        one = await _cycle(crowd)
    async with second_poller(crowd), weighing(crowd) as heaviest_of_two:
        two = await _cycle(crowd)
    told_s = await _told_s(crowd)
    return [
        *(figure for cost in costs for figure in cost.figures()),
        *_growth(costs[0], costs[-1]),
        *one.figures(crowd.size, "1 poller"),
        *_weights("1 poller", heaviest),
        *two.figures(crowd.size, "2 pollers"),
        *_weights("2 pollers", heaviest_of_two),
        Figure(f"{crowd.size:,} feeds: status told", told_s, "s"),
    ]


def _weights(name: str, heaviest: Mapping[str, int]) -> Iterator[Figure]:
    for process, weight in heaviest.items():
        yield Figure(f"{name}, heaviest moment: {process}", weight / _MB, "MB")
    yield Figure(f"{name}, heaviest moment: together", sum(heaviest.values()) / _MB, "MB", bar=1200)


@dataclass(frozen=True, slots=True)
class Cost:
    """What polls cost while so many feeds are registered of which hardly any is due."""

    size: int
    grown_s: float
    first_polls_s: float
    first_polls: int
    #: Processor time of all polls of the rounds.
    used_s: Mapping[str, float]
    #: Processor time that Valkey takes to say that no feed is due.
    claim_us: float

    def poll_us(self, process: str) -> float:
        """Give the processor time of one poll."""
        return 1e6 * self.used_s[process] / (DUE * ROUNDS)

    def figures(self) -> Iterator[Figure]:
        """Give what was found."""
        name = f"{self.size:,} feeds"
        yield Figure(f"{name}: from the edit until they are registered", self.grown_s, "s")
        yield Figure(f"{name}: first polls, unconditional", self.first_polls / self.first_polls_s, "feeds/s")
        for process in _COSTLY:
            yield Figure(f"{name}, {DUE:,} due: processor time a poll: {process}", self.poll_us(process), "µs")
        yield Figure(f"{name}, none due: Valkey's processor time a claim", self.claim_us, "µs")


def _growth(least: Cost, most: Cost) -> Iterator[Figure]:
    name = f"{most.size:,} against {least.size:,} feeds"
    polls = [sum(map(cost.poll_us, _COSTLY)) for cost in (least, most)]
    yield Figure(f"{name}: cost of a poll", polls[1] / polls[0], "x")
    yield Figure(f"{name}: cost of a claim while none is due", most.claim_us / least.claim_us, "x", bar=2)


async def _cost(crowd: Crowd, size: int) -> Cost:
    """Grow, let the new feeds be polled once, and then a few of all again and again."""
    new, grown_s = size - crowd.size, await crowd.grow(size)
    started = time.perf_counter()
    await crowd.settled()
    first_polls_s = grown_s + time.perf_counter() - started
    await matched(crowd)
    due = [f"feed-{number * size // DUE}" for number in range(DUE)]
    await crowd.poll(due)
    used = crowd.used()
    for _ in range(ROUNDS):
        await crowd.poll(due)
    used_s = _since(used, crowd.used())
    return Cost(size, grown_s, first_polls_s, new, used_s, await crowd.claim_us())


@dataclass(frozen=True, slots=True)
class Cycle:
    """One poll of each feed."""

    took_s: float
    used_s: Mapping[str, float]

    def figures(self, feeds: int, name: str) -> Iterator[Figure]:
        """Give what was found."""
        pollers = [process for process in self.used_s if process.startswith("poller")]
        yield Figure(f"{feeds:,} conditional requests, {name}", self.took_s, "s", bar=300)
        yield Figure(f"{name}: feeds/s", feeds / self.took_s, "feeds/s")
        yield Figure(f"{name}: feeds/s of each poller process", feeds / self.took_s / len(pollers), "feeds/s")
        for process in (*pollers, "Valkey"):
            yield Figure(f"{name}: processor time of {process}", self.used_s[process], "s")


async def _cycle(crowd: Crowd) -> Cycle:
    unchanged, used = crowd.unchanged(), crowd.used()
    took_s = await crowd.poll(f"feed-{number}" for number in range(crowd.size))
    used_s = _since(used, crowd.used())
    # Each was asked on a condition.
    await crowd.told(unchanged + crowd.size)
    return Cycle(took_s, used_s)


async def _told_s(crowd: Crowd) -> float:
    started = time.perf_counter()
    told = await report(crowd.store)
    assert told.feeds == {"good": crowd.size}, f"of all feeds: {told.feeds}"
    return time.perf_counter() - started


def _since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    return {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}
