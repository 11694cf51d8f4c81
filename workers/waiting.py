"""What `status` tells of alerts that wait, and of those that were closed as not sent. Reads; decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from monitor.errors import StoreError
from monitor.queue.keys import SHARDS
from monitor.queue.store import Store
from monitor.queue.stories import Closed, Kept, Stories
from monitor.stories.record import decode

#: Watchlists whose stories are read for it, those of each shard that are due first; the others are only counted.
_MOST_WATCHLISTS = 100
_MOST_UNSENT = 100


async def held_alerts(store: Store) -> dict[str, Any]:
    """Give the number of watchlists that hold something, and what is held, the first that is due at the head."""
    stories = Stories(store, worker="status")
    shards = await asyncio.gather(*(stories.holding(shard) for shard in range(SHARDS)))
    first = [name for each in zip_longest(*shards) for name in each if name is not None][:_MOST_WATCHLISTS]
    readings = await asyncio.gather(*map(stories.read, first))
    rows = [
        row
        for name, reading in zip(first, readings, strict=True)
        for kept in reading.changed
        for row in _rows(name, kept)
    ]
    return {"watchlists": sum(map(len, shards)), "alerts": sorted(rows, key=lambda row: str(row["due_at"]))}


async def unsent_alerts(store: Store) -> list[dict[str, Any]]:
    """List what was lately closed as not sent, the latest first."""
    stories = Stories(store, worker="status")
    found = await asyncio.gather(*(stories.unsent(shard, most=_MOST_UNSENT) for shard in range(SHARDS)))
    closed = sorted((each for shard in found for each in shard), key=lambda each: each.at, reverse=True)
    return [_closed(each) for each in closed[:_MOST_UNSENT]]


def _rows(watchlist: str, kept: Kept) -> Iterator[dict[str, Any]]:
    try:
        record = decode(kept.record)
    except StoreError:
        return  # of a newer version, which tells of it itself
    for channel, held in record.held.items():
        yield {
            "watchlist": watchlist,
            "channel": channel,
            "story": record.story.id,
            "title": record.story.items[0].item.title,
            "severity": record.story.severity,
            "update": held.is_update,
            "into": held.into,
            "reason": held.reason,
            "since": held.since.isoformat(timespec="seconds"),
            "due_at": held.due_at.isoformat(timespec="seconds"),
        }


def _closed(each: Closed) -> dict[str, Any]:
    return {
        "watchlist": each.watchlist,
        "channel": each.channel,
        "story": each.story,
        "title": each.title,
        "reason": each.reason,
        "at": each.at.isoformat(timespec="seconds"),
    }
