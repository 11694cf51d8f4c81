"""The entries of one document, in its own words, to items: plain text, absolute link, a date that can be, a language.

Pure: the time at which they were seen is an argument. An entry that cannot be normalised is left out with a note and
costs its neighbours nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.feeds.entries import Contents, Entry, Markup, Origin, ParsedEntry, ParsedFeed
from monitor.feeds.identity import Identity, Traits, identify, traits_of
from monitor.feeds.sketch import sketch
from monitor.model import Item
from monitor.net.urls import canonical_url, host_of
from monitor.text.html import plain_text
from monitor.text.language import language_of

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
#: Before this there were no feeds; a clock may be wrong by a time zone, not by more.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MAX_AHEAD = timedelta(hours=24)
#: Code points of the text by which its language is told.
_LOOKED_AT = 400
#: Markup in what is declared as plain text: publishers forget the type more often than they write about tags.
_LOOKS_LIKE_HTML = re.compile(
    r"</(?:p|a|b|i|em|strong|div|span|ul|ol|li|h[1-6]|blockquote)>|<br ?/?>|&(?:#\w{1,8}|[a-z]\w{1,20});", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """An entry whose texts and link are ready, before it has its names."""

    entry: Entry
    url: str
    title: str
    summary: str
    content: str
    traits: Traits


def normalise(contents: Contents, origin: Origin) -> ParsedFeed:
    """Make the items of one document; `entries` is shorter than the document's by those that say nothing at all."""
    base = canonical_url(contents.base, origin.url) or origin.url
    home = canonical_url(contents.home, origin.url)
    drafts = [draft for entry in contents.entries if (draft := _draft(entry, base=base, home=home))]
    identities = identify([draft.traits for draft in drafts], feed_id=origin.feed_id)
    named: dict[Identity, _Draft] = {}
    for identity, draft in zip(identities, drafts, strict=True):
        # An entry that the document lists twice is one entry, as it came first.
        named.setdefault(identity, draft)
    title = _clip(_plain(Markup(contents.title)), MAX_NAME)
    entries = [_parsed(draft, identity, contents, origin, title) for identity, draft in named.items()]
    return ParsedFeed(
        title=title,
        entries=tuple(entries),
        notes=(*contents.notes, *_notes(contents, drafts, entries)),
        truncated=contents.truncated,
    )


def _notes(contents: Contents, drafts: Sequence[_Draft], parsed: Sequence[ParsedEntry]) -> Iterator[str]:
    if contents.truncated:
        yield "breaks off before its end"
    if contents.bad:
        yield f"entries that cannot be read: {contents.bad}"
    if empty := len(contents.entries) - len(drafts):
        yield f"entries without title, text and link: {empty}"
    if repeated := len(drafts) - len(parsed):
        yield f"entries listed twice: {repeated}"


def _draft(entry: Entry, *, base: str, home: str) -> _Draft | None:
    guid = entry.guid[:_MAX_GUID]
    url = _link(entry.link, base)
    summary, content = _texts(_plain(entry.summary), _plain(entry.content))
    title = " ".join(_plain(entry.title).split())
    if not (title or summary or url):
        return None
    title = _clip(title or _first_words(summary) or url, MAX_TITLE)
    traits = traits_of(guid=guid, url=url, home=home, title=title, text=f"{summary}\n{content}")
    return _Draft(entry, url, title, summary, content, traits)


def _link(link: str, base: str) -> str:
    url = canonical_url(link, base) if link.strip() else ""
    return url if len(url) <= _MAX_URL else ""


def _plain(markup: Markup) -> str:
    if not markup.value:
        return ""
    value = markup.value[:_MAX_MARKUP]
    is_html = markup.is_html or _LOOKS_LIKE_HTML.search(value)
    return plain_text(value if is_html else html.escape(value, quote=False))


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


def _parsed(draft: _Draft, identity: Identity, contents: Contents, origin: Origin, feed_title: str) -> ParsedEntry:
    published_at = _possible(draft.entry.dates, origin.seen_at)
    item = Item(
        key=identity.item_key,
        feed=origin.feed_id,
        url=draft.url,
        title=draft.title,
        summary=draft.summary,
        content=draft.content,
        source=_name(draft.entry.source) or origin.feed_name or feed_title or host_of(origin.url),
        author=_name(draft.entry.author),
        published_at=published_at or origin.seen_at,
        seen_at=origin.seen_at,
        language=origin.feed_language or _language(draft, contents),
        undated=published_at is None,
    )
    content_hash = sketch(item.title, item.content or item.summary)
    return ParsedEntry(id=identity.entry_id, content_hash=content_hash, item=item)


def _name(text: str) -> str:
    return _clip(" ".join(plain_text(text).split()), MAX_NAME)


def _possible(dates: Sequence[datetime], seen_at: datetime) -> datetime | None:
    return next((date for date in dates if _EARLIEST <= date <= seen_at + _MAX_AHEAD), None)


def _language(draft: _Draft, contents: Contents) -> str:
    text = f"{draft.title} {draft.summary[:_LOOKED_AT]}"
    return language_of(text, draft.entry.language or contents.language or None)
