"""Turns an alert into what a reader sees of it, free of any markup: subject, reason, and each item with its evidence.

Mail bodies are written from this view alone, so that text and HTML say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.alerts.excerpt import Line, Piece, Range, marked, plain, sentences
from monitor.alerts.wording import clip, local_time, one_line, web_link
from monitor.model import Alert, AlertItem, Item, Notice

_MAX_SUBJECT = 78
_MAX_NAME = 24
_MAX_TITLE = 300
_MAX_LEAD = 280
_MAX_EXCERPTS = 3


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as a reader sees it."""

    title: Line
    #: Name of the outlet, or "".
    source: str
    #: When it was published, in words, in the reader's zone.
    when: str
    #: http(s) address, or "" where there is none that is safe to follow.
    link: str
    #: The sentences where the evidence stands; the beginning of the text where it stands in the title alone.
    excerpts: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert as a reader sees it."""

    subject: str
    watchlist: str
    why: str
    items: tuple[ItemView, ...]


def view_of(alert: Alert, *, time_zone: str) -> AlertView:
    """Return what a reader in this IANA zone sees of the alert."""
    return AlertView(
        subject=subject_of(alert),
        watchlist=one_line(alert.watchlist_name),
        why=one_line(alert.why),
        items=tuple(_item_view(entry, time_zone) for story in alert.stories for entry in story.items),
    )


def notice_view(notice: Notice) -> AlertView:
    """Return what the operator sees of a notice."""
    title, text = one_line(notice.title), one_line(notice.text)
    mark = " [operator]"
    item = ItemView(
        title=(Piece(clip(title, _MAX_TITLE), marked=False),),
        source="",
        when="",
        link="",
        excerpts=((Piece(text, marked=False),),),
    )
    why = "you are the operator of this service (alerts.operator_channel)."
    return AlertView(clip(title, _MAX_SUBJECT - len(mark)) + mark, "operator", why, (item,))


def subject_of(alert: Alert) -> str:
    """Return one line of at most 78 characters: the title first, the watchlist after it in brackets."""
    mark = f" [{clip(one_line(alert.watchlist_name), _MAX_NAME)}]"
    return clip(_headline(alert.stories[0].items[0].item), _MAX_SUBJECT - len(mark)) + mark


def _headline(item: Item) -> str:
    return one_line(item.title) or one_line(item.summary[:_MAX_TITLE]) or f"Untitled item from {one_line(item.source)}"


def _item_view(entry: AlertItem, time_zone: str) -> ItemView:
    item = entry.item
    return ItemView(
        title=_title(entry),
        source=one_line(item.source),
        when=_when(item, time_zone),
        link=web_link(item.url),
        excerpts=_excerpts(entry),
    )


def _title(entry: AlertItem) -> Line:
    title = entry.item.title
    shown = clip(title, _MAX_TITLE)
    line = marked(shown, _ranges(entry, "title"))
    return line or (Piece(clip(_headline(entry.item), _MAX_TITLE), marked=False),)


def _when(item: Item, time_zone: str) -> str:
    if item.undated:
        return f"no date given, seen {local_time(item.seen_at, time_zone)}"
    return local_time(item.published_at, time_zone)


def _excerpts(entry: AlertItem) -> tuple[Line, ...]:
    found = sentences(entry.item.summary, _ranges(entry, "summary"))
    found += sentences(entry.item.content, _ranges(entry, "content"))
    # Feeds often repeat the summary at the head of the content.
    distinct = {plain(line): line for line in found}
    return tuple(distinct.values())[:_MAX_EXCERPTS] or _lead(entry.item)


def _lead(item: Item) -> tuple[Line, ...]:
    text = one_line((item.summary or item.content)[: 4 * _MAX_LEAD])
    return ((Piece(clip(text, _MAX_LEAD), marked=False),),) if text else ()


def _ranges(entry: AlertItem, field: str) -> list[Range]:
    return [(found.start, found.end) for found in entry.evidence if found.field == field]
