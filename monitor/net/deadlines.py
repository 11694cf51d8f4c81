"""Deadlines of many requests at once: all that fall into one second share a timer.

A timer of its own for each request, hardly one of which ever rings, took a thirtieth of the time of a poll.
"""

from __future__ import annotations

import asyncio
from math import ceil
from types import TracebackType

#: From so many seconds on a deadline is rounded up to a whole second of the loop's clock.
_COARSE_S = 5.0


class Deadlines:
    """The deadlines that have not passed yet, by the loop's clock."""

    def __init__(self) -> None:
        self._by_time: dict[float, set[Deadline]] = {}

    def within(self, seconds: float) -> Deadline:
        """Give a block so much time: `with deadlines.within(30): ...` raises TimeoutError once it has passed."""
        loop = asyncio.get_running_loop()
        at = loop.time() + max(seconds, 0.0)
        if seconds >= _COARSE_S:
            at = ceil(at)
        sharing = self._by_time.get(at)
        if sharing is None:
            sharing = self._by_time[at] = set()
            loop.call_at(at, self._ring, at)
        return Deadline(sharing)

    def _ring(self, at: float) -> None:
        for deadline in self._by_time.pop(at):
            deadline.ring()


class Deadline:
    """One block's deadline; what it does is what `asyncio.timeout` does."""

    __slots__ = ("_passed", "_sharing", "_task", "_was_cancelling")

    def __init__(self, sharing: set[Deadline]) -> None:
        self._sharing = sharing
        self._passed = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- only coroutines of tasks wait
        self._task = task
        self._was_cancelling = task.cancelling()
        self._sharing.add(self)

    def ring(self) -> None:
        """Cancel the block."""
        self._passed = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sharing.discard(self)
        # Cancelled by somebody else besides, the task has to end.
        if self._passed and self._task.uncancel() <= self._was_cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error
