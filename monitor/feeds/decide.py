"""What a poll found, and what we knew, to everything that its commit writes. Pure: no clock, no chance, no log.

fetch -> NotModified | Document -> is_same_body? -> needs_known? -> parse without known_marks -> decide_poll -> commit
push  ->               Document -> is_same_body? -> needs_known? -> parse without known_marks -> decide_push -> commit
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from monitor.errors import FeedError
from monitor.feeds.fetch import NotModified
from monitor.feeds.known import mark_of, seen_ms_of
from monitor.feeds.learn import learn
from monitor.feeds.limits import PollingLimits
from monitor.feeds.news import News, first_news, later_news
from monitor.feeds.notices import notices_of
from monitor.feeds.outcome import NewBody, Outcome, SameBody, body_hash
from monitor.feeds.rhythm import next_due
from monitor.feeds.websub import relied_on_until, rest_s
from monitor.model import FEED_FLOODED, FEED_RETIRED, Document, Feed, FeedState, Item, Notice

#: What a pushed document tells as well as one that was asked for.
_PUSHED = frozenset((FEED_FLOODED, FEED_RETIRED))


class Poll(msgspec.Struct, frozen=True):
    """Everything that the commit of one poll writes."""

    state: FeedState
    #: What the document brings; None where there was none to parse.
    news: News | None
    #: Ids of entries to forget.
    known_drop: tuple[str, ...]
    next_due_at: datetime
    #: What a person should know.
    notices: tuple[Notice, ...]
    #: A few words for the log line: "304", "unchanged body", "3 new; not well-formed: ...", "error ...".
    reason: str

    @property
    def new(self) -> tuple[Item, ...]:
        """Items for the matchers, the oldest first."""
        return self.news.items if self.news else ()

    @property
    def known_add(self) -> Mapping[str, str]:
        """Entry id -> what is kept of it (see `monitor.feeds.known`)."""
        return self.news.known_add if self.news else {}


def is_same_body(state: FeedState, document: Document) -> bool:
    """Tell whether a document needs no parsing, being the one that was parsed last from this address."""
    return state.url == document.url and state.body_hash == body_hash(document)


def needs_known(state: FeedState) -> bool:
    """Tell whether a new body needs the known entries: before its first poll is committed a feed has none."""
    return state.seen_before


def known_marks(known: Mapping[str, str]) -> frozenset[str]:
    """List the marks of known entries: those that still bear them need no parsing."""
    return frozenset(mark for mark in map(mark_of, known.values()) if mark)


def decide_poll(
    *,
    feed: Feed,
    state: FeedState,
    known: Mapping[str, str],
    outcome: Outcome,
    now: datetime,
    rng: random.Random,
    limits: PollingLimits,
) -> Poll:
    """Decide what is new, what to remember and when to poll again.

    `feed` is as it was asked, `known` holds all known entries of the feed where `needs_known` says so, and may be empty
    otherwise. Nothing but a document that was read changes the known entries.
    """
    error = outcome if isinstance(outcome, FeedError) else None
    news = _news(outcome, feed, state, known, now, limits) if isinstance(outcome, NewBody) else None
    failures = state.failures + 1 if error else 0
    learned = learn(state, feed, outcome, news, now)
    push_until = _pushed_until(state, learned, news, now) if state.push_until else None
    due_at = next_due(
        feed=_resting(feed, push_until, now, limits) if push_until else feed,
        failures=failures,
        error=error,
        wishes=learned.get("wishes", state.wishes),
        fresh_s=learned.get("fresh_s", state.fresh_s),
        habits=learned.get("habits", state.habits),
        now=now,
        rng=rng,
        limits=limits,
    )
    after = replace(state, **learned, failures=failures, polled_at=now, next_due_at=due_at, push_until=push_until)
    noticed = notices_of(
        feed,
        before=state,
        after=after,
        news=news,
        error=error,
        ended=isinstance(outcome, NewBody) and outcome.parsed.ended,
        now=now,
        dead_after=limits.dead_after,
    )
    return Poll(
        state=after,
        news=news,
        known_drop=_surplus(outcome, known, news, limits.max_known),
        next_due_at=due_at,
        notices=tuple(noticed),
        reason=_reason(outcome, news),
    )


def decide_push(
    *,
    feed: Feed,
    state: FeedState,
    known: Mapping[str, str],
    outcome: SameBody | NewBody,
    push_until: datetime | None,
    due_in_s: float,
    now: datetime,
    limits: PollingLimits,
) -> Poll:
    """Decide what is new in a document that a hub pushed, by the rules of a poll.

    The feed stays due when it was, in `due_in_s`, and its validators stay: a push is no word of the publisher's server.
    No entry is forgotten, since a hub may leave out what it has delivered (WebSub, section 7). A feed must have been
    polled before (`seen_before`): what a push leaves out would be new to the first poll after it.
    """
    rng = random.Random(0)  # noqa: S311 -- no chance is left: the due time stands
    poll = decide_poll(feed=feed, state=state, known=known, outcome=outcome, now=now, rng=rng, limits=limits)
    # Of another address than the one polled last, the hash would tell nothing.
    body_hash = poll.state.body_hash if state.url == outcome.document.url else state.body_hash
    # Nor does what a hub leaves out.
    habits = replace(poll.state.habits, missed_at=state.habits.missed_at)
    due_at = now + timedelta(seconds=due_in_s)
    return replace(
        poll,
        state=replace(state, body_hash=body_hash, habits=habits, push_until=push_until, next_due_at=due_at),
        known_drop=(),
        next_due_at=due_at,
        notices=tuple(notice for notice in poll.notices if notice.kind in _PUSHED),
    )


def _news(
    outcome: NewBody, feed: Feed, state: FeedState, known: Mapping[str, str], now: datetime, limits: PollingLimits
) -> News:
    entries = outcome.parsed.entries
    # What another question finds has been there before we asked, like what a first poll finds.
    if not state.seen_before or (feed.is_question and state.asked_url != feed.url):
        unknown = [entry for entry in entries if entry.id not in known]
        return first_news(unknown, is_recent=partial(_is_recent, now=now, limits=limits), now=now)
    return later_news(
        entries,
        known,
        unchanged=len(outcome.parsed.unchanged),
        newest_at=state.habits.newest_at,
        let_through=state.let_through,
        now=now,
    )


def _is_recent(item: Item, now: datetime, limits: PollingLimits) -> bool:
    return not item.undated and now - item.published_at <= timedelta(seconds=limits.first_poll_max_age_s)


def _pushed_until(state: FeedState, learned: Mapping[str, Any], news: News | None, now: datetime) -> datetime | None:
    """Tell how long the feed's hub is still relied on; one that the feed no longer names is not."""
    if (learned.get("hub", state.hub), learned.get("topic", state.topic)) != (state.hub, state.topic):
        return None
    new = (item.published_at for item in news.items if not item.is_update) if news else ()
    return relied_on_until(state.push_until, new, now=now)


