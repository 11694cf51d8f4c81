"""Turns a story into what ties its alerts together: its first item, and the id that its first alert has. Pure.

Both follow from derived ids, so an update needs no memory of what was sent before: where the first alert was never a
mail (held into a digest, or made before the channel was there), its updates still name one and the same root.
"""

from __future__ import annotations

from monitor.alerts.identity import alert_id, story_id
from monitor.model import ALERT_CREATED, DIGEST_CREATED, Alert, AlertItem, Story


def first_of(story: Story, watchlist_id: str) -> AlertItem:
    """Return the item that opened the story; the first shown where it is not among those that are shown."""
    return _opener(story, watchlist_id) or story.items[0]


def first_alert_id(alert: Alert) -> str | None:
    """Return the id of the first alert of an alert's one story; None for a digest, and where it cannot be told."""
    if alert.type == DIGEST_CREATED:
        return None
    opener = _opener(alert.stories[0], alert.watchlist_id)
    return alert_id(alert.watchlist_id, opener.item.key, ALERT_CREATED, 1) if opener else None


def _opener(story: Story, watchlist_id: str) -> AlertItem | None:
    return next((entry for entry in story.items if story_id(watchlist_id, entry.item.key) == story.id), None)
