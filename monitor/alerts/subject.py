"""Turns an alert into its subject: a line of at most 78 characters, the first 40 of which already say something. Pure.

An update has the subject of its story's first alert with "Re: " before it: mail programs that do not trust
In-Reply-To alone (Gmail) show a story as one conversation only where the subject is the same.
"""

from __future__ import annotations

from monitor.alerts.thread import first_of
from monitor.alerts.wording import clip, one_line
from monitor.model import ALERT_UPDATED, DIGEST_CREATED, Alert, Item, Story

#: RFC 5322, section 2.1.1, recommends no longer lines.
MAX_SUBJECT = 78
_ANSWER = "Re: "
_MAX_NAME = 24
_MAX_SUMMARY = 300


def subject_of(alert: Alert) -> str:
    """Return the title of the story, or how many stories there are, and then the watchlist in brackets."""
    mark = f" [{clip(one_line(alert.watchlist_name), _MAX_NAME)}]"
    room = MAX_SUBJECT - len(_ANSWER) - len(mark)
    title = headline(first_of(alert.stories[0], alert.watchlist_id).item)
    if alert.type == DIGEST_CREATED:
        high = sum(story.severity == "high" for story in alert.stories)
        count = counted(len(alert.stories), "story", "stories") + (f", {high} high" if high else "")
        title = f"{count}: {title}"
    answer = _ANSWER if alert.type == ALERT_UPDATED else ""
    return answer + clip(title, room) + mark


def headline(item: Item) -> str:
    """Return an item's title, or what stands in for it, on one line."""
    return (
        one_line(item.title) or one_line(item.summary[:_MAX_SUMMARY]) or f"Untitled item from {one_line(item.source)}"
    )


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return "1 story", "2 stories"."""
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def headline_of(story: Story, watchlist_id: str) -> str:
    """Return the headline of a story: its first item's."""
    return headline(first_of(story, watchlist_id).item)
