"""Turns an alert into what a reader sees of it, free of any markup: the story, its evidence, its sources, the reasons.

Mail bodies are written from this view alone, so that text and HTML say the same.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.alerts.excerpt import Line, Piece, Range, marked, plain, sentences
from monitor.alerts.subject import MAX_SUBJECT, counted, headline, headline_of, subject_of
from monitor.alerts.thread import first_of
from monitor.alerts.view import ItemView, MailView, SourceView, StoryView
from monitor.alerts.wording import clip, local_time, one_line, web_link
from monitor.model import ALERT_UPDATED, DIGEST_CREATED, Alert, AlertItem, Item, Notice, Source, Story

#: What a story says of why it gathered a report that shares nothing one could name.
BY_MEANING_ALONE = "by meaning alone"
_MAX_TITLE = 300
_MAX_LEAD = 280
_MAX_EXCERPTS = 3
_MAX_SOURCES = 20
#: Of each story in a digest.
_MAX_DIGEST_SOURCES = 5
_MAX_PREVIEW = 140
#: Items of one story that are shown whole.
_MAX_ITEMS = 5


def view_of(alert: Alert, *, time_zone: str, most: tuple[int, int] = (20, 50)) -> MailView:
    """Return what a reader in this IANA zone sees of the alert.

    `most`: stories of a digest that are shown whole, and those after them that are named by title and link.
    """
    is_digest = alert.type == DIGEST_CREATED
    shown = alert.stories[: most[0] if is_digest else 1]
    more = alert.stories[len(shown) : len(shown) + most[1]] if is_digest else ()
    watchlist = one_line(alert.watchlist_name)
    view = MailView(
        type=alert.type,
        subject=subject_of(alert),
        preview="",
        language="en" if is_digest else language_of(alert.stories[0], alert.watchlist_id),
        watchlist=watchlist,
        why=one_line(alert.why),
        held=one_line(alert.held),
        stories=tuple(_story(story, alert, number, time_zone) for number, story in enumerate(shown, 1)),
        more=tuple(_named(story, alert.watchlist_id, time_zone) for story in more),
        left=len(alert.stories) - len(shown) - len(more) if is_digest else 0,
        high=sum(map(is_high, alert.stories)),
        time_zone=time_zone,
        footer=f"News monitor, watchlist “{watchlist}” ({alert.watchlist_id}), version {alert.watchlist_version}",
    )
    return replace(view, preview=_preview(view))


def notice_view(notice: Notice) -> MailView:
    """Return what the operator sees of a notice."""
    title, text = one_line(notice.title), one_line(notice.text)
    mark = " [operator]"
    line = (Piece(clip(title, _MAX_TITLE), marked=False),)
    item = ItemView(title=line, source="", when="", link="", language="", excerpts=((Piece(text, marked=False),),))
    story = StoryView(1, title, False, (), (item,), "", "", (), 0, "", False)
    return MailView(
        type="operator.notice",
        subject=clip(title, MAX_SUBJECT - len(mark)) + mark,
        preview=clip(text, _MAX_PREVIEW),
        language="en",
        watchlist="operator",
        why="you are the operator of this service (alerts.operator_channel).",
        held="",
        stories=(story,),
        footer=f"News monitor, notice {notice.kind} of {notice.subject}",
    )


def language_of(story: Story, watchlist_id: str) -> str:
    """Return the language in which a story's dates are written: that of its first item."""
    return first_of(story, watchlist_id).item.language


def is_high(story: Story) -> bool:
    """Tell whether a story is of high severity."""
    return story.severity == "high"


def _preview(view: MailView) -> str:
    if view.type == DIGEST_CREATED:
        said = (f"High: {story.headline}" if story.is_high else story.headline for story in view.stories)
        return clip(" · ".join(said), _MAX_PREVIEW)
    (story,) = view.stories
    excerpt = next((plain(line) for item in story.items for line in item.excerpts), view.why)
    return clip(("High: " if story.is_high else "") + ("; ".join(story.news) or excerpt), _MAX_PREVIEW)


def _story(story: Story, alert: Alert, number: int, time_zone: str) -> StoryView:
    language = language_of(story, alert.watchlist_id)
    several = story.items_total > 1
    most = _MAX_DIGEST_SOURCES if alert.type == DIGEST_CREATED else _MAX_SOURCES
    listed = story.sources[:most] if several else ()
    return StoryView(
        number=number,
        headline=clip(headline_of(story, alert.watchlist_id), _MAX_TITLE),
        is_high=is_high(story),
        news=tuple(map(one_line, story.news)),
        items=tuple(_items(story, alert, time_zone, language)),
        why=one_line(story.why),
        coverage=_coverage(story) if several else "",
        sources=tuple(_source(each, time_zone, language) for each in listed),
        sources_left=story.items_total - len(listed) if listed else 0,
        gathered="; ".join(one_line(each) for each in story.gathered if each != BY_MEANING_ALONE) if several else "",
        is_guess=BY_MEANING_ALONE in story.gathered,
        held=one_line(story.held),
    )


def _items(story: Story, alert: Alert, time_zone: str, language: str) -> list[ItemView]:
    """Return what is shown whole: what is new before what came first; of a story in a digest, the first alone."""
    first = first_of(story, alert.watchlist_id)
    if alert.type == DIGEST_CREATED:
        return [replace(_item_view(first, time_zone, language), excerpts=_excerpts(first)[:1])]
    others = [entry for entry in story.items if entry is not first][: _MAX_ITEMS - 1]
    views = [_item_view(entry, time_zone, language) for entry in (first, *others)]
    if alert.type != ALERT_UPDATED or not others:
        return views
    return [*(replace(view, part="New report") for view in views[1:]), replace(views[0], part="First report")]


def _coverage(story: Story) -> str:
    said = f"{counted(story.items_total, 'report')} of {counted(story.sources_total, 'outlet')}"
    copies, total = story.copies_total, story.items_total
    return f"{said}, {copies} of {total} {'is a copy' if copies == 1 else 'are copies'}" if copies else said


def _source(source: Source, time_zone: str, language: str) -> SourceView:
    return SourceView(
        source=one_line(source.name),
        title=clip(one_line(source.title), _MAX_TITLE),
        when=local_time(source.published_at, time_zone, language),
        link=web_link(source.url),
        language=source.language,
        is_copy=source.is_copy,
    )


def _named(story: Story, watchlist_id: str, time_zone: str) -> SourceView:
    item = first_of(story, watchlist_id).item
    return SourceView(
        source=one_line(item.source),
        title=clip(headline(item), _MAX_TITLE),
        when=_when(item, time_zone, item.language),
        link=web_link(item.url),
        language=item.language,
        is_copy=False,
        is_high=is_high(story),
    )


def _item_view(entry: AlertItem, time_zone: str, language: str) -> ItemView:
    item = entry.item
    return ItemView(
        title=_title(entry),
        source=one_line(item.source),
        when=_when(item, time_zone, language),
        link=web_link(item.url),
        language=item.language,
        excerpts=_excerpts(entry),
    )


def _title(entry: AlertItem) -> Line:
    shown = clip(entry.item.title, _MAX_TITLE)
    line = marked(shown, _ranges(entry, "title"))
    return line or (Piece(clip(headline(entry.item), _MAX_TITLE), marked=False),)


def _when(item: Item, time_zone: str, language: str) -> str:
    if item.undated:
        return f"no date given, seen {local_time(item.seen_at, time_zone, language)}"
    return local_time(item.published_at, time_zone, language)


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
