"""Take, handle, acknowledge | leave | bury: how every message of a stream is worked on. Promises 2 and 3.

A message is acknowledged only after its results are committed. What fails for a passing reason is tried again in place;
what fails for good is buried with the reason. A message that its worker did not survive is met again, as one of a
batch: after a few times each of that batch is tried alone, and only the one that kills while alone is buried.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from monitor.errors import MonitorError, StoreError
from monitor.queue.streams import Message, Reader
from workers.life import Life, background

#: Times that a message is taken with others before it is a suspect, and tried alone before it is buried.
TRIES_TOGETHER = 3
TRIES_ALONE = 2
#: Longest wait for new messages, seconds: also how soon a stop is noticed.
_WAIT_S = 1.0
_PAUSES_S = (0.1, 0.3, 1.0, 3.0, 5.0)

T = TypeVar("T")
Handle = Callable[[Sequence[Message]], Awaitable[None]]

log = structlog.get_logger()


class Loop:
    """The working loop of one consumer."""

    def __init__(
        self, reader: Reader, handle: Handle, *, life: Life, visibility_s: float, batch: int, max_dead: int
    ) -> None:
        self._reader = reader
        self._handle = handle
        self._life = life
        self._visibility_s = visibility_s
        self._batch = batch
        self._max_dead = max_dead
        self._next_take_over = 0.0
        self._newer = 0

    async def run(self, *, predecessor: str = "") -> None:
        """Work until the stop; first on what a dead predecessor left."""
        await self._lasting(self._reader.ensure)
        if predecessor:
            await self._work(await self._lasting(lambda: self._reader.inherit(predecessor)) or [])
        self._life.ready()
        while not self._life.stopping.is_set():
            await self._work(await self._lasting(self._next) or [])
        await self._reader.close()

    async def _next(self) -> list[Message]:
        now = asyncio.get_running_loop().time()
        if now >= self._next_take_over:
            self._next_take_over = now + self._visibility_s / 3
            if abandoned := await self._reader.take_over(idle_s=self._visibility_s):
                log.info("took over", messages=len(abandoned))
                return abandoned
        self._tell_of_newer()
        return await self._reader.take(most=self._batch, wait_s=_WAIT_S)

    def _tell_of_newer(self) -> None:
        """Say that there is work for a newer version of us; it stays where it is until that comes. Promise 10."""
        if self._reader.newer > self._newer:
            self._newer = self._reader.newer
            self._life.doing = "working; entries of a newer version wait for an upgraded worker"
            log.warning("left to a newer version", entries=self._newer)

    async def _work(self, messages: Sequence[Message]) -> None:
        together = [message for message in messages if message.times_taken <= TRIES_TOGETHER]
        alone = [message for message in messages if message.times_taken > TRIES_TOGETHER]
        if together:
            await self._settle(together)
        for message in alone:
            await self._try_alone(message)

    async def _try_alone(self, message: Message) -> None:
        tries = await self._lasting(lambda: self._reader.tried_alone(message))
        if tries is None:
            return  # stopping: it stays pending
        if tries > TRIES_ALONE:
            await self._bury(message, f"its worker died {TRIES_ALONE} times while handling nothing else")
            return
        log.warning("trying alone", message=message.id, shard=message.shard, taken=message.times_taken)
        await self._settle([message])
        await self._lasting(lambda: self._reader.cleared(message))

    async def _settle(self, messages: Sequence[Message]) -> None:
        async with background(asyncio.create_task(self._hold(messages))):
            try:
                if await self._lasting(lambda: self._handled(messages)) is None:
                    return  # stopping: they stay pending
            except Exception as error:
                await self._part(messages, error)
                return
            await self._lasting(lambda: self._reader.acknowledge(messages))
        self._life.worked()

    async def _handled(self, messages: Sequence[Message]) -> bool:
        await self._handle(messages)
        return True

    async def _part(self, messages: Sequence[Message], error: Exception) -> None:
        """Find which of a failed batch is at fault; bury that one, settle the others."""
        if len(messages) == 1:
            await self._bury(messages[0], _reason(error))
            return
        for message in messages:
            await self._settle([message])

    async def _bury(self, message: Message, reason: str) -> None:
        log.error("buried", message=message.id, shard=message.shard, reason=reason)
        now = datetime.now(UTC)
        await self._lasting(lambda: self._reader.bury(message, reason=reason, now=now, most=self._max_dead))

    async def _hold(self, messages: Sequence[Message]) -> None:
        while True:
            await asyncio.sleep(self._visibility_s / 3)
            await self._lasting(lambda: self._reader.hold(messages))

    async def _lasting(self, step: Callable[[], Awaitable[T]]) -> T | None:
        return await lasting(step, life=self._life)


async def lasting(step: Callable[[], Awaitable[T]], *, life: Life) -> T | None:
    """Run a step, again while it fails for a passing reason (the store is away); None once the worker is to stop."""
    failures = 0
    while True:
        try:
            return await step()
        except StoreError as error:
            if not error.temporary:
                raise
            if life.stopping.is_set():
                return None
            if failures == 0:
                log.warning("waiting for the store", error=str(error))
            await life.pause(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])
            failures += 1


def _reason(error: Exception) -> str:
    if isinstance(error, MonitorError):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"
