"""200 feeds of 30 entries, polled by us, newsboat, rss2email and the library `reader`: unchanged, one new, all new.

All poll the same server, in turn, each with the number of threads that is best for it. Newsboat and rss2email start
anew for each poll, as they do when their users or cron call them; what newsboat takes to start is told apart.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.made import ENTRIES
from benchmarks.programs import Newsboat, Program, ReaderLibrary, Rss2email, Spent, missing
from benchmarks.rig import Rig, cpu_seconds, items_of, rig
from benchmarks.world import World, world

FEEDS = 200
OURS = "news monitor"


class Monitor:
    """Our poller, with all that it does in Redis."""

    name = OURS
    threads = (1,)

    def __init__(self, polling: Rig) -> None:
        self._polling = polling

    async def poll(self, threads: int) -> Spent:
        """Let it poll all feeds; its parsing process and Valkey are part of what that costs."""
        used = sum(cpu_seconds().values())
        seconds = await self._polling.poll_all()
        return Spent(seconds, sum(cpu_seconds().values()) - used)

    async def entries(self) -> int:
        """Count the items that it has committed."""
        return await items_of(self._polling.store)

    async def close(self) -> None:
        """Whoever runs it ends it."""


@dataclass(slots=True)
class Kind:
    """What has become of the feeds since they were last polled, and what polling them took."""

    name: str
    #: What the world is told to do, and with what: nothing where the feeds stay as they are.
    publish: tuple[str, Mapping[str, int]] | None
    #: New entries of each feed.
    new: int
    rounds: int
    #: Program -> how many times its speed ours has to be.
    bars: Mapping[str, float]
    #: Program -> threads that were best.
    threads: dict[str, int] = field(default_factory=dict)
    spent: dict[str, list[Spent]] = field(default_factory=dict)

    def speed(self, program: str) -> float:
        """Give feeds a second."""
        return FEEDS / median(each.seconds for each in self.spent[program])

    def cost_s(self, program: str) -> float:
        """Give the processor time of polling all feeds."""
        return median(each.cpu_s for each in self.spent[program])

    def figures(self) -> Iterator[Figure]:
        """Give the medians."""
        for program in self.spent:
            threads = f", {self.threads[program]} threads" if self.threads[program] > 1 else ""
            yield Figure(f"{self.name}: {program}{threads}", self.speed(program), "feeds/s")
            yield Figure(f"{self.name}: {program}, processor time a feed", 1e3 * self.cost_s(program) / FEEDS, "ms")
        for program in self.spent:
            if program != OURS:
                ratio, bar = self.speed(OURS) / self.speed(program), self.bars.get(program)
                yield Figure(f"{self.name}: times the speed of {program}", ratio, "x", bar=bar, sense="at least")
                ratio = self.cost_s(program) / self.cost_s(OURS)
                yield Figure(f"{self.name}: by processor time, times {program}", ratio, "x")


def _kinds() -> list[Kind]:
    return [
        Kind("unchanged", None, new=0, rounds=7, bars={"newsboat": 10}),
        Kind("1 new", ("renew", {"feeds": FEEDS}), new=1, rounds=3, bars={"reader": 10}),
        Kind(
            f"{ENTRIES} new", ("serve", {"feeds": FEEDS, "entries": ENTRIES}), new=ENTRIES, rounds=3, bars={"reader": 3}
        ),
    ]


async def run() -> list[Figure]:
    """Poll unchanged feeds first, while every program remembers the least, then feeds with news."""
    lacking, kinds = missing(), _kinds()
    starts: list[Spent] = []
    async with world() as outside, _programs(outside, lacking) as programs:
        for kind in kinds:
            await _measure(kind, programs, outside)
            if not starts:
                starts = [
                    await each.start() for each in programs if isinstance(each, Newsboat) for _ in range(kind.rounds)
                ]
    told = [figure for kind in kinds for figure in (*kind.figures(), *_without_start(kind, starts))]
    absent = [Figure(f"{name} is missing; {how}", 1, "missing", bar=0) for name, how in lacking.items()]
    return [*told, *absent]


@asynccontextmanager
async def _programs(outside: World, lacking: Container[str]) -> AsyncIterator[list[Program]]:
    """Give the programs that are installed; each has polled every feed."""
    address = (await outside.ask("serve", feeds=FEEDS, entries=ENTRIES))["feeds"]
    async with rig(address, feeds=FEEDS) as polling:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            programs: list[Program] = [Monitor(polling)]
            try:
                for make in (Newsboat, Rss2email, ReaderLibrary):
                    if make.name not in lacking:
                        folder = Path(name) / make.name
                        folder.mkdir()
                        programs.append(make(folder, address, FEEDS))
                # Newsboat asks on a condition only from the third time on.
                await _catch_up([*programs, *(each for each in programs if isinstance(each, Newsboat))])
                yield programs
            finally:
                for program in programs:
                    await program.close()


async def _catch_up(programs: Sequence[Program]) -> None:
    """Let each poll what is there."""
    for program in programs:
        await program.poll(program.threads[0])


async def _measure(kind: Kind, programs: Sequence[Program], outside: World) -> None:
    for program in programs:
        kind.threads[program.name] = await _best_threads(kind, program, outside)
    await _catch_up(programs)
    for _ in range(kind.rounds):
        await _publish(kind, outside)
        for program in programs:
            known, asked = await program.entries(), await outside.ask("tally", last=0)
            spent = await program.poll(kind.threads[program.name])
            kind.spent.setdefault(program.name, []).append(spent)
            tally = await outside.ask("tally", last=FEEDS)
            assert tally["requests"] - asked["requests"] == FEEDS, f"{program.name} did not ask for each feed once"
            assert tally["conditional"] == FEEDS, f"{program.name} did not ask on a condition"
            new = await program.entries() - known
            assert new == FEEDS * kind.new, f"{program.name} found {new} new entries, not {FEEDS * kind.new}"


async def _best_threads(kind: Kind, program: Program, outside: World) -> int:
    if len(program.threads) == 1:
        return program.threads[0]
    took_s = {}
    for threads in program.threads:
        await _publish(kind, outside)
        took_s[threads] = (await program.poll(threads)).seconds
    return min(took_s, key=took_s.__getitem__)


async def _publish(kind: Kind, outside: World) -> None:
    if kind.publish is not None:
        do, arguments = kind.publish
        await outside.ask(do, **arguments)


def _without_start(kind: Kind, starts: Sequence[Spent]) -> Iterator[Figure]:
    """Compare with newsboat once more, without what it takes to start and to read its cache of unchanged feeds."""
    if starts and kind.new == 0:
        spent = median(each.seconds for each in kind.spent["newsboat"]) - median(each.seconds for each in starts)
        yield Figure("unchanged: times the speed of newsboat without its start", kind.speed(OURS) * spent / FEEDS, "x")
        spent = kind.cost_s("newsboat") - median(each.cpu_s for each in starts)
        yield Figure("unchanged: the same by processor time", spent / kind.cost_s(OURS), "x")
