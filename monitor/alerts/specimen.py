"""Alerts that tell of nothing, one of each type: to try a channel, and to see what a template makes of them.

Each has whatever an alert of its type can have, so that a template that gets through these gets through all.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from monitor.alerts.alert import alert_of, source_of
from monitor.model import (
    ALERT_UPDATED,
    DIGEST_CREATED,
    Alert,
    AlertItem,
    Evidence,
    Item,
    Match,
    Notice,
    Story,
    Watchlist,
)

#: What a test alert is about.
TITLE = "This is a test of the news monitor"
_WORD = "test"


def first_alert(now: datetime) -> Alert:
    """Return the first alert of a story; another time makes it another alert."""
    watchlist = Watchlist(_WORD, "Test", terms=(_WORD,))
    why = "You asked for it: news-monitor send-test."
    return alert_of(Match(_WORD, _WORD, (_evidence(),)), _item(now, 1), watchlist=watchlist, why=why, now=now)


def specimens(now: datetime) -> tuple[Alert, ...]:
    """Return a first alert, an update and a digest."""
    first = first_alert(now)
    story = _grown(first, now)
    return (
        first,
        replace(first, type=ALERT_UPDATED, stories=(story,)),
        replace(first, type=DIGEST_CREATED, stories=(story, first.stories[0]), held="daily digest"),
    )


def specimen_notice(now: datetime) -> Notice:
    """Return a notice to the operator."""
    return Notice(_WORD, _WORD, now.isoformat(), TITLE, "Nothing has happened.", now)


def _grown(first: Alert, now: datetime) -> Story:
    second = AlertItem(_item(now, 2), (_evidence(),))
    (story,) = first.stories
    return replace(
        story,
        items=(second, *story.items),
        sources=(*story.sources, replace(source_of(second.item), is_copy=True)),
        items_total=2,
        copies_total=1,
        gathered=("same title", "by meaning alone"),
        severity="high",
        news=("now 2 reports",),
    )


def _item(now: datetime, number: int) -> Item:
    return Item(
        # The time makes it another alert each time: a mailbox and a careful receiver take one only once.
        key=hashlib.sha256(f"test {now.timestamp():.3f} {number}".encode()).hexdigest()[:32],
        feed=_WORD,
        url="",
        title=TITLE,
        summary="If you read this, alerts of this channel arrive here.",
        content="",
        source="news-monitor",
        author="",
        published_at=now,
        seen_at=now,
        language="en",
    )


def _evidence() -> Evidence:
    start = TITLE.index(_WORD)
    return Evidence("title", start, start + len(_WORD), _WORD)
