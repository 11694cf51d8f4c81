"""What is asked of the parser, and what a feed document says, before and after it is normalised: frozen records.

`Contents` and `Entry` are the document's own words (from XML or JSON, still with markup); `ParsedFeed` and
`ParsedEntry` are what the rest of the service sees. These cross a process border as MessagePack, so they hold plain
values only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from monitor.model import Item, Wishes


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from and when: what its entries do not say themselves."""

    feed_id: str
    #: Name and language that the settings give the feed.
    feed_name: str | None
    feed_language: str | None
    #: Address of the document after redirects.
    url: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class ParseTask:
    """One document to parse, with all that is needed for it."""

    origin: Origin
    #: The response's Content-Type, "" where it had none.
    content_type: str
    body: bytes
    #: Entries to read, in document order; the rest is left with a note.
    max_entries: int


@dataclass(frozen=True, slots=True)
class Markup:
    """A text as the document gave it."""

    value: str = ""
    #: Whether `value` is HTML; plain text otherwise.
    is_html: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry in the document's own words; "" where it says nothing."""

    #: The publisher's id: RSS guid, Atom id, JSON Feed id.
    guid: str = ""
    #: As written, possibly relative; not yet canonical.
    link: str = ""
    title: Markup = Markup()
    summary: Markup = Markup()
    content: Markup = Markup()
    author: str = ""
    #: Title of the outlet that an aggregating feed names.
    source: str = ""
    language: str = ""
    #: Times that the entry gives, most telling first; possible or not.
    dates: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """One document in its own words."""

    title: str = ""
    #: Home page of the feed, as written.
    home: str = ""
    language: str = ""
    #: Address that relative links refer to, other than by xml:base.
    base: str = ""
    entries: tuple[Entry, ...] = ()
    #: Entries that could not be read.
    bad: int = 0
    #: What else was wrong but could be lived with, in words for the log.
    notes: tuple[str, ...] = ()
    #: True where the document breaks off before its end.
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One entry, normalised."""

    #: Identity within its feed, by which the entry is known again (see `monitor.feeds.identity`): 16 hex digits.
    id: str
    #: Sketch of its texts, to tell how much has changed (see `monitor.feeds.sketch`).
    content_hash: str
    item: Item


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One document, normalised."""

    title: str
    #: In document order, each id once.
    entries: tuple[ParsedEntry, ...]
    notes: tuple[str, ...] = ()
    #: True where the document breaks off before its end: what it lacks must be asked for again.
    truncated: bool = False
    #: What it asks of those who poll it.
    wishes: Wishes = field(default_factory=Wishes)
