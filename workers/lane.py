"""Sends what is due on one channel from one shard, one delivery after the other: promise 2's last step.

A watchlist has one shard, so its first attempts on a channel go in the order in which its alerts were made; a failed
one comes back on its own ladder and may be overtaken. Lanes know nothing of one another: a slow or dead channel holds
up its own lanes only. What a lane was about to send when its process died is simply still due.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import structlog

from monitor.alerts.outcome import (
    ChannelAtFault,
    ChannelGone,
    Delivered,
    Later,
    MessageAtFault,
    Outcome,
)
from monitor.alerts.retry import Dead, next_attempt
from monitor.errors import StoreError
from monitor.model import Delivery
from monitor.queue.outbox import Attempt, Damaged, Outbox
from monitor.queue.registry import Registry, channel_disabled
from workers.channel import Channel
from workers.life import Life
from workers.loop import lasting

#: Begun attempts that were never ended (their notifier died) before a delivery is tried with nothing else under way,
#: and before it is given up.
TRIES_TOGETHER = 3
TRIES_ALONE = 2
#: Longest time between two looks at an outbox, seconds, should an announcement have gone elsewhere.
_LOOK_S = 10.0
_MOST = 16

log = structlog.get_logger()


class Solitude:
    """Lets many attempts run side by side, or one all alone."""

    def __init__(self) -> None:
        self._others = 0
        self._changed = asyncio.Condition()
        self._alone = False

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Run beside others, after whoever is alone."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone)
            self._others += 1
        try:
            yield
        finally:
            async with self._changed:
                self._others -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Run with nothing else under way."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone)
            self._alone = True
            await self._changed.wait_for(lambda: not self._others)
        try:
            yield
        finally:
            async with self._changed:
                self._alone = False
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long records of deliveries are kept, and how many dead letters."""

    keep_delivered_s: float
    keep_dead_s: float
    max_dead: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What all lanes of a notifier share."""

    outbox: Outbox
    registry: Registry
    life: Life
    solitude: Solitude
    bounds: Bounds
    rng: Random


class Lane:
    """One channel's deliveries of one shard."""

    def __init__(self, channel: Channel, shard: int, desk: Desk) -> None:
        self._channel = channel
        self._shard = shard
        self._desk = desk
        self._woken = asyncio.Event()
        #: Whether an attempt is under way, which a stop should let come to its end.
        self.sending = False

    def wake(self) -> None:
        """Say that something new may be due."""
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled; an attempt under way then is finished by whoever has the shard next."""
        passed: set[str] = set()
        while True:
            self._woken.clear()
            found = await lasting(lambda: self._due(passed), life=self._desk.life)
            if found is None:
                return
            ids, wait_s = found
            if not ids:
                await self._rest(wait_s)
                passed.clear()
            for delivery_id in ids:
                if self._desk.life.stopping.is_set():
                    return
                outcome = await self._send(delivery_id)
                if outcome is None:
                    passed.add(delivery_id)
                elif isinstance(outcome, ChannelAtFault | ChannelGone):
                    break  # kept: it stays the first in line

    async def _due(self, passed: set[str]) -> tuple[list[str], float | None]:
        """List what is due, but for what was passed over in this round."""
        ids, wait_s = await self._desk.outbox.due(self._shard, self._channel.id, most=_MOST + len(passed))
        return [each for each in ids if each not in passed], wait_s

    async def _rest(self, wait_s: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S if wait_s is None else min(wait_s, _LOOK_S)):
                await self._woken.wait()

    async def _send(self, delivery_id: str) -> Outcome | None:
        """Make one attempt; None where there was nothing to send, or nothing that we can read."""
        async with self._channel.turn():
            attempt = await lasting(lambda: self._begin(delivery_id), life=self._desk.life)
            if isinstance(attempt, Damaged):
                await self._bury(attempt)
                return None
            if attempt is None:
                log.warning("delivery passed over", delivery=delivery_id, reason="settled, or of a newer version")
                return None
            try:
                return await self._try(attempt)
            except asyncio.CancelledError:
                # Stopped in the middle, not dead: the next notifier need not suspect this delivery.
                with contextlib.suppress(StoreError):
                    await self._desk.outbox.abandon(attempt.delivery)
                raise

    async def _begin(self, delivery_id: str) -> Attempt | Damaged | None:
        return await self._desk.outbox.begin(self._shard, self._channel.id, delivery_id)

    async def _bury(self, damaged: Damaged) -> None:
        """Give up what cannot be read; its neighbours go on."""
        log.error("buried", delivery=damaged.id, channel=self._channel.id, reason=damaged.reason)
        now, bounds = datetime.now(UTC), self._desk.bounds
        place = self._shard, self._channel.id
        await lasting(
            lambda: self._desk.outbox.bury(*place, damaged, now=now, keep_s=bounds.keep_dead_s, most=bounds.max_dead),
            life=self._desk.life,
        )

    async def _try(self, attempt: Attempt) -> Outcome:
        outcome: Outcome
        if attempt.started > TRIES_TOGETHER + TRIES_ALONE:
            outcome = MessageAtFault(f"its notifier died {TRIES_ALONE} times while sending nothing else")
            await self._record(attempt.delivery, outcome, started=datetime.now(UTC))
            return outcome
        alone = attempt.started > TRIES_TOGETHER
        async with self._desk.solitude.alone() if alone else self._desk.solitude.shared():
            started = datetime.now(UTC)
            self.sending = True
            try:
                outcome = await self._outcome(attempt.delivery, started)
                await self._record(attempt.delivery, outcome, started=started)
            finally:
                self.sending = False
        self._desk.life.worked()
        return outcome

    async def _outcome(self, delivery: Delivery, started: datetime) -> Outcome:
        try:
            return await self._channel.sender.send(delivery, attempted_at=started)
        except Exception as error:  # a fault of ours must not stop the lane: the ladder gives it time, then says so
            log.exception("sending failed", delivery=delivery.id)
            return Later(f"internal error: {type(error).__name__}: {error}")

    async def _record(self, delivery: Delivery, outcome: Outcome, *, started: datetime) -> None:
        """Write down what came of an attempt, and let the channel know."""
        now = datetime.now(UTC)
        log.info(
            "sent",
            delivery=delivery.id,
            channel=delivery.channel_id,
            watchlist=delivery.watchlist_id,
            outcome=type(outcome).__name__,
            answer=outcome.answer[:200],
            ms=round((now - started).total_seconds() * 1000),
        )
        await self._tell_channel(outcome, now)
        await lasting(lambda: self._settle(delivery, outcome, now), life=self._desk.life)

    async def _tell_channel(self, outcome: Outcome, now: datetime) -> None:
        if isinstance(outcome, ChannelAtFault):
            self._channel.at_fault(outcome.answer)
            log.warning("channel waits", channel=self._channel.id, answer=outcome.answer)
        elif isinstance(outcome, ChannelGone):
            override = channel_disabled(self._channel.id, reason=outcome.answer, now=now)
            # Decided first: who looks at the overrides in between would take a disabled channel for an undone one.
            await lasting(lambda: self._desk.registry.decide(override), life=self._desk.life)
            self._channel.stop("disabled", outcome.answer)
            log.warning("channel disabled", channel=self._channel.id, answer=outcome.answer, undo=override.id)
        else:
            self._channel.answered()
            if isinstance(outcome, Later):
                self._channel.rests(outcome.answer)

    async def _settle(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        outbox, bounds = self._desk.outbox, self._desk.bounds
        match outcome:
            case Delivered(answer):
                await outbox.delivered(delivery, answer=answer, now=now, keep_s=bounds.keep_delivered_s)
            case ChannelAtFault(answer) | ChannelGone(answer):
                await outbox.kept(delivery, answer=answer, now=now)
            case Later() | MessageAtFault():
                step = next_attempt(delivery.attempts + 1, outcome, now=now, rng=self._desk.rng)
                if isinstance(step, Dead):
                    await outbox.dead(
                        delivery, reason=step.reason, now=now, keep_s=bounds.keep_dead_s, most=bounds.max_dead
                    )
                else:
                    delay_s = (step.at - now).total_seconds()
                    await outbox.retry(delivery, answer=outcome.answer, now=now, delay_s=delay_s)