def _resting(feed: Feed, push_until: datetime, now: datetime, limits: PollingLimits) -> Feed:
    """Give a feed whose changes are pushed the interval of a feed at rest."""
    usual_s = feed.interval_s or limits.interval_s
    longest_s = feed.max_interval_s or limits.max_interval_s
    return replace(feed, interval_s=rest_s(push_until, usual_s=usual_s, longest_s=longest_s, now=now))


def _surplus(outcome: Outcome, known: Mapping[str, str], news: News | None, max_known: int) -> tuple[str, ...]:
    """Choose the known entries to forget: those seen longest ago of the ones that the document no longer lists."""
    # Of a document that breaks off we cannot say what it lists.
    if news is None or not isinstance(outcome, NewBody) or outcome.parsed.truncated:
        return ()
    surplus = len(known.keys() | news.known_add.keys()) - max_known
    if surplus <= 0:
        return ()
    unchanged = set(outcome.parsed.unchanged)
    listed = {entry.id for entry in outcome.parsed.entries}
    listed.update(id_ for id_, value in known.items() if mark_of(value) in unchanged)
    unlisted = sorted(known.keys() - listed, key=lambda id_: (seen_ms_of(known[id_]), id_))
    return tuple(unlisted[:surplus])


def _reason(outcome: Outcome, news: News | None) -> str:
    match outcome:
        case FeedError():
            return f"error {outcome.what}: {outcome.cause}"
        case NotModified():
            return "304"
        case SameBody():
            return "unchanged body"
        case NewBody() if news is not None:
            return "; ".join((", ".join(_counts(news)), *_remarks(news), *outcome.parsed.notes))
    return ""


def _counts(news: News) -> Iterator[str]:
    yield f"{len(news.items) - news.updates} new"
    counts = {
        "updated": news.updates,
        "remembered": news.remembered,
        "held back as a flood": news.quarantined,
        "known by other ids": news.returned,
    }
    yield from (f"{count} {what}" for what, count in counts.items() if count)


def _remarks(news: News) -> Iterator[str]:
    if news.missed:
        yield "items may have been missed"
    if news.reformed:
        yield f"{news.reformed} entries changed at once: taken for a change of form"
