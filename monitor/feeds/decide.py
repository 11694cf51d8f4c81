"""What a poll found, and what we knew, to everything that its commit writes. Pure: no clock, no chance, no log.

fetch -> NotModified | Document -> is_same_body? -> needs_known? -> parse without known_marks -> decide_poll -> commit
push  ->               Document -> is_same_body? -> needs_known? -> parse without known_marks -> decide_push -> commit
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from monitor.errors import FeedError
from monitor.feeds.discover import offer_of
from monitor.feeds.entries import ParsedEntry, ParsedFeed
from monitor.feeds.fetch import NotModified
from monitor.feeds.limits import PollingLimits
from monitor.feeds.rhythm import next_due
from monitor.feeds.websub import relied_on_until, rest_s
from monitor.model import Document, Feed, FeedState, Item


@dataclass(frozen=True, slots=True)
class SameBody:
    """A document with the very bytes of the last one that was parsed."""

    document: Document


@dataclass(frozen=True, slots=True)
class NewBody:
    """A document that had to be parsed."""

    document: Document
    parsed: ParsedFeed


Outcome = NotModified | SameBody | NewBody | FeedError


@dataclass(frozen=True, slots=True)
class Poll:
    """Everything that the commit of one poll writes."""

    state: FeedState
    #: Items for the matchers, the oldest first.
    new: tuple[Item, ...]
    #: Entries that are new to us and too old for an alert (first poll).
    remembered: int
    #: Entry id -> what is known of it ("<ms since 1970>:<content hash>:<mark>"; older ones have no mark).
    known_add: Mapping[str, str]
    #: Ids of entries to forget.
    known_drop: tuple[str, ...]
    next_due_at: datetime
    #: A few words for the log line: "304", "unchanged body", "3 new; not well-formed: ...", "error ...".
    reason: str


def is_same_body(feed: Feed, state: FeedState, document: Document) -> bool:
    """Tell whether a document needs no parsing, being the one that was parsed last from this address."""
    return state.url == feed.url and state.body_hash == body_hash(document)


def needs_known(state: FeedState) -> bool:
    """Tell whether a new body needs the known entries: before its first poll is committed a feed has none."""
    return state.seen_before


def known_marks(known: Mapping[str, str]) -> frozenset[str]:
    """List the marks of known entries: those that still bear them need no parsing."""
    return frozenset(mark for mark in map(_mark, known.values()) if mark)


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

    `known` holds all known entries of the feed where `needs_known` says so, and may be empty otherwise. Nothing but a
    document that was read changes the known entries.
    """
    error = outcome if isinstance(outcome, FeedError) else None
    failures = state.failures + 1 if error else 0
    fresh, learned = _fresh(outcome, known), _learned(state, feed, outcome, now)
    push_until = _pushed_until(state, learned, fresh, now) if state.push_until else None
    paced = _resting(feed, push_until, now, limits) if push_until else feed
    due_at = next_due(feed=paced, failures=failures, error=error, now=now, rng=rng, limits=limits)
    next_state = replace(state, **learned, failures=failures, polled_at=now, next_due_at=due_at, push_until=push_until)
    # What another question finds has been there before we asked, like what a first poll finds.
    established = state.seen_before and not (feed.is_question and state.asked_url != feed.url)
    # Documents begin with the newest: turned round, entries of one time keep their order.
    alerted = [entry.item for entry in reversed(fresh) if established or _is_recent(entry.item, now, limits)]
    return Poll(
        state=next_state,
        new=tuple(sorted(alerted, key=attrgetter("published_at"))),
        remembered=len(fresh) - len(alerted),
        known_add={entry.id: _known_value(entry, now) for entry in (*fresh, *_remarked(outcome, known))},
        known_drop=_surplus(outcome, known, len(fresh), limits.max_known),
        next_due_at=due_at,
        reason=_reason(outcome, len(alerted), len(fresh) - len(alerted)),
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
    body_hash = poll.state.body_hash if state.url == feed.url else state.body_hash
    due_at = now + timedelta(seconds=due_in_s)
    return replace(
        poll,
        state=replace(state, body_hash=body_hash, push_until=push_until, next_due_at=due_at),
        known_drop=(),
        next_due_at=due_at,
    )


def _learned(state: FeedState, feed: Feed, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Name what the outcome tells of the document; after a failure the validators still hold.

    Fields of the state, not a state: copies of it on the way took a twentieth of the time of a poll without news.
    """
    if isinstance(outcome, FeedError):
        return {"last_error": f"{outcome.what}: {outcome.cause}"}
    good = {"last_error": None, "succeeded_at": now}
    match outcome:
        case NotModified(etag, last_modified):
            return {**good, "etag": etag or state.etag, "last_modified": last_modified or state.last_modified}
        case SameBody(document):
            return {**good, **_validators(document)}
        case NewBody(document, parsed):
            # Of a truncated one the rest must come: with validators, the server would say that we have it.
            named = {"etag": None, "last_modified": None} if parsed.truncated else _validators(document)
            hashed = None if parsed.truncated else body_hash(document)
            asked = {"url": feed.url, "asked_url": feed.url, "seen_before": True}
            return {**good, **named, **_offer(document), **asked, "body_hash": hashed}


def _offer(document: Document) -> dict[str, str]:
    offer = offer_of(document)
    return {"hub": offer.hub, "topic": offer.topic} if offer else {"hub": "", "topic": ""}


def _pushed_until(
    state: FeedState, learned: Mapping[str, Any], fresh: Sequence[ParsedEntry], now: datetime
) -> datetime | None:
    """Tell how long the feed's hub is still relied on; one that the feed no longer names is not."""
    offer = state.hub, state.topic
    if (learned.get("hub", state.hub), learned.get("topic", state.topic)) != offer:
        return None
    return relied_on_until(state.push_until, (entry.item.published_at for entry in fresh), now=now)


def _resting(feed: Feed, push_until: datetime, now: datetime, limits: PollingLimits) -> Feed:
    """Give a feed whose changes are pushed the interval of a feed at rest."""
    usual_s = feed.interval_s or limits.interval_s
    return replace(feed, interval_s=rest_s(push_until, usual_s=usual_s, longest_s=limits.max_interval_s, now=now))


def _validators(document: Document) -> dict[str, str | None]:
    return {"etag": document.headers.get("etag"), "last_modified": document.headers.get("last-modified")}


def _fresh(outcome: Outcome, known: Mapping[str, str]) -> list[ParsedEntry]:
    return [entry for entry in outcome.parsed.entries if entry.id not in known] if isinstance(outcome, NewBody) else []


def _remarked(outcome: Outcome, known: Mapping[str, str]) -> list[ParsedEntry]:
    """List the known entries that have another mark than they had."""
    entries = outcome.parsed.entries if isinstance(outcome, NewBody) else ()
    return [entry for entry in entries if entry.id in known and entry.mark and entry.mark != _mark(known[entry.id])]


def _is_recent(item: Item, now: datetime, limits: PollingLimits) -> bool:
    return not item.undated and now - item.published_at <= timedelta(seconds=limits.first_poll_max_age_s)


def _surplus(outcome: Outcome, known: Mapping[str, str], fresh: int, max_known: int) -> tuple[str, ...]:
    """Choose the known entries to forget: those seen longest ago of the ones that the document no longer lists."""
    surplus = len(known) + fresh - max_known
    # Of a document that breaks off we cannot say what it lists.
    if surplus <= 0 or not isinstance(outcome, NewBody) or outcome.parsed.truncated:
        return ()
    unchanged = set(outcome.parsed.unchanged)
    listed = {entry.id for entry in outcome.parsed.entries}
    listed.update(id_ for id_, value in known.items() if _mark(value) in unchanged)
    unlisted = sorted(known.keys() - listed, key=lambda id_: (_seen_ms(known[id_]), id_))
    return tuple(unlisted[:surplus])


def _known_value(entry: ParsedEntry, now: datetime) -> str:
    return f"{_ms(now)}:{entry.content_hash}" + (f":{entry.mark}" if entry.mark else "")


def _mark(value: str) -> str:
    return value.partition(":")[2].partition(":")[2]


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def _seen_ms(value: str) -> int:
    seen = value.partition(":")[0]
    return int(seen) if seen.isascii() and seen.isdigit() else 0


def _reason(outcome: Outcome, new: int, remembered: int) -> str:
    match outcome:
        case FeedError():
            return f"error {outcome.what}: {outcome.cause}"
        case NotModified():
            return "304"
        case SameBody():
            return "unchanged body"
        case NewBody():
            counts = f"{new} new, {remembered} remembered" if remembered else f"{new} new"
            return "; ".join((counts, *outcome.parsed.notes))


def body_hash(document: Document) -> str:
    """Hash a document's body: SHA-256, hex."""
    return hashlib.sha256(document.body).hexdigest()
