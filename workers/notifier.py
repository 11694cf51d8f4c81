"""Sends alerts: owns shards, opens a lane for each channel that has something to send there, and wakes lanes on news.

Several notifiers share the 16 shards by ownership with a time to live; each shard has one sender at a time, which keeps
a watchlist's alerts in order. Losing a shard in the middle can lead to a second attempt of one delivery, never to
another id.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import structlog

from monitor.errors import StoreError
from monitor.queue.codec import channels_of
from monitor.queue.keys import SHARDS
from monitor.queue.outbox import Outbox
from monitor.queue.ownership import Ownership
from monitor.queue.registry import CHANNEL_DISABLED, ChannelState, Registry
from monitor.queue.silences import CHANNEL_PAUSED
from monitor.queue.store import Store
from monitor.queue.streams import Message, Reader
from monitor.settings.schema import Settings
from workers.channel import Channel
from workers.lane import Bounds, Desk, Lane, Solitude
from workers.life import Life, background
from workers.loop import lasting
from workers.senders import Senders

_OWNER_S = 10.0
_LOOK_S = 1.0
_ABANDONED_S = 60.0
#: How long attempts under way may take to end once the notifier is to stop, seconds.
_FINISH_S = 6.0

log = structlog.get_logger()


class Notifier:
    """One notifier process."""

    def __init__(self, store: Store, *, life: Life, senders: Senders, predecessor: str = "") -> None:
        self._store = store
        self._life = life
        self._senders = senders
        self._registry = Registry(store)
        self._outbox = Outbox(store)
        self._ownership = Ownership(store, worker=life.name, ttl_s=_OWNER_S, predecessor=predecessor)
        self._reader = Reader(store, group="notifiers", consumer=life.name, stream=store.keys.alerts)
        self._predecessor = predecessor
        self._shards: set[int] = set()
        self._channels: dict[str, Channel] = {}
        self._lanes: dict[tuple[int, str], tuple[Lane, asyncio.Task[None]]] = {}
        self._solitude = Solitude()
        self._told: dict[str, ChannelState] = {}
        self._desk: Desk | None = None

    async def apply(self, settings: Settings) -> None:
        """Take over changed channels; the lanes of those that changed begin anew, with the same deliveries."""
        self._desk = Desk(
            self._outbox,
            self._registry,
            self._life,
            self._solitude,
            _bounds(settings),
            Random(),  # noqa: S311 -- jitter
        )
        opened, closed = await self._senders.apply(settings)
        for channel_id in closed:
            await self._close_lanes(channel=channel_id)
            self._channels.pop(channel_id, None)
        for channel_id, (sender, concurrency) in opened.items():
            self._channels[channel_id] = Channel(
                channel_id,
                sender,
                concurrency=concurrency,
                rng=Random(),  # noqa: S311 -- jitter
            )
        await lasting(self._heed_overrides, life=self._life)
        await self._open_lanes(self._shards)

    async def run(self) -> None:
        """Notify until the stop."""
        await lasting(self._reader.ensure, life=self._life)
        await lasting(self._share, life=self._life)
        await lasting(self._hear_the_dead, life=self._life)
        self._life.ready()
        async with background(asyncio.create_task(self._look_after())):
            while not self._life.stopping.is_set():
                await lasting(self._hear, life=self._life)
        await self._finish()

    async def _hear(self) -> None:
        """Wake the lanes that new alerts concern. The announcement is done then: the outbox holds the work."""
        await self._announce(await self._reader.take(most=256, wait_s=_LOOK_S, shards=sorted(self._shards)))

    async def _hear_the_dead(self) -> None:
        """Take over announcements whose notifier died before it could say so, lest their stream be kept for ever."""
        await self._announce(await self._reader.take_over(idle_s=_ABANDONED_S))

    async def _announce(self, messages: Sequence[Message]) -> None:
        for message in messages:
            for channel_id in channels_of(message.fields):
                if message.shard in self._shards:
                    self._lane(message.shard, channel_id)
        await self._reader.acknowledge(messages)

    def _lane(self, shard: int, channel_id: str) -> None:
        """Wake a lane, opening it first where there is none."""
        if channel_id not in self._channels or self._desk is None:
            return  # no such channel in the settings: its deliveries wait
        if (shard, channel_id) not in self._lanes:
            lane = Lane(self._channels[channel_id], shard, self._desk)
            self._lanes[shard, channel_id] = lane, asyncio.create_task(lane.run())
        self._lanes[shard, channel_id][0].wake()

    async def _look_after(self) -> None:
        """Keep shards, overrides and what is said of channels up to date, until cancelled."""
        turn = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            turn += 1
            await lasting(self._heed_overrides, life=self._life)
            await lasting(self._tell, life=self._life)
            self._check_lanes()
            if turn % 3 == 0:
                await lasting(self._share, life=self._life)
            if turn % 30 == 0:
                await lasting(self._hear_the_dead, life=self._life)

    async def _share(self) -> None:
        """Hold our part of the shards: all of them alone, an equal part among several notifiers."""
        alive = set(await self._registry.alive("notifier", now=datetime.now(UTC))) | {self._life.name}
        alive.discard(self._predecessor)
        part = math.ceil(SHARDS / len(alive))
        wanted = sorted(self._shards)[:part]
        free = [shard for shard in range(SHARDS) if shard not in self._shards]
        held = await self._hold(wanted)
        for shard in free[: SHARDS if len(held) < part else 0]:
            if len(held) == part:
                break
            held |= await self._hold([shard])
        lost = self._shards - held
        self._shards, gained = held, held - self._shards
        for shard in lost:
            await self._close_lanes(shard=shard)
        await self._ownership.give_up([self._store.keys.owner(shard) for shard in lost])
        await self._open_lanes(gained)
        if gained or lost:
            log.info("shards", held=sorted(held), notifiers=len(alive))

    async def _hold(self, shards: list[int]) -> set[int]:
        names = {self._store.keys.owner(shard): shard for shard in shards}
        return {names[name] for name in await self._ownership.hold(list(names))}

    async def _open_lanes(self, shards: set[int]) -> None:
        for shard in shards:
            for channel_id in await lasting(lambda shard=shard: self._outbox.channels(shard), life=self._life) or []:  # type: ignore[misc]  # a default binds the loop's value
                self._lane(shard, channel_id)

    async def _close_lanes(self, *, shard: int | None = None, channel: str | None = None) -> None:
        names = [name for name in self._lanes if name[0] == shard or name[1] == channel]
        tasks = [self._lanes.pop(name)[1] for name in names]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _check_lanes(self) -> None:
        """A lane ends only with its notifier: should one have failed, the notifier fails aloud and is restarted."""
        for _, task in self._lanes.values():
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error

    async def _heed_overrides(self) -> None:
        """Stop the channels that were disabled or paused; one that is both is shown as disabled."""
        stopped: dict[str, tuple[str, str]] = {}
        for each in await self._registry.overrides():
            if each.kind == CHANNEL_DISABLED:
                stopped[each.subject] = "disabled", each.reason
            elif each.kind == CHANNEL_PAUSED:
                stopped.setdefault(each.subject, ("paused", each.reason))
        for channel_id, channel in self._channels.items():
            if channel_id in stopped:
                channel.stop(*stopped[channel_id])
            else:
                channel.resume()

    async def _tell(self) -> None:
        for channel in self._channels.values():
            if self._told.get(channel.id) != channel.state:
                await self._registry.set_channel(channel.state)
                self._told[channel.id] = channel.state

    async def _finish(self) -> None:
        """Let attempts under way come to their end, cancel the rest, and give the shards to others."""
        sending = [task for lane, task in self._lanes.values() if lane.sending]
        for lane, task in self._lanes.values():
            if not lane.sending:
                task.cancel()
        if sending:
            await asyncio.wait(sending, timeout=_FINISH_S)
        for _, task in self._lanes.values():
            task.cancel()
        await asyncio.gather(*(task for _, task in self._lanes.values()), return_exceptions=True)
        await self._reader.close()
        with contextlib.suppress(StoreError):
            await self._ownership.give_up([self._store.keys.owner(shard) for shard in self._shards])
        await self._senders.close()


def _bounds(settings: Settings) -> Bounds:
    alerts = settings.alerts
    return Bounds(alerts.keep_delivered, alerts.remember, settings.redis.max_dead)
