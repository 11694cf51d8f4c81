"""Takes what hubs push into the very commit of a poll: the same lease, the same rules, the same script. Promise 1.

lease -> read_document -> decide_push -> commit. What cannot be committed now is left to a poll, which is then
due at once. Whether a push is authentic was asked before (`workers.callbacks`).
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from time import perf_counter

import structlog

from monitor.errors import FeedError, SettingsError, StoreError
from monitor.feeds.decide import decide_push
from monitor.feeds.state import from_fields, to_fields
from monitor.model import Document, FeedState
from monitor.queue.duty import Duty, InWork, Lease
from monitor.queue.store import Store
from monitor.queue.upkeep import Upkeep
from monitor.settings import schema
from workers.kit import Kit, Kits
from workers.notices import Decided
from workers.polls import commit, differing, read_document
from workers.wiring import Place

#: How long a feed stays with a push whose process says nothing more.
_LEASE_S = 60.0
#: For a poll of the same feed to end, less than a stop waits for pushes; and between two looks whether it has.
_PATIENCE_S = 5.0
_LOOK_S = 0.05
#: How old the measure of the backlog may be.
_MEASURED_S = 1.0

log = structlog.get_logger()


class Pushes:
    """The pushes that one process takes; `worker` is the name under which it holds feeds."""

    def __init__(self, store: Store, *, worker: str, place: Place) -> None:
        self._duty = Duty(store, worker=worker, lease_s=_LEASE_S)
        self._decided = Decided(store, folder=place.folder)
        self._upkeep = Upkeep(store)
        self._worker = worker
        self._kits = Kits(place)
        self._under_way: set[asyncio.Future[bool]] = set()
        #: Items that waited for the matchers when last looked at, and when that was (loop time).
        self._backlog, self._measured_at = 0, float("-inf")

    def apply(self, settings: schema.Settings) -> None:
        """Take over changed settings; pushes under way end with what they began with."""
        self._kits.apply(settings, under_way=self._under_way)

    @property
    def in_use(self) -> Kit:
        """What the settings in force come to."""
        return self._kits.in_use

    async def close(self) -> None:
        """Let go of what pushes needed; call it when none is under way any more."""
        await self._kits.close()
        await self.release(self._worker)

    async def release(self, worker: str) -> None:
        """Make due at once what a worker that is no more held."""
        with contextlib.suppress(StoreError):  # else its leases run out
            await self._duty.release(worker)

    async def take(self, feed_id: str, document: Document, *, push_until: datetime | None) -> bool:
        """Commit what a push brings; False where the hub is to try again later. Raises StoreError.

        `push_until` is the end of the subscription's lease. A document that is no feed is taken for a hint: the feed is
        polled at once.
        """
        if await self._overloaded():
            await self._poll_instead(feed_id)
            log.warning("push put off", feed=feed_id, reason="too many items wait for the matchers")
            return False
        push = asyncio.ensure_future(self._take(feed_id, document, push_until))
        self._under_way.add(push)
        push.add_done_callback(self._under_way.discard)
        return await push

    async def _overloaded(self) -> bool:
        """Tell whether the backlog is over its limit, as far as was known a moment ago."""
        now = asyncio.get_running_loop().time()
        if now - self._measured_at > _MEASURED_S:
            self._backlog, self._measured_at = await self._upkeep.backlog(), now
        return self._backlog >= self.in_use.settings.redis.max_backlog

    async def _poll_instead(self, feed_id: str) -> None:
        with contextlib.suppress(InWork):  # then it is being polled
            if taken := await self._duty.take(feed_id):
                await self._give_back(taken, from_fields(await self._duty.state(feed_id)))

    async def _give_back(self, taken: tuple[Lease, float], state: FeedState) -> None:
        """Make a feed due at once; where its last poll has failed, when it was: we may have been asked to wait."""
        lease, due_in_s = taken
        await self._duty.commit(lease, delay_s=due_in_s if state.failures else 0.0, state={})

    async def _take(self, feed_id: str, document: Document, push_until: datetime | None) -> bool:
        taken = await self._lease(feed_id)
        if taken is None:
            return False
        (lease, due_in_s), kit, started = taken, self.in_use, perf_counter()
        stored = await self._duty.state(feed_id)
        state = from_fields(stored)
        if not state.seen_before or feed_id not in kit.feeds:
            await self._give_back(taken, state)
            return False
        try:
            feed = kit.feed(kit.feeds[feed_id])
            now = datetime.now(UTC)
            outcome, known = await read_document(document, feed, state, duty=self._duty, parsers=kit.parsers, now=now)
        except (FeedError, SettingsError) as error:
            log.warning("push not readable", feed=feed_id, error=str(error))
            await self._give_back(taken, state)
            return True
        poll = decide_push(
            feed=feed,
            state=state,
            known=known,
            outcome=outcome,
            push_until=push_until,
            due_in_s=due_in_s,
            now=datetime.now(UTC),
            limits=kit.limits,
        )
        for notice in poll.notices:
            await self._decided.tell(notice, feed, kit.settings)
        changed, now = differing(to_fields(poll.state), stored), datetime.now(UTC)
        return await commit(self._duty, lease, poll, changed, did="pushed", started=started, now=now)

    async def _lease(self, feed_id: str) -> tuple[Lease, float] | None:
        """Take the feed, waiting for a poll of it to end; None where that takes too long, or nobody polls it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    try:
                        return await self._duty.take(feed_id)
                    except InWork:
                        await asyncio.sleep(_LOOK_S)
        return None
