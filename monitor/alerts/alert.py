"""Turns what is to be told of a watchlist's stories into alerts: with derived ids, and with why in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.alerts.identity import alert_id, digest_id, story_id
from monitor.model import (
    ALERT_CREATED,
    ALERT_UPDATED,
    DIGEST_CREATED,
    Alert,
    AlertItem,
    Item,
    Match,
    Source,
    Story,
    Watchlist,
)


def alert_of(match: Match, item: Item, *, watchlist: Watchlist, why: str, now: datetime) -> Alert:
    """Return the first alert of a story that has one item, which `match` found for this reason, in words."""
    story = Story(
        id=story_id(watchlist.id, item.key),
        first_seen_at=item.seen_at,
        items=(AlertItem(item, match.evidence),),
        why=why,
        sources=(source_of(item),),
    )
    return story_alert(story, watchlist=watchlist, version=match.version, now=now)


def story_alert(
    story: Story, *, watchlist: Watchlist, version: str, number: int | None = None, now: datetime, held: str = ""
) -> Alert:
    """Return the alert of one story: its first, or its update of this number.

    `version` is the watchlist's when the story's first item matched. The id depends on watchlist, the story's first
    item and the number alone, not on `now`.
    """
    first = story.items[-1].item.key
    is_update = number is not None
    kind = ALERT_UPDATED if is_update else ALERT_CREATED
    return Alert(
        id=alert_id(watchlist.id, first, kind, number or 1),
        type=kind,
        watchlist_id=watchlist.id,
        watchlist_name=watchlist.name,
        watchlist_version=version,
        stories=(story,),
        why=f"{_sentence(story.news)} {story.why}" if is_update else story.why,
        created_at=now,
        held=held,
    )


def digest_of(
    stories: Sequence[Story],
    *,
    watchlist: Watchlist,
    channel_id: str,
    due_at: datetime,
    part: int = 1,
    now: datetime,
    held: Sequence[str],
) -> Alert:
    """Return one alert of several stories for one channel; `held` says of each, in words, why it comes only now.

    Its id depends on watchlist, channel, `due_at` and `part` alone: from 1, where the stories need several alerts.
    """
    differs = len(set(held)) > 1
    told = [replace(story, held=reason) if differs else story for story, reason in zip(stories, held, strict=True)]
    return Alert(
        id=digest_id(watchlist.id, channel_id, due_at, part),
        type=DIGEST_CREATED,
        watchlist_id=watchlist.id,
        watchlist_name=watchlist.name,
        watchlist_version=watchlist.version,
        stories=tuple(told),
        why="1 story of this watchlist."
        if len(told) == 1
        else f"{len(told)} stories of this watchlist, told together.",
        created_at=now,
        held="; ".join(dict.fromkeys(filter(None, held))),
    )


def source_of(item: Item) -> Source:
    """Return how a story lists an item."""
    return Source(item.source, item.title, item.url, item.language, item.published_at)


def _sentence(news: Sequence[str]) -> str:
    said = "; ".join(news)
    return f"{said[:1].upper()}{said[1:]}."
