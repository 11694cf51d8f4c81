"""Made records for tests of the queue."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import Alert, AlertItem, Delivery, Evidence, Item, Story

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
