"""Polls feeds as they fall due: claim, fetch, parse, decide, and commit once. Promise 1.

APScheduler drives a few periodic jobs; which feed is due is Redis' to say. While the backlog of items is over its
limit, or Redis is full, no feed is claimed: the publishers keep the items for us.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from time import perf_counter

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.errors import FeedError, SettingsError, StoreError
from monitor.feeds.decide import NewBody, Outcome, Poll, SameBody, decide_poll, is_same_body, known_marks, needs_known
from monitor.feeds.fetch import NotModified, fetch
from monitor.feeds.limits import PollingLimits
from monitor.feeds.parser_pool import ParserPool
from monitor.feeds.state import from_fields, to_fields
from monitor.model import Feed, FeedState
from monitor.net.client import Client
from monitor.queue.duty import Duty, Lease
from monitor.queue.registry import Registry
from monitor.queue.store import ServerFullError, Store
from monitor.queue.streams import Reader
from monitor.queue.upkeep import Upkeep
from monitor.settings import schema
from workers.life import Life
from workers.loop import lasting
from workers.wiring import Place, feed_of, net_limits, polling_limits

_CLAIM_S = 0.25
#: How long a feed stays with a poller that says nothing more; polls under way extend it.
_LEASE_S = 30.0
#: When a feed that the settings do not know yet is looked at again, seconds.
_UNKNOWN_S = 0.5
#: How long polls under way may take to end once the poller is to stop, seconds.
_FINISH_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kit:
    """What one version of the settings polls with."""

    settings: schema.Settings
    feeds: Mapping[str, schema.FeedSettings]
    limits: PollingLimits
    client: Client
    parsers: ParserPool


class Poller:
    """One poller process."""

    def __init__(self, store: Store, *, life: Life, place: Place) -> None:
        self._store = store
        self._life = life
        self._place = place
        self._upkeep = Upkeep(store)
        self._rng = Random()  # noqa: S311 -- jitter
        self._duty = Duty(store, worker=life.name, lease_s=_LEASE_S)
        self._kit: Kit | None = None
        self._polls: dict[asyncio.Task[None], Lease] = {}
        #: Why nothing is claimed: too much waits, or the store takes nothing.
        self._backlog = ""
        self._trouble = ""
        self._claiming = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()

    async def apply(self, settings: schema.Settings) -> None:
        """Take over changed settings; polls under way end with what they began with."""
        old = self._kit
        client = old.client if old and old.settings.net == settings.net else None
        parsers = old.parsers if old and old.settings.polling == settings.polling else None
        self._kit = Kit(
            settings,
            {each.id: each for each in settings.feeds if each.enabled},
            polling_limits(settings.polling),
            client or Client(net_limits(settings.net, self._place)),
            parsers or _parser_pool(settings.polling),
        )
        if old:
            # Beside the rest: a slow feed must not hold up the next settings.
            used: list[Client | ParserPool] = [*([] if client else [old.client]), *([] if parsers else [old.parsers])]
            retiring = asyncio.create_task(self._retire(set(self._polls), used))
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)

    async def _retire(self, polls: set[asyncio.Task[None]], used: Sequence[Client | ParserPool]) -> None:
        """Close what only polls under way still use, once they have ended."""
        if used and polls:
            await asyncio.wait(polls)
        for each in used:
            await each.close()

    @property
    def _in_use(self) -> Kit:
        assert self._kit is not None  # noqa: S101 -- settings are applied before `run`
        return self._kit

    async def run(self, *, predecessor: str = "") -> None:
        """Poll until the stop."""
        # What no matcher has ever read counts as backlog only for a group that is there.
        matchers = Reader(self._store, group="matchers", consumer=self._life.name, stream=self._store.keys.items)
        await lasting(matchers.ensure, life=self._life)
        if predecessor:
            await self._inherit(predecessor)
        scheduler = AsyncIOScheduler(timezone=UTC)
        jobs = ((self.claim, _CLAIM_S), (self._watch_backlog, 1.0), (self._extend, _LEASE_S / 3), (self._trim, 60.0))
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
        backlog, most = await self._upkeep.backlog(), self._in_use.settings.redis.max_backlog
        reason = f"{backlog} items wait for the matchers (redis.max_backlog {most})" if backlog >= most else ""
        if bool(reason) != bool(self._backlog):
            log.warning("polling paused" if reason else "polling resumed", reason=reason)
        self._backlog = reason
        self._tell()

    async def claim(self) -> None:
        """Begin polls of due feeds, as many as there is room for."""
        async with self._claiming:
            room = self._in_use.settings.polling.concurrency - len(self._polls)
            if self._backlog or room <= 0 or self._life.stopping.is_set():
                return
            leases, wait_s = await self._duty.claim(room)
            if self._trouble:
                log.info("polling resumed")
                self._trouble = ""
                self._tell()
            for lease in leases:
                self._begin(lease, more=wait_s == 0)

    def _begin(self, lease: Lease, *, more: bool) -> None:
        poll = asyncio.create_task(self._poll(lease))
        self._polls[poll] = lease
        poll.add_done_callback(lambda task: self._ended(task, more=more))

    def _ended(self, poll: asyncio.Task[None], *, more: bool) -> None:
        self._polls.pop(poll, None)
        if not poll.cancelled() and (error := poll.exception()):
            log.error("poll failed", error=f"{type(error).__name__}: {error}", exc_info=error)
        # Where more feeds are due than there was room for, the next are claimed without waiting for the clock.
        if (
            more
            and len(self._polls) <= self._in_use.settings.polling.concurrency * 3 // 4
            and not self._claiming.locked()
        ):
            asyncio.get_running_loop().create_task(self._guarded(self.claim))

    async def _extend(self) -> None:
        """Keep the feeds whose polls are under way."""
        await self._duty.extend(self._polls.values())

    async def _poll(self, lease: Lease) -> None:
        """Poll one feed under its lease."""
        kit, started = self._in_use, perf_counter()
        settings = kit.feeds.get(lease.feed_id)
        try:
            if settings is None:  # we run older settings than the due set: soon we do not, or another poller takes it
                await self._duty.commit(lease, delay_s=_UNKNOWN_S, state={})
                return
            stored = await self._duty.state(lease.feed_id)
            state = from_fields(stored)
            feed, outcome, known = await self._outcome(settings, state, kit)
            poll = self._decide(feed, state, outcome, known, kit)
            await self._commit(lease, poll, stored, started)
        except ServerFullError as error:
            self._in_trouble(str(error))
        except StoreError as error:
            log.warning("poll not committed", feed=lease.feed_id, error=str(error))

    async def _outcome(
        self, settings: schema.FeedSettings, state: FeedState, kit: Kit
    ) -> tuple[Feed, Outcome, Mapping[str, str]]:
        """Fetch and parse; return the known entries too, where the outcome needs them.

        Whatever is wrong with a feed is an outcome too.
        """
        try:
            feed = feed_of(settings, self._place)
        except SettingsError as error:
            return Feed(settings.id, url=state.url), FeedError(settings.id, str(error)), {}
        try:
            document = await fetch(kit.client, feed, state, now=datetime.now(UTC))
            if isinstance(document, NotModified):
                return feed, document, {}
            if is_same_body(feed, state, document):
                return feed, SameBody(document), {}
            known = await self._duty.known(feed.id) if needs_known(state) else {}
            parsed = await kit.parsers.parse(document, feed, now=datetime.now(UTC), known=known_marks(known))
            return feed, NewBody(document, parsed), known
        except FeedError as error:
            return feed, error, {}

    def _decide(self, feed: Feed, state: FeedState, outcome: Outcome, known: Mapping[str, str], kit: Kit) -> Poll:
        return decide_poll(
            feed=feed,
            state=state,
            known=known,
            outcome=outcome,
            now=datetime.now(UTC),
            rng=self._rng,
            limits=kit.limits,
        )

    async def _commit(self, lease: Lease, poll: Poll, stored: Mapping[str, str], started: float) -> None:
        # Only what has changed: nobody else writes the state of a feed while the lease is ours.
        changed = {name: value for name, value in to_fields(poll.state).items() if stored.get(name) != value}
        committed = await self._duty.commit(
            lease,
            delay_s=max(0.0, (poll.next_due_at - datetime.now(UTC)).total_seconds()),
            state=changed,
            items=poll.new,
            known_add=poll.known_add,
            known_drop=poll.known_drop,
        )
        log.info(
            "polled" if committed else "lease lost",
            feed=lease.feed_id,
            status=poll.reason,
            new=len(poll.new),
            ms=round((perf_counter() - started) * 1000),
        )
        self._life.worked()

    async def _trim(self) -> None:
        """Let go of what every group has done with."""
        keys, redis = self._store.keys, self._in_use.settings.redis
        for stream in (keys.items, keys.alerts):
            await self._upkeep.trim(stream, keep_s=redis.keep_items, keep_bytes=redis.keep_bytes)
        await self._upkeep.forget_consumers(keys.items, "matchers")
        await self._upkeep.forget_consumers(keys.alerts, "notifiers")
        await self._strike_off()

    async def _strike_off(self) -> None:
        """Forget workers that were killed an hour ago or more, with nobody to say so."""
        registry, then = Registry(self._store), datetime.now(UTC) - timedelta(hours=1)
        silent = [beat.worker for beat in await registry.workers() if datetime.fromisoformat(beat.beat_at) < then]
        await registry.leave(*silent)

    async def _finish(self) -> None:
        """Let polls under way come to their end; what cannot is given back by its lease."""
        if self._polls:
            await asyncio.wait(self._polls, timeout=_FINISH_S)
        for poll in self._polls:
            poll.cancel()
        await asyncio.gather(*self._polls, *self._retiring, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self._duty.release(self._life.name)
        await self._in_use.client.close()
        await self._in_use.parsers.close()


def _parser_pool(polling: schema.PollingSettings) -> ParserPool:
    return ParserPool(
        size=max(1, (os.cpu_count() or 1) // 2), timeout_s=polling.parse_timeout, max_entries=polling.max_entries
    )
