"""Polls feeds as they fall due: claims them, and begins a poll for each (`workers.polls`).

APScheduler drives a few periodic jobs; which feed is due is Redis' to say. While the backlog of items is over its
limit, or Redis is full, no feed is claimed: the publishers keep the items for us.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.errors import StoreError
from monitor.net.holds import Holds
from monitor.queue.duty import Duty, Lease
from monitor.queue.registry import Registry
from monitor.queue.store import ServerFullError, Store
from monitor.queue.streams import Reader
from monitor.queue.upkeep import Upkeep
from monitor.settings import schema
from workers.crowds import Crowds
from workers.holds import SharedHolds
from workers.kit import Kits
from workers.life import Life
from workers.loop import lasting
from workers.notices import Decided
from workers.polls import Polls
from workers.subscriptions import Subscriber
from workers.wiring import Place

_CLAIM_S = 0.25
#: Between two looks at the overrides, and at the hosts that want to be left alone, seconds.
_HEED_S = 2.0
#: How long a feed stays with a poller that says nothing more; polls under way extend it.
_LEASE_S = 30.0
#: Silence after which a worker is taken for gone for good, seconds.
_GONE_S = 3600.0
#: How long polls under way may take to end once the poller is to stop, seconds.
_FINISH_S = 5.0

log = structlog.get_logger()


class Poller:
    """One poller process."""

    def __init__(self, store: Store, *, life: Life, place: Place) -> None:
        self._store = store
        self._life = life
        self._upkeep = Upkeep(store)
        self._duty = Duty(store, worker=life.name, lease_s=_LEASE_S)
        self._decided = Decided(store, folder=place.folder)
        rng = Random()  # noqa: S311 -- jitter
        self._polls = Polls(self._duty, self._decided, rng=rng)
        self._crowds = Crowds(rng)
        holds = Holds()
        self._kits = Kits(place, holds=holds)
        self._holds = SharedHolds(store, holds)
        self._subscriber = Subscriber(store, self._duty, lambda: self._kits.in_use.client)
        self._under_way: dict[Lease, asyncio.Task[None]] = {}
        #: Whether more feeds were due than there was room for.
        self._more_due = False
        #: Why nothing is claimed: too much waits, or the store takes nothing.
        self._backlog = ""
        self._trouble = ""
        self._claiming = asyncio.Lock()
        self._refilling: asyncio.Task[None] | None = None

    async def apply(self, settings: schema.Settings) -> None:
        """Take over changed settings; polls under way end with what they began with."""
        self._kits.apply(settings, under_way=self._under_way.values())
        self._subscriber.apply(settings)

    async def run(self, *, predecessor: str = "") -> None:
        """Poll until the stop."""
        # What no matcher has ever read counts as backlog only for a group that is there.
        matchers = Reader(self._store, group="matchers", consumer=self._life.name, stream=self._store.keys.items)
        await lasting(matchers.ensure, life=self._life)
        await lasting(self._decided.refresh, life=self._life)
        await lasting(self._holds.exchange, life=self._life)
        if predecessor:
            await self._inherit(predecessor)
        scheduler = AsyncIOScheduler(timezone=UTC)
        jobs = (
            *((self.claim, _CLAIM_S), (self._watch_backlog, 1.0), (self._subscriber.tend, 1.0)),
            *(
                (self._decided.refresh, _HEED_S),
                (self._holds.exchange, _HEED_S),
                (self._extend, _LEASE_S / 3),
                (self._trim, 60.0),
            ),
        )
        for job, every_s in jobs:
            # misfire_grace_time None: a late run is run late, not skipped in silence.
            scheduler.add_job(
                *(self._guarded, "interval"),
                args=[job],
                seconds=every_s,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
        scheduler.start()
        self._life.ready()
        await self._life.stopping.wait()
        scheduler.shutdown(wait=False)
        await self._finish()

    async def _inherit(self, predecessor: str) -> None:
        with contextlib.suppress(StoreError):  # else their leases run out
            if released := await self._duty.release(predecessor):
                log.info("took over", feeds=released)

    async def _guarded(self, job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except StoreError as error:
            self._in_trouble(str(error))

    def _in_trouble(self, reason: str) -> None:
        """Say that the store takes nothing. The next claim that it takes says that all is well again."""
        if not self._trouble:
            log.warning("polling paused", reason=reason)
        self._trouble = reason
        self._tell()

    def _tell(self) -> None:
        reason = self._backlog or self._trouble
        self._life.doing = f"not polling: {reason}" if reason else "working"

    async def _watch_backlog(self) -> None:
        """Stop claiming while the matchers are too far behind."""
        backlog, most = await self._upkeep.backlog(), self._kits.in_use.settings.redis.max_backlog
        reason = f"{backlog} items wait for the matchers (redis.max_backlog {most})" if backlog >= most else ""
        if bool(reason) != bool(self._backlog):
            log.warning("polling paused" if reason else "polling resumed", reason=reason)
        self._backlog = reason
        self._tell()

    async def claim(self) -> None:
        """Begin polls of due feeds, as many as there is room for."""
        async with self._claiming:
            room = self._kits.in_use.settings.polling.concurrency - len(self._under_way)
            if self._backlog or room <= 0 or self._life.stopping.is_set():
                return
            leases, wait_s = await self._duty.claim(room)
            if self._trouble:
                log.info("polling resumed")
                self._trouble = ""
                self._tell()
            self._more_due = wait_s == 0
            for lease in leases:
                self._under_way[lease] = asyncio.create_task(self._poll(lease))

    def _refill(self) -> None:
        """Claim the next feeds, where more are due, without waiting for the clock.

        Once for all polls that end together: each of them calls this.
        """
        concurrency = self._kits.in_use.settings.polling.concurrency
        if (
            self._more_due
            and concurrency - len(self._under_way) >= concurrency // 4
            and not self._claiming.locked()
            and (self._refilling is None or self._refilling.done())
        ):
            self._refilling = asyncio.create_task(self._guarded(self.claim))

    async def _extend(self) -> None:
        """Keep the feeds whose polls are under way."""
        await self._duty.extend(self._under_way)

    async def _poll(self, lease: Lease) -> None:
        kit = self._kits.in_use
        host = kit.host(lease.feed_id)
        wait_s = self._crowds.enter(host, share=kit.share)
        try:
            if wait_s:
                await self._polls.postpone(lease, wait_s)
                return
            try:
                state = await self._polls.poll(lease, kit)
            finally:
                self._crowds.leave(host)
            self._life.worked()
            if state is not None:
                await self._subscriber.polled(lease.feed_id, state)
        except ServerFullError as error:
            self._in_trouble(str(error))
        except StoreError as error:
            log.warning("poll not committed", feed=lease.feed_id, error=str(error))
        except Exception as error:
            log.exception("poll failed", feed=lease.feed_id, error=f"{type(error).__name__}: {error}")
        finally:
            del self._under_way[lease]
            self._refill()

    async def _trim(self) -> None:
        """Let go of what every group has done with."""
        keys, redis = self._store.keys, self._kits.in_use.settings.redis
        for stream in (keys.items, keys.alerts):
            await self._upkeep.trim(stream, keep_s=redis.keep_items, keep_bytes=redis.keep_bytes)
        await self._upkeep.forget_consumers(keys.items, "matchers")
        await self._upkeep.forget_consumers(keys.alerts, "notifiers")
        await self._strike_off()

    async def _strike_off(self) -> None:
        """Forget workers that were killed an hour ago or more, with nobody to say so."""
        registry, now = Registry(self._store), datetime.now(UTC)
        await registry.leave(*(beat.worker for beat in await registry.workers() if beat.silence_s(now) > _GONE_S))

    async def _finish(self) -> None:
        """Let polls under way come to their end; what cannot is given back by its lease."""
        polls = list(self._under_way.values())
        if polls:
            await asyncio.wait(polls, timeout=_FINISH_S)
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self._duty.release(self._life.name)
        await self._kits.close()
