"""What a test server answers next, and how a test waits for what happens there. Knows no protocol."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Script(Generic[T]):
    """The answers of one place: those queued by `then`, in order, and after them the standing one."""

    def __init__(self, standing: T) -> None:
        self._standing = standing
        self._queued: deque[T] = deque()

    def then(self, *answers: T) -> Script[T]:
        """Queue answers that are given once each before the standing one."""
        self._queued.extend(answers)
        return self

    def always(self, answer: T) -> Script[T]:
        """Replace the standing answer and forget what is queued."""
        self._standing = answer
        self._queued.clear()
        return self

    def next(self) -> T:
        """Take the next answer."""
        return self._queued.popleft() if self._queued else self._standing


class Changes:
    """Wakes those who wait for a condition, each time that something has happened."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    def happened(self) -> None:
        """Let everyone who waits look at their condition again."""
        self._happened.set()
        self._happened = asyncio.Event()

    async def until(self, condition: Callable[[], bool], *, within_s: float, say: Callable[[], str]) -> None:
        """Return once `condition()` holds; fail with what `say()` then tells after `within_s` seconds."""
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    await self._happened.wait()
        except TimeoutError:
            raise AssertionError(f"not within {within_s:g} s; {say()}") from None
