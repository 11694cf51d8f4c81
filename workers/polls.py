"""One poll of one feed under its lease: load what is known, fetch, parse, decide, and commit once. Promise 1.

Whatever is wrong with a feed is an outcome of its poll; only trouble with the store ends one without a commit, and then
the lease runs out and the poll is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from time import perf_counter

import msgspec
import structlog
from msgspec.structs import replace

from monitor.errors import FeedError, HeldBackError, SettingsError
from monitor.feeds.decide import Poll, decide_poll, is_same_body, known_marks, needs_known
from monitor.feeds.fetch import NotModified, fetch
from monitor.feeds.moves import moved
from monitor.feeds.outcome import NewBody, Outcome, SameBody
from monitor.feeds.reading.parser_pool import ParserPool
from monitor.feeds.rsshub import failure, instances_to_ask, on_instance, resting_after
from monitor.feeds.state import changed_fields, from_fields, to_fields
from monitor.model import FEED_MOVED, FEED_RETIRED, Document, Feed, FeedState
from monitor.queue.duty import Duty, Lease
from monitor.settings import schema
from workers.kit import Kit
from workers.notices import Decided

#: When a feed that the settings do not know yet is looked at again, seconds.
_UNKNOWN_S = 0.5
#: When a retired feed is looked at again, to see whether it still is: no request is made.
_RETIRED_S = 3600.0
#: Spread of the feeds of a host that was held back: a share of the time, seconds at most.
_SHARE_AFTER, _AFTER_S = 0.05, 60.0
#: Most feeds whose state is kept in this process, at some 1.3 KB each.
_MOST_STATES = 20_000

log = structlog.get_logger()


class _Answer(msgspec.Struct, frozen=True):
    """What came of asking for a feed."""

    #: As it was asked.
    feed: Feed
    outcome: Outcome
    #: The known entries, where deciding needs them.
    known: Mapping[str, str] = msgspec.field(default_factory=dict)
    #: Instances of RSSHub that want to be left alone, and until when.
    resting: Mapping[str, datetime] = msgspec.field(default_factory=dict)


class Polls:
    """Polls feeds, one at a call."""

    def __init__(
        self, duty: Duty, decided: Decided, *, rng: Random, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._duty = duty
        self._decided = decided
        self._rng = rng
        self._now = now
        #: Feed id -> the token of our last commit, and the state that it left.
        self._states: dict[str, tuple[str, FeedState]] = {}

    async def poll(self, lease: Lease, kit: Kit) -> FeedState | None:
        """Poll one feed under its lease. Raises StoreError where nothing could be committed.

        Returns the state that was committed, None where none was.
        """
        started = perf_counter()
        settings = kit.feeds.get(lease.feed_id)
        if settings is None:  # we run older settings than the due set: soon we do not, or another poller takes it
            await self._duty.commit(lease, delay_s=_UNKNOWN_S, state={})
            return None
        feed, trouble = _resolved(settings, kit)
        if trouble is None and await self._decided.stands(FEED_RETIRED, feed):
            await self._duty.commit(lease, delay_s=_RETIRED_S, state={})
            return None
        state, stored = await self._load(lease)
        asked = await self._asked(feed, state)
        answer = _Answer(feed, trouble, resting=state.resting) if trouble else await self._ask(asked, state, kit)
        if isinstance(answer.outcome, HeldBackError):
            await self._hold_back(lease, answer.outcome.retry_after_s or 0.0)
            return None
        now = self._now()
        poll = decide_poll(
            feed=answer.feed,
            # A copy only where it must be: of polls without news it would be a notable part.
            state=state if answer.resting == state.resting else replace(state, resting=answer.resting),
            known=answer.known,
            outcome=answer.outcome,
            now=now,
            rng=self._rng,
            limits=kit.limits,
        )
        for notice in poll.notices:
            await self._decided.tell(notice, feed, kit.settings)
        # Only what has changed: nobody else writes the state of a feed while the lease is ours.
        changed = changed_fields(state, poll.state) if stored is None else differing(to_fields(poll.state), stored)
        committed = await commit(self._duty, lease, poll, changed, did="polled", started=started, now=now)
        if committed and len(self._states) < _MOST_STATES:
            self._states[lease.feed_id] = (lease.token, poll.state)
        return poll.state if committed else None

    async def postpone(self, lease: Lease, delay_s: float) -> None:
        """Give a feed back for a while, as it was. Raises StoreError."""
        token, state = self._states.pop(lease.feed_id, ("", None))
        given_back = await self._duty.commit(lease, delay_s=delay_s, state={})
        if given_back and state is not None and token == lease.last_commit:
            self._states[lease.feed_id] = (lease.token, state)

    async def _hold_back(self, lease: Lease, wait_s: float) -> None:
        """Give back a feed whose host wants to be left alone: nothing was asked, so nothing failed."""
        log.info("held back", feed=lease.feed_id, s=round(wait_s))
        # Its other feeds should not all come back together, nor only behind the one that was told to wait.
        await self.postpone(lease, wait_s + self._rng.uniform(0, min(_SHARE_AFTER * wait_s, _AFTER_S)))

    async def _asked(self, feed: Feed, state: FeedState) -> Feed:
        """Give the feed as it is asked: where it has moved to, while that is in force."""
        if state.move is None or not state.move.address or not await self._decided.stands(FEED_MOVED, feed):
            return feed
        return moved(feed, state.move) or feed

    async def _load(self, lease: Lease) -> tuple[FeedState, Mapping[str, str] | None]:
        """Give the state of a feed, and what is stored of it: None where our own commit was its last."""
        token, state = self._states.pop(lease.feed_id, ("", None))
        if state is not None and token == lease.last_commit:
            return state, None
        stored = await self._duty.state(lease.feed_id)
        return from_fields(stored), stored

    async def _ask(self, feed: Feed, state: FeedState, kit: Kit) -> _Answer:
        return await (self._ask_instances if feed.is_route else self._ask_once)(feed, state, kit)

    async def _ask_once(self, feed: Feed, state: FeedState, kit: Kit) -> _Answer:
        """Fetch and read, with the known entries where they are needed. Whatever is wrong with a feed is an outcome."""
        try:
            document = await fetch(kit.client, feed, state, now=self._now())
            if isinstance(document, NotModified):
                return _Answer(feed, document)
            read = read_document(document, feed, state, duty=self._duty, parsers=kit.parsers, now=self._now())
            return _Answer(feed, *await read)
        except FeedError as error:
            return _Answer(feed, error)

    async def _ask_instances(self, feed: Feed, state: FeedState, kit: Kit) -> _Answer:
        """Ask one instance of RSSHub after the other, until one answers with a feed."""
        instances, failed, answer = kit.settings.polling.rsshub, dict[str, FeedError](), None
        for instance in instances_to_ask(instances, state, now=self._now()):
            answer = await self._ask_once(on_instance(feed, instance), state, kit)
            if not isinstance(answer.outcome, FeedError):
                break
            failed[instance], answer = answer.outcome, None
        now = self._now()
        resting = resting_after(instances, state, failed, now=now)
        return replace(answer or _Answer(feed, failure(feed, failed, resting, now=now)), resting=resting)


def _resolved(settings: schema.FeedSettings, kit: Kit) -> tuple[Feed, FeedError | None]:
    """Give a feed, and what stands in the way of asking it: a secret that cannot be read."""
    try:
        return kit.feed(settings), None
    except SettingsError as error:
        return Feed(settings.id, url=""), FeedError(settings.id, str(error))


async def commit(
    duty: Duty, lease: Lease, poll: Poll, changed: Mapping[str, str], *, did: str, started: float, now: datetime
) -> bool:
    """Commit what a poll or push brings, and log that it `did`, or that its lease was lost, since `started`.

    `started` is a reading of `perf_counter`. Raises StoreError.
    """
    committed = await duty.commit(
        lease,
        delay_s=max(0.0, (poll.next_due_at - now).total_seconds()),
        state=changed,
        items=poll.new,
        known_add=poll.known_add,
        known_drop=poll.known_drop,
    )
    log.info(
        did if committed else "lease lost",
        feed=lease.feed_id,
        status=poll.reason,
        new=len(poll.new),
        ms=round((perf_counter() - started) * 1000),
    )
    return committed


async def read_document(
    document: Document, feed: Feed, state: FeedState, *, duty: Duty, parsers: ParserPool, now: datetime
) -> tuple[SameBody | NewBody, Mapping[str, str]]:
    """Parse at `now` what is not known to the byte, and return the known entries too, where deciding needs them.

    Raises ParseError and StoreError.
    """
    if is_same_body(state, document):
        return SameBody(document), {}
    known = await duty.known(feed.id) if needs_known(state) else {}
    return NewBody(document, await parsers.parse(document, feed, now=now, known=known_marks(known))), known


def differing(fields: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Leave of the fields of a state those that are stored with another value, or not at all."""
    return {name: value for name, value in fields.items() if stored.get(name) != value}
