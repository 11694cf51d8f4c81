"""The entries of one document, in its own words, to items: plain text, absolute link, a date that can be, a language.

Pure: the time at which they were seen is an argument. An entry that cannot be normalised is left out with a note and
costs its neighbours nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from monitor.feeds.reading.dates import read_date
from monitor.feeds.reading.entries import Contents, Entry, Markup, Origin, ParsedEntry, ParsedFeed
from monitor.feeds.reading.identity import Identity, Traits, identify, key_of, traits_of
from monitor.feeds.reading.outlet import split_outlet
from monitor.feeds.sketch import sketch
from monitor.model import Item
from monitor.net.unwrap import unwrapped
from monitor.net.urls import absolute_url, canonical_url, host_of
from monitor.text.html import plain_text, sanitise
from monitor.text.language import language_of, normalised_tag

# Longest texts that are kept, in code points: far above what feeds carry, and a bound for all that comes after.
MAX_TITLE = 1_000
MAX_SUMMARY = 20_000
MAX_CONTENT = 200_000
MAX_NAME = 200
_MAX_URL = 8_000
#: What is looked at of a text with its markup; the rest would take seconds and be clipped anyway.
_MAX_MARKUP = 1_000_000
_MAX_GUID = 8_000

#: Length of a title made of an entry's text.
_MADE_TITLE = 100
#: Repairs of single entries that are told one by one.
_MAX_TOLD = 100
_MAX_SHOWN = 100
#: Archives date what they list by when it was written; before this there are the zeros of calendars only.
_EARLIEST = datetime(1900, 1, 2, tzinfo=UTC)
#: What a clock says that was never set, in whatever zone.
_UNSET = datetime(1969, 12, 31, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)
#: A clock may be wrong by a time zone, not by more.
_MAX_AHEAD = timedelta(hours=24)
#: Code points of the text by which its language is told.
_LOOKED_AT = 400
#: Markup in what is declared as plain text: publishers forget the type more often than they write about tags.
_LOOKS_LIKE_HTML = re.compile(
    r"</(?:p|a|b|i|u|s|q|em|strong|small|big|sub|sup|code|cite|tt|del|ins|abbr|acronym|mark|nobr|font|div|span|center|ul"
    r"|ol|li|table|pre|h[1-6]|blockquote|script|style)>|<br ?/?>"
    r"|<img\s[^<>]*src|&(?:#\w{1,8}|[a-z]\w{1,20});",
    re.IGNORECASE,
)
#: What is left in a link of an ampersand that was escaped twice.
_AMPERSAND = "&amp;"


@dataclass(frozen=True, slots=True)
class _Place:
    """What of a document and its origin every one of its entries is read with."""

    origin: Origin
    #: Host of the document, as the aggregator that it may be.
    host: str
    #: What relative links refer to.
    base: str
    #: Canonical address of the feed's home page; "" where it names none.
    home: str
    #: The document's title, author and language.
    title: str
    author: str
    language: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """An entry whose texts and link are ready, before it has its names."""

    entry: Entry
    url: str
    title: str
    source: str
    summary: str
    content: str
    #: None where none of its dates can be; and those that cannot.
    published_at: datetime | None
    impossible: tuple[str, ...]
    traits: Traits


def normalise(contents: Contents, origin: Origin, *, with_html: bool = False) -> ParsedFeed:
    """Make the items of one document; `entries` is shorter than the document's by those that say nothing at all."""
    place = _Place(
        origin,
        host=host_of(origin.url),
        base=canonical_url(contents.base, origin.url) or origin.url,
        home=canonical_url(contents.home.replace(_AMPERSAND, "&"), origin.url),
        title=_clip(_plain(contents.title), MAX_NAME),
        author=contents.author,
        language=contents.language,
    )
    drafts = [_draft(entry, place) for entry in contents.entries if not entry.is_empty]
    identities = identify([draft.traits for draft in drafts], feed_id=origin.feed_id)
    named: dict[Identity, _Draft] = {}
    for identity, draft in zip(identities, drafts, strict=True):
        # An entry that the document lists twice is one entry, as it came first.
        named.setdefault(identity, draft)
    entries = [_parsed(draft, identity, place, with_html=with_html) for identity, draft in named.items()]
    return ParsedFeed(
        title=place.title,
        entries=tuple(entries),
        dialect=contents.dialect,
        home=place.home if contents.home.strip() else "",
        language=normalised_tag(contents.language) or "",
        repairs=contents.repairs,
        refused=tuple(_refused(contents, drafts, entries)),
        item_repairs=tuple(islice(_item_repairs(named.values(), entries), _MAX_TOLD)),
        truncated=contents.truncated,
        ended=contents.ended,
    )


def _refused(contents: Contents, drafts: Sequence[_Draft], parsed: Sequence[ParsedEntry]) -> Iterator[str]:
    yield from contents.refused
    if contents.bad:
        yield f"entries that cannot be read: {contents.bad}"
    if empty := len(contents.entries) - len(drafts):
        yield f"entries that say nothing: {empty}"
    if repeated := len(drafts) - len(parsed):
        yield f"entries listed twice: {repeated}"


