"""Turns a match into the decision to tell: for now every item is a story of its own and alerts once."""

from __future__ import annotations

from datetime import datetime

from monitor.alerts.identity import alert_id, story_id
from monitor.model import Alert, AlertItem, Item, Match, Source, Story, Watchlist

CREATED = "alert.created"


def alert_of(match: Match, item: Item, *, watchlist: Watchlist, why: str, now: datetime) -> Alert:
    """Return the first alert of the story that `item` opens in `watchlist`.

    `why` is one sentence for readers. The ids depend on watchlist and item alone, not on `now`.
    """
    return Alert(
        id=alert_id(watchlist.id, item.key, CREATED, 1),
        type=CREATED,
        watchlist_id=watchlist.id,
        watchlist_name=watchlist.name,
        watchlist_version=match.version,
        stories=(
            Story(
                id=story_id(watchlist.id, item.key),
                first_seen_at=item.seen_at,
                items=(AlertItem(item=item, evidence=match.evidence),),
                why=why,
                sources=(source_of(item),),
            ),
        ),
        why=why,
        created_at=now,
    )


def source_of(item: Item, *, is_copy: bool = False) -> Source:
    """Return how a story lists an item."""
    return Source(item.source, item.title, item.url, item.language, item.published_at, is_copy)
