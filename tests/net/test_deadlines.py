"""Deadlines that share a timer: each ends its own block, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from monitor.net.deadlines import Deadlines


class Clock:
    """The loop's clock, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0.0
        loop = asyncio.get_running_loop()
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self.ahead_s)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def ended_by(deadlines: Deadlines, seconds: float, begun: asyncio.Event) -> str:
    try:
        with deadlines.within(seconds):
            begun.set()
            await asyncio.Event().wait()
    except TimeoutError:
        return "time-out"
    return "nothing"


async def begin(deadlines: Deadlines, seconds: float) -> asyncio.Task[str]:
    begun = asyncio.Event()
    task = asyncio.create_task(ended_by(deadlines, seconds, begun))
    await begun.wait()
    return task


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.01, 30.0])
async def test_a_block_that_takes_too_long_is_timed_out(clock: Clock, seconds: float) -> None:
    task = await begin(Deadlines(), seconds)
    clock.ahead_s = max(seconds, 0) + 1
    assert await task == "time-out"
    assert task.cancelling() == 0


async def test_a_deadline_ends_its_own_block_alone(clock: Clock) -> None:
    deadlines = Deadlines()
    sooner, later = await begin(deadlines, 10), await begin(deadlines, 20)
    with deadlines.within(10):
        pass  # over before its time
    clock.ahead_s = 15
    assert await sooner == "time-out"
    assert not later.done()
    clock.ahead_s = 25
    assert await later == "time-out"


async def test_requests_of_one_second_share_a_timer(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, timers = asyncio.get_running_loop(), list[float]()
    monkeypatch.setattr(loop, "time", lambda: 100.25)
    monkeypatch.setattr(loop, "call_at", lambda at, *_: timers.append(at))
    deadlines = Deadlines()
    for _ in range(100):
        deadlines.within(30)
    assert timers == [131]


@pytest.mark.parametrize("also_timed_out", [False, True])
async def test_a_task_that_is_cancelled_ends_as_cancelled(clock: Clock, *, also_timed_out: bool) -> None:
    deadlines = Deadlines()
    task = await begin(deadlines, 0.0 if also_timed_out else 30.0)
    task.cancel()
    if also_timed_out:
        deadlines._ring(next(iter(deadlines._by_time)))
    with pytest.raises(asyncio.CancelledError):
        await task