def _item_repairs(drafts: Iterable[_Draft], parsed: Iterable[ParsedEntry]) -> Iterator[str]:
    for number, (draft, entry) in enumerate(zip(drafts, parsed, strict=True), start=1):
        for repair in _repairs(draft, entry.item):
            yield f"item {number}: {repair}"


def _repairs(draft: _Draft, item: Item) -> Iterator[str]:
    entry = draft.entry
    for date in draft.impossible:
        yield f"impossible date {date[:_MAX_SHOWN]!r}" + (": the time seen stands in its place" if item.undated else "")
    if not entry.title.value.strip():
        yield "no title: made of its text" if draft.summary else "no title"
    if not entry.guid:
        yield "no id: made of its " + ("link" if draft.url and entry.link.strip() else "text")
    if not draft.url:
        yield f"no link that leads anywhere: {entry.link[:_MAX_SHOWN]!r}" if entry.link.strip() else "no link"


def _draft(entry: Entry, place: _Place) -> _Draft:
    guid = entry.guid[:_MAX_GUID]
    link = _link(entry.link, place.base)
    elsewhere = "" if entry.link.strip() else entry.elsewhere
    url = link or _link(elsewhere, place.base)
    summary, content = _texts(_plain(entry.summary), _plain(entry.content))
    said, source = split_outlet(" ".join(_plain(entry.title).split()), _name(entry.source), host=place.host)
    title = _clip(said or _first_words(summary) or url, MAX_TITLE)
    text = f"{summary}\n{content}" if said or summary else "\n".join((entry.author, *entry.dates))
    published_at, impossible = _dated(entry.dates, place.origin.seen_at)
    if elsewhere and not guid:
        # Episodes that are nothing but what they enclose differ in that.
        text = f"{text}\n{elsewhere}"
    traits = traits_of(guid=guid, url=link, home=place.home, title=title, text=text)
    return _Draft(entry, url, title, source, summary, content, published_at, impossible, traits)


def _link(link: str, base: str) -> str:
    url = canonical_url(link.replace(_AMPERSAND, "&"), base) if link.strip() else ""
    target = unwrapped(url)
    url = url if target == url else canonical_url(target)
    return url if len(url) <= _MAX_URL else ""


def _plain(markup: Markup) -> str:
    if not markup.value:
        return ""
    value = markup.value[:_MAX_MARKUP]
    return plain_text(value if _is_html(markup) else html.escape(value, quote=False))


def _is_html(markup: Markup) -> bool:
    return markup.is_html or _LOOKS_LIKE_HTML.search(markup.value) is not None


def _html(entry: Entry, base: str) -> str:
    """Make the fullest of an entry's texts safe to show; plain text becomes paragraphs."""
    text = entry.content if entry.content.value.strip() else entry.summary
    if not text.value.strip():
        return ""
    value = text.value[:_MAX_MARKUP]
    if not _is_html(text):
        value = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in value.splitlines() if line.strip())
    return sanitise(value, absolute_url(text.base, base) or base)


def _texts(summary: str, content: str) -> tuple[str, str]:
    """Keep the content beside the summary only where it says more."""
    short = _clip(summary or content, MAX_SUMMARY)
    long = _clip(content, MAX_CONTENT)
    return short, "" if long == short else long


def _first_words(text: str) -> str:
    line = text.partition("\n")[0].strip()
    if len(line) <= _MADE_TITLE:
        return line
    cut = line[:_MADE_TITLE]
    # Chinese has no blanks to cut at.
    return (cut[: cut.rfind(" ")] if " " in cut[_MADE_TITLE // 2 :] else cut) + "…"


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rstrip()


def _parsed(draft: _Draft, identity: Identity, place: _Place, *, with_html: bool) -> ParsedEntry:
    origin = place.origin
    item = Item(
        key=identity.item_key,
        feed=origin.feed_id,
        url=draft.url,
        title=draft.title,
        summary=draft.summary,
        content=draft.content,
        source=draft.source or origin.feed_name or place.title or place.host,
        author=_name(draft.entry.author or ("" if draft.source else place.author)),
        published_at=draft.published_at or origin.seen_at,
        seen_at=origin.seen_at,
        language=origin.feed_language or _language(draft, place),
        undated=draft.published_at is None,
        shares_url=bool(draft.url) and identity.item_key != key_of(draft.url),
    )
    return ParsedEntry(
        id=identity.entry_id,
        content_hash=sketch(item.title, item.content or item.summary),
        item=item,
        mark=draft.entry.mark,
        guid=draft.entry.guid[:_MAX_GUID],
        html=_html(draft.entry, place.base) if with_html else "",
    )


def _name(text: str) -> str:
    return _clip(" ".join(plain_text(text).split()), MAX_NAME)


def _dated(dates: Sequence[str], seen_at: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    """Find the first date that can be, and those before it that cannot."""
    for number, text in enumerate(dates):
        date = read_date(text)
        if date and _can_be(date, seen_at):
            return date, tuple(dates[:number])
    return None, tuple(dates)


def _can_be(date: datetime, seen_at: datetime) -> bool:
    return _EARLIEST <= date <= seen_at + _MAX_AHEAD and not _UNSET[0] <= date < _UNSET[1]


def _language(draft: _Draft, place: _Place) -> str:
    text = f"{draft.title} {draft.summary[:_LOOKED_AT]}"
    return language_of(text, draft.entry.language or place.language or None)
