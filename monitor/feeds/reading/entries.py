"""What is asked of the parser, and what a feed document says, before and after it is normalised: frozen records.

`Contents` and `Entry` are the document's own words (from XML or JSON, still with markup); `ParsedFeed` and
`ParsedEntry` are what the rest of the service sees. These cross a process border as MessagePack, so they hold plain
values only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape

from monitor.model import Item, Wishes

#: A longer text is not looked at for addresses.
_LONGEST_PERSON = 300
#: A person's mail address, or page, in brackets of whatever kind or in none (RSS 2.0; RFC 5322, section 3.4).
_MAIL = r"(?:mailto:)?[^\s()<>\[\]@:;,\"]+@[^\s()<>\[\],;\"]+"
_ADDRESS = re.compile(
    rf"[(<\[]\s*(?:{_MAIL}|https?://[^\s()<>\[\]]+)\s*[)>\]]|{_MAIL}|(?<!\S)https?://[^\s()<>\[\]]+", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"[(<\[]([^()<>\[\]]+)[)>\]]")


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
    #: Whether the answer carries, beside the items, what only a person asks for: `ParsedEntry.html`.
    with_html: bool = False
    #: Marks of entries that were read before (see `monitor.feeds.reading.cut`): they are left out of the answer.
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Markup:
    """A text as the document gave it."""

    value: str = ""
    #: Whether `value` is HTML; plain text otherwise.
    is_html: bool = False
    #: What relative links in it refer to (xml:base); "" where that is what the document's do.
    base: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry in the document's own words; "" where it says nothing."""

    #: The publisher's id: RSS guid, Atom id, JSON Feed id.
    guid: str = ""
    #: As written, possibly relative; not yet canonical.
    link: str = ""
    #: What the entry is about, where it has no page of its own: what it encloses, or plays. Names nothing: an hourly
    #: newscast may have one address for ever.
    elsewhere: str = ""
    title: Markup = Markup()
    summary: Markup = Markup()
    content: Markup = Markup()
    author: str = ""
    #: Title of the outlet that an aggregating feed names.
    source: str = ""
    language: str = ""
    #: Dates as written, most telling first.
    dates: tuple[str, ...] = ()
    #: Whether it has nothing at all, not even what the service has no use for.
    is_empty: bool = False
    #: By which it is known again while it does not change (see `monitor.feeds.reading.cut`).
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """One document in its own words."""

    #: Its dialect, as "rss 2.0"; "" where it is none that has a name.
    dialect: str = ""
    title: Markup = Markup()
    #: Who wrote the entries that name neither author nor source (RFC 4287, section 4.2.1; JSON Feed 1.1).
    author: str = ""
    #: Home page of the feed, as written.
    home: str = ""
    language: str = ""
    #: Address that relative links refer to, other than by xml:base.
    base: str = ""
    entries: tuple[Entry, ...] = ()
    #: Entries that could not be read.
    bad: int = 0
    #: What was wrong and mended, in words.
    repairs: tuple[str, ...] = ()
    #: What was left out and why, in words.
    refused: tuple[str, ...] = ()
    #: True where the document breaks off before its end.
    truncated: bool = False
    #: True where the publisher says that the feed will never change again.
    ended: bool = False


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One entry, normalised."""

    #: Identity within its feed, by which the entry is known again (see `identity`): 16 hex digits.
    id: str
    #: Sketch of its texts, to tell how much has changed (see `monitor.feeds.sketch`).
    content_hash: str
    item: Item
    #: By which it is known again while its bytes do not change (see `cut`); "" where there is none.
    mark: str = ""
    #: The publisher's own id; "" where it gives none.
    guid: str = ""
    #: The fullest text as HTML that is safe to show, links absolute; "" unless it was asked for.
    html: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One document, normalised."""

    title: str
    #: In document order, each id once.
    entries: tuple[ParsedEntry, ...]
    dialect: str = ""
    #: Canonical address of the home page; "" where the document names none.
    home: str = ""
    language: str = ""
    #: What was wrong with the document and mended, in words.
    repairs: tuple[str, ...] = ()
    #: What was left out and why, in words.
    refused: tuple[str, ...] = ()
    #: What was wrong with single items and mended, in words; the first few only.
    item_repairs: tuple[str, ...] = ()
    #: True where the document breaks off before its end: what it lacks must be asked for again.
    truncated: bool = False
    #: True where the publisher says that the feed will never change again.
    ended: bool = False
    #: Marks of the entries that it lists too, and that were read before.
    unchanged: tuple[str, ...] = ()
    #: What it asks of those who poll it.
    wishes: Wishes = field(default_factory=Wishes)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the log says of the document."""
        return (*self.repairs, *self.refused)


def left_out(found: int, max_entries: int) -> tuple[str, ...]:
    """Say, as `Contents.refused`, how many of the entries found are over the limit."""
    return (f"entries over the limit, not read: {found - max_entries}",) if found > max_entries else ()


def person(text: str) -> str:
    """Leave the addresses out of what names an author, unless there is nothing else."""
    text = text.strip()
    if len(text) > _LONGEST_PERSON:
        return text
    # Character by character, publishers hide addresses from those who gather them.
    plain = unescape(text) if "&#" in text else text
    name = " ".join(_ADDRESS.sub(" ", plain).split()).strip(",; ")
    inner = _IN_BRACKETS.fullmatch(name)
    return (inner[1] if inner else name).strip(' "') or text
