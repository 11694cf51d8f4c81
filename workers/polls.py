"""One poll of one feed under its lease: load what is known, fetch, parse, decide, and commit once. Promise 1.

Whatever is wrong with a feed is an outcome of its poll; only trouble with the store ends one without a commit, and then
the lease runs out and the poll is made again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from time import perf_counter
from typing import Self

import structlog

from monitor.errors import FeedError, SettingsError
from monitor.feeds.decide import NewBody, Outcome, Poll, SameBody, decide_poll, is_same_body, known_marks, needs_known
from monitor.feeds.fetch import NotModified, fetch
from monitor.feeds.limits import PollingLimits
from monitor.feeds.parser_pool import ParserPool
from monitor.feeds.rsshub import failure, instances_to_ask, is_route, on_instance, resting_after
from monitor.feeds.state import changed_fields, from_fields, to_fields
from monitor.model import Document, Feed, FeedState
from monitor.net.client import Client
from monitor.queue.duty import Duty, Lease
from monitor.settings import schema
from workers.wiring import Place, feed_of, has_secrets, net_limits, polling_limits

#: When a feed that the settings do not know yet is looked at again, seconds.
_UNKNOWN_S = 0.5
#: Most feeds whose state is kept in this process, at some 700 bytes each.
_MOST_STATES = 20_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kit:
    """What one version of the settings polls with."""

    settings: schema.Settings
    place: Place
    limits: PollingLimits
    client: Client
    parsers: ParserPool
    feeds: Mapping[str, schema.FeedSettings]
    _resolved: dict[str, Feed] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: schema.Settings, place: Place, *, old: Self | None) -> Self:
        """Make the kit of these settings, with what the old one has and these do not change."""
        return cls(
            settings,
            place,
            polling_limits(settings.polling),
            old.client if old and old.settings.net == settings.net else Client(net_limits(settings.net, place)),
            old.parsers if old and old.settings.polling == settings.polling else _parser_pool(settings.polling),
            {each.id: each for each in settings.feeds if each.enabled},
        )

    def feed(self, settings: schema.FeedSettings) -> Feed:
        """Resolve a feed; secrets are read each time, since their files may change. Raises SettingsError."""
        if (feed := self._resolved.get(settings.id)) is None:
            feed = feed_of(settings, self.place)
            if not has_secrets(settings):
                self._resolved[settings.id] = feed
        return feed


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of asking for a feed."""

    #: As it was asked.
    feed: Feed
    outcome: Outcome
    #: The known entries, where deciding needs them.
    known: Mapping[str, str] = field(default_factory=dict)
    #: Instances of RSSHub that want to be left alone, and until when.
    resting: Mapping[str, datetime] = field(default_factory=dict)


class Polls:
    """Polls feeds, one at a call."""

    def __init__(self, duty: Duty, *, rng: Random) -> None:
        self._duty = duty
        self._rng = rng
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
        state, stored = await self._load(lease)
        answer = await self._ask(settings, state, kit)
        poll = decide_poll(
            feed=answer.feed,
            # A copy only where it must be: of polls without news it would be a notable part.
            state=state if answer.resting == state.resting else replace(state, resting=answer.resting),
            known=answer.known,
            outcome=answer.outcome,
            now=datetime.now(UTC),
            rng=self._rng,
            limits=kit.limits,
        )
        # Only what has changed: nobody else writes the state of a feed while the lease is ours.
        changed = changed_fields(state, poll.state) if stored is None else differing(to_fields(poll.state), stored)
        committed = await self._commit(lease, poll, changed)
        log.info(
            "polled" if committed else "lease lost",
            feed=lease.feed_id,
            status=poll.reason,
            new=len(poll.new),
            ms=round((perf_counter() - started) * 1000),
        )
        return poll.state if committed else None

    async def _load(self, lease: Lease) -> tuple[FeedState, Mapping[str, str] | None]:
        """Give the state of a feed, and what is stored of it: None where our own commit was its last."""
        token, state = self._states.pop(lease.feed_id, ("", None))
        if state is not None and token == lease.last_commit:
            return state, None
        stored = await self._duty.state(lease.feed_id)
        return from_fields(stored), stored

    async def _ask(self, settings: schema.FeedSettings, state: FeedState, kit: Kit) -> _Answer:
        """Fetch and read, with the known entries where they are needed. Whatever is wrong with a feed is an outcome."""
        try:
            feed = kit.feed(settings)
        except SettingsError as error:
            return _Answer(Feed(settings.id, url=state.url), FeedError(settings.id, str(error)), resting=state.resting)
        return await (self._ask_instances if is_route(feed.url) else self._ask_once)(feed, state, kit)

    async def _ask_once(self, feed: Feed, state: FeedState, kit: Kit) -> _Answer:
        try:
            document = await fetch(kit.client, feed, state, now=datetime.now(UTC))
            if isinstance(document, NotModified):
                return _Answer(feed, document)
            return _Answer(feed, *await read_document(document, feed, state, duty=self._duty, parsers=kit.parsers))
        except FeedError as error:
            return _Answer(feed, error)

    async def _ask_instances(self, feed: Feed, state: FeedState, kit: Kit) -> _Answer:
        """Ask one instance of RSSHub after the other, until one answers with a feed."""
        instances, failed, answer = kit.settings.polling.rsshub, dict[str, FeedError](), None
        for instance in instances_to_ask(instances, state, now=datetime.now(UTC)):
            answer = await self._ask_once(on_instance(feed, instance), state, kit)
            if not isinstance(answer.outcome, FeedError):
                break
            failed[instance], answer = answer.outcome, None
        now = datetime.now(UTC)
        resting = resting_after(instances, state, failed, now=now)
        return replace(answer or _Answer(feed, failure(feed, failed, resting, now=now)), resting=resting)

    async def _commit(self, lease: Lease, poll: Poll, changed: Mapping[str, str]) -> bool:
        committed = await self._duty.commit(
            lease,
            delay_s=max(0.0, (poll.next_due_at - datetime.now(UTC)).total_seconds()),
            state=changed,
            items=poll.new,
            known_add=poll.known_add,
            known_drop=poll.known_drop,
        )
        if committed and len(self._states) < _MOST_STATES:
            self._states[lease.feed_id] = (lease.token, poll.state)
        return committed


async def read_document(
    document: Document, feed: Feed, state: FeedState, *, duty: Duty, parsers: ParserPool
) -> tuple[SameBody | NewBody, Mapping[str, str]]:
    """Parse what is not known to the byte, and return the known entries too, where deciding needs them.

    Raises ParseError and StoreError.
    """
    if is_same_body(feed, state, document):
        return SameBody(document), {}
    known = await duty.known(feed.id) if needs_known(state) else {}
    return NewBody(
        document, await parsers.parse(document, feed, now=datetime.now(UTC), known=known_marks(known))
    ), known


def differing(fields: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Leave of the fields of a state those that are stored with another value, or not at all."""
    return {name: value for name, value in fields.items() if stored.get(name) != value}


def _parser_pool(polling: schema.PollingSettings) -> ParserPool:
    return ParserPool(
        size=max(1, (os.cpu_count() or 1) // 2), timeout_s=polling.parse_timeout, max_entries=polling.max_entries
    )
