"""Each host gets its turns in order, and none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from monitor.net.gate import HostGate


async def settled() -> None:
    """Let every task go on as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


def movable_clock() -> Callable[[float], Awaitable[None]]:
    """Return what moves the loop's clock on by so many seconds and lets the timers fire."""
    loop = asyncio.get_running_loop()
    real, ahead = loop.time, [0.0]
    loop.time = lambda: real() + sum(ahead)  # type: ignore[method-assign]  # the loop's clock is the test's

    async def forward(seconds: float) -> None:
        ahead.append(seconds)
        await settled()

    return forward


class Visitors:
    """Tasks that enter a host and leave when told to."""

    def __init__(self, gate: HostGate) -> None:
        self.gate = gate
        self.inside: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._exits: dict[str, asyncio.Event] = {}

    async def come(self, *names: str, host: str = "a.example") -> None:
        for name in names:
            self._exits[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._visit(name, host))
        await settled()

    async def go(self, *names: str) -> None:
        for name in names:
            self._exits[name].set()
        await settled()

    async def _visit(self, name: str, host: str) -> None:
        await self.gate.enter(host)
        self.inside.append(name)
        try:
            await self._exits[name].wait()
        finally:
            self.inside.remove(name)
            self.gate.leave(host)


async def test_no_more_than_allowed_are_at_one_host_and_the_rest_come_in_order() -> None:
    visitors = Visitors(HostGate(at_once=2, delay_s=0))
    await visitors.come("1", "2", "3", "4")
    assert visitors.inside == ["1", "2"]
    await visitors.go("2")
    assert visitors.inside == ["1", "3"]
    await visitors.go("1", "3")
    assert visitors.inside == ["4"]
    await visitors.go("4")


async def test_a_full_host_holds_up_no_other() -> None:
    visitors = Visitors(HostGate(at_once=1, delay_s=0))
    await visitors.come("1", "2")
    await visitors.come("3", host="b.example")
    assert visitors.inside == ["1", "3"]
    await visitors.go("1", "2", "3")


async def test_whoever_gives_up_waiting_holds_up_nobody() -> None:
    visitors = Visitors(HostGate(at_once=1, delay_s=0))
    await visitors.come("1", "2", "3")
    visitors.tasks["2"].cancel()
    await settled()
    await visitors.go("1")
    assert visitors.inside == ["3"]
    await visitors.go("3")
    assert len(visitors.gate) == 0


async def test_a_turn_given_to_one_who_gives_up_in_that_moment_goes_to_the_next() -> None:
    gate = HostGate(at_once=1, delay_s=0)
    await gate.enter("a.example")
    second = asyncio.create_task(gate.enter("a.example"))
    third = asyncio.create_task(gate.enter("a.example"))
    await settled()
    gate.leave("a.example")
    second.cancel()
    with suppress(asyncio.CancelledError):
        await second
    async with asyncio.timeout(5):
        await third
    gate.leave("a.example")
    assert len(gate) == 0


async def test_between_two_starts_at_one_host_lies_the_pause() -> None:
    forward = movable_clock()
    visitors = Visitors(HostGate(at_once=5, delay_s=60))
    await visitors.come("1", "2", "3")
    assert visitors.inside == ["1"]
    await forward(59)
    assert visitors.inside == ["1"]
    await forward(1.1)
    assert visitors.inside == ["1", "2"]
    await forward(60.1)
    assert visitors.inside == ["1", "2", "3"]
    await visitors.go("1", "2", "3")


async def test_the_pause_of_one_host_is_not_that_of_another() -> None:
    gate = HostGate(at_once=1, delay_s=60)
    await gate.enter("a.example")
    gate.leave("a.example")
    async with asyncio.timeout(5):
        await gate.enter("b.example")
    gate.leave("b.example")
    assert len(gate) == 2


async def test_a_hundred_thousand_hosts_leave_nothing_behind() -> None:
    gate = HostGate(at_once=2, delay_s=0)
    for number in range(100_000):
        await gate.enter(f"h{number}.example")
        gate.leave(f"h{number}.example")
    assert len(gate) == 0


async def test_a_host_is_forgotten_when_its_pause_is_over() -> None:
    forward = movable_clock()
    gate = HostGate(at_once=1, delay_s=60)
    await gate.enter("a.example")
    gate.leave("a.example")
    assert len(gate) == 1
    await forward(60.1)
    assert len(gate) == 0
