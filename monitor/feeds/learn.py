"""The outcome of a poll to what it tells of the feed: validators, wishes, habits, moves, hubs. Pure.

Fields of the next state, not a state: copies of it on the way took a twentieth of the time of a poll without news.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from monitor.errors import FeedError
from monitor.feeds.discover import offer_of
from monitor.feeds.fetch import NotModified
from monitor.feeds.freshness import freshness_s
from monitor.feeds.habits import is_silent, with_first, with_news
from monitor.feeds.moves import with_poll
from monitor.feeds.news import News
from monitor.feeds.outcome import NewBody, Outcome, SameBody, body_hash
from monitor.model import Document, Feed, FeedState, Habits, Move


def learn(state: FeedState, feed: Feed, outcome: Outcome, news: News | None, now: datetime) -> dict[str, Any]:
    """Name what the outcome tells of the feed; after a failure the validators still hold."""
    if isinstance(outcome, FeedError):
        return {"last_error": f"{outcome.what}: {outcome.cause}"}
    good: dict[str, Any] = {"last_error": None, "succeeded_at": now}
    match outcome:
        case NotModified():
            good["etag"] = outcome.etag or state.etag
            good["last_modified"] = outcome.last_modified or state.last_modified
            good["fresh_s"] = state.fresh_s if outcome.fresh_s is None else outcome.fresh_s
            good["move"] = _move(state, feed, outcome.moved_to)
        case SameBody(document) | NewBody(document):
            good |= _of_document(document, now)
            good["move"] = _move(state, feed, document.moved_to)
    if isinstance(outcome, NewBody):
        good |= {"url": outcome.document.url, "asked_url": feed.url, "seen_before": True, "let_through": False}
        good |= _offer(outcome.document)
        good["wishes"] = outcome.parsed.wishes
        good["body_hash"] = body_hash(outcome.document)
        if outcome.parsed.truncated:
            # The rest must come: with validators, the server would say that we have it.
            good |= {"etag": None, "last_modified": None, "body_hash": None}
    good["habits"] = _habits(state, outcome, news, now)
    return good


def _move(state: FeedState, feed: Feed, moved_to: str) -> Move | None:
    """Follow a permanent redirect from poll to poll; where one instance of RSSHub leads says nothing of the feed."""
    return state.move if feed.is_route else with_poll(state.move, feed.url, moved_to)


def _of_document(document: Document, now: datetime) -> dict[str, Any]:
    return {
        "etag": document.headers.get("etag"),
        "last_modified": document.headers.get("last-modified"),
        "fresh_s": freshness_s(document.headers, now) or 0.0,
    }


def _offer(document: Document) -> dict[str, str]:
    offer = offer_of(document)
    return {"hub": offer.hub, "topic": offer.topic} if offer else {"hub": "", "topic": ""}


def _habits(state: FeedState, outcome: Outcome, news: News | None, now: datetime) -> Habits:
    habits = state.habits
    if isinstance(outcome, NewBody) and news is not None:
        if not state.seen_before:
            return with_first(habits, (entry.item for entry in outcome.parsed.entries), now)
        habits = with_news(habits, [item for item in news.items if not item.is_update], now)
        if news.missed:
            habits = replace(habits, missed_at=now)
    if habits.news_at is None:  # known to an older version, which did not look at habits
        habits = replace(habits, news_at=now)
    return replace(habits, silent=True, silent_at=None) if is_silent(habits, now) else habits
