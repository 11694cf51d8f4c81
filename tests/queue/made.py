"""Made records for tests of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.model import Alert, AlertItem, Delivery, Evidence, Item, Story
from monitor.queue.store import Store
from monitor.queue.stories import Bounds, Change, Commit, Outcome, Stories

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def item(key: str = "k1", *, feed: str = "f", title: str = "Qwen distilled") -> Item:
    """Make an item."""
    return Item(key, feed, f"https://example.org/{key}", title, "", "", "Example", "", NOW, NOW, "en")


def alert(key: str = "k1", *, watchlist: str = "w") -> Alert:
    """Make the alert of an item."""
    entry = AlertItem(item(key), (Evidence("title", 0, 4, "Qwen"),))
    return Alert(
        f"alt_{watchlist}_{key}",
        "alert.created",
        watchlist,
        watchlist,
        "v1",
        (Story(f"sto_{key}", NOW, (entry,), "Qwen stands in the title."),),
        "Qwen stands in the title.",
        NOW,
    )


def delivery(made: Alert, *, channel: str = "c", recipient: str = "r") -> Delivery:
    """Make a delivery of an alert."""
    return Delivery(
        f"dlv_{made.id}_{channel}_{recipient}",
        made.id,
        made.watchlist_id,
        channel,
        recipient,
        f"body of {made.id}",
        NOW,
    )


async def committed(store: Store, made: Alert, deliveries: Sequence[Delivery], *, remember_s: float = 60) -> bool:
    """Commit an alert, with its story, as a matcher does; False where its item was decided before."""
    stories = Stories(store, worker="matcher")
    bounds = Bounds(remember_s=remember_s, keep_told_s=60, keep_stories_s=3600, most_unsent=100)
    (story,) = made.stories
    while True:
        reading = await stories.read(made.watchlist_id)
        known = {kept.story: kept.version for kept in reading.changed}
        commit = Commit(
            watchlist=made.watchlist_id,
            version=reading.version,
            changes=[Change(story.id, known.get(story.id, ""), b"record")],
            mark=story.items[0].item.key,
            alerts=[(made, deliveries)],
        )
        outcome, _ = await stories.commit(commit, bounds=bounds)
        if outcome in (Outcome.DONE, Outcome.KNOWN):
            return outcome is Outcome.DONE
