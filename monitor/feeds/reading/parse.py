"""The text of an RSS, Atom or CDF document to its `Contents`: feedparser's only home, where its oddities end.

feedparser neither sanitises nor resolves links here: that is two thirds of its time, and `items` does both better. Nor
does it open or decode anything. Call it in a process that can be killed (`parser_pool`): hostile documents can keep it
busy for minutes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any
from xml.sax import SAXException
from xml.sax.expatreader import create_parser
from xml.sax.handler import feature_namespaces

from feedparser.api import LooseFeedParser, StrictFeedParser

from monitor.feeds.reading.entries import Contents, Entry, Markup, left_out, person
from monitor.feeds.reading.pages import is_address, is_picture, page_of
from monitor.feeds.reading.smooth import smoothed
from monitor.feeds.reading.xml_guard import FEED_ROOTS, Survey

_HTML = ("text/html", "application/xhtml+xml")
#: Types of contents that are no texts, however they are encoded (RFC 4287, section 4.1.3.3).
_MEDIA = ("image/", "audio/", "video/")
#: Of documents whose version feedparser does not tell.
_ROOT_DIALECTS = {"channel": "cdf", "rdf": "rss 0.90"}
#: The end of a feed; not at the very end of the document: hosts append their own there.
_CLOSED = re.compile(r"</(?:[\w.-]+:)?(?:rss|rdf|feed|channel)\s*(?:>|\Z)", re.IGNORECASE)
_TELLING_TAG = re.compile(r"<(?:[\w.-]+:)?(?:rss|rdf|feed|channel|item|entry)\b", re.IGNORECASE)
#: Start and end tags of entries, under whatever prefix.
ENTRY_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)\b", re.IGNORECASE)
#: A start tag; a CDATA section whole, as there it is text.
_ELEMENT = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<([A-Za-z_])", re.DOTALL)
#: Elements that feedparser is given at most: it takes 20 µs and more for each.
_MOST_ELEMENTS = 50_000
#: feedparser's name of a dialect, as "rss091u".
_VERSION = re.compile(r"([a-z]+)(?:(\d)(\d+))?[a-z]?")
#: What feedparser makes of "&amp;" in the links of documents that are not well-formed.
_BROKEN_AMPERSAND = re.compile(r"&amp(?=\w+(?:=|&|$))")
_ENTRY_DATES = ("published", "updated", "created")


def read_xml_feed(text: str, survey: Survey, *, max_entries: int) -> Contents | None:
    """Read a document that `monitor.feeds.reading.xml_guard` has cleaned and surveyed; None where it is no feed.

    Entries before a break are kept; one that the break runs through is not. Raises whatever feedparser raises.
    """
    if survey.root not in FEED_ROOTS and not _TELLING_TAG.search(text):
        return None
    starts = [found.start() for found in ENTRY_TAG.finditer(text) if not found[1]]
    end, read = _end(text, starts, max_entries)
    is_cut = end < len(text)
    is_broken = bool(survey.broken) or is_cut
    document = _read(smoothed(text[:end], ENTRY_TAG), is_broken=is_broken)
    if not document.version and not document.entries and survey.root not in FEED_ROOTS:
        return None
    truncated = bool(survey.broken) and not is_cut and not _CLOSED.search(text)
    breaks_off = truncated and _breaks_off(text)
    entries, bad = _entries(document.entries[:-1] if breaks_off else document.entries)
    home = _home(document.feeddata, survey.root)
    return Contents(
        dialect=_dialect(document.version) or _ROOT_DIALECTS.get(survey.root, ""),
        title=_markup(_get(document.feeddata, "title_detail")),
        author=_author(document.feeddata),
        home=home,
        language=_text(document.feeddata, "language"),
        # Relative links of Atom refer to the document (RFC 4287, section 2); those of RSS, by custom, to the site.
        base="" if survey.root == "feed" else home,
        entries=entries,
        bad=bad + breaks_off,
        repairs=tuple(_repairs(survey, truncated=truncated)),
        refused=left_out(len(starts), read),
        truncated=truncated,
    )


def _end(text: str, starts: list[int], max_entries: int) -> tuple[int, int]:
    """Choose where to stop reading: before an entry over a limit. Returns the place, and the entries before it."""
    end, read = (starts[max_entries], max_entries) if len(starts) > max_entries else (len(text), len(starts))
    if text.count("<", 0, end) <= _MOST_ELEMENTS:
        return end, read
    elements = (found.start() for found in _ELEMENT.finditer(text, 0, end) if found[1])
    over = next(islice(elements, _MOST_ELEMENTS, None), None)
    if over is None:
        return end, read
    # Of the entry that goes over it, the rest would be missing.
    read = max(bisect_right(starts, over) - 1, 0)
    return (starts[read] if starts and starts[0] < over else over), read


def _read(text: str, *, is_broken: bool) -> Any:
    """Parse a document; strictly unless that is bound to fail.

    In place of `feedparser.parse`, which tries the strict way first in any case, and in pieces: for one long token that
    takes it time that grows with the square of its length.
    """
    if not is_broken:
        strict = _prepared(StrictFeedParser("", None, "utf-8"))
        reader = create_parser()  # noqa: S315 -- the guard has taken out every declaration
        reader.setFeature(feature_namespaces, True)
        reader.setContentHandler(strict)
        with suppress(SAXException):
            reader.feed(text.encode())
            reader.close()
            return strict
    loose = _prepared(LooseFeedParser("", None, "utf-8", {}))
    loose.feed(text)
    return loose


def _prepared(parser: Any) -> Any:
    parser.sanitize_html = False
    parser.resolve_relative_uris = False
    return parser


def _mended(link: str) -> str:
    return _BROKEN_AMPERSAND.sub("&", link)


def _home(feed: Any, root: str) -> str:
    # CDF's home page is an attribute of the channel; for Atom feedparser would offer the id in place of one.
    return _mended(_alternate(feed) or (_text(feed, "link") if root == "channel" else ""))


def _dialect(version: str) -> str:
    found = _VERSION.fullmatch(version)
    return f"{found[1]} {found[2]}.{found[3]}" if found and found[2] else version


def _breaks_off(text: str) -> bool:
    """Whether the document's last entry was begun and not ended."""
    tags = ENTRY_TAG.findall(text)
    return bool(tags) and tags[-1] == ""


def _repairs(survey: Survey, *, truncated: bool) -> Iterator[str]:
    if survey.broken:
        yield f"not well-formed: {survey.broken}"
    if truncated:
        yield "breaks off before its end"


def _entries(found: Iterable[Any]) -> tuple[tuple[Entry, ...], int]:
    good: list[Entry] = []
    bad = 0
    for entry in found:
        try:
            good.append(_entry(entry))
        except Exception:  # whatever shape a hostile entry takes, it must not cost its neighbours
            bad += 1
    return tuple(good), bad


def _entry(entry: Any) -> Entry:
    return Entry(
        guid=_text(entry, "id"),
        link=_link(entry),
        elsewhere=_elsewhere(entry),
        title=_markup(_get(entry, "title_detail")),
        # Without a detail, the summary is feedparser's copy of the content.
        summary=_markup(_get(entry, "summary_detail")),
        content=_content(entry),
        # An entry without authors has those of its source (RFC 4287, section 4.2.1).
        author=_author(entry) or _author(_get(entry, "source") or {}),
        source=_source(entry),
        language=_language(entry),
        dates=tuple(_dates(entry)),
        is_empty=not entry,
    )


def _source(entry: Any) -> str:
    named = (_text(_get(entry, "source") or {}, "title"), _text(entry, "news_source"), _text(entry, "publisher"))
    return next((name for name in named if name.strip()), "")


def _get(holder: Any, key: str) -> Any:
    """Read what feedparser has under just that name: its own `get` looks for others too, for three times as long."""
    return dict.get(holder, key)


def _text(holder: Any, key: str) -> str:
    value = _get(holder, key)
    return value if isinstance(value, str) else ""


def _markup(detail: Any) -> Markup:
    if not detail:
        return Markup()
    return Markup(_text(detail, "value"), _text(detail, "type") in _HTML, _text(detail, "base"))


def _content(entry: Any) -> Markup:
    """Choose the longest of the entry's contents: the others are its abridgements or media."""
    contents = (content for content in _get(entry, "content") or () if not _get(content, "src"))
    texts = [_markup(content) for content in contents if not _text(content, "type").lower().startswith(_MEDIA)]
    return max(texts, key=lambda text: len(text.value), default=Markup())


def _link(entry: Any) -> str:
    link = _mended(_text(entry, "feedburner_origlink") or _alternate(entry))
    # feedparser offers a guid as link, even one like "123".
    guid = _mended(_text(entry, "link"))
    return link or (guid if is_address(guid) else "")


def _alternate(holder: Any) -> str:
    """Return the first link to a page; feedparser's own choice is the last."""
    links = _get(holder, "links") or ()
    return page_of((_text(link, "rel"), _text(link, "type"), _text(link, "href")) for link in links)


def _elsewhere(entry: Any) -> str:
    """Return where what the entry is about is, if not on a page of its own.

    That is its content (RFC 4287, section 4.1.3.2), a player (Media RSS), or what it encloses but pictures.
    """
    sources = (_text(content, "src") for content in _get(entry, "content") or ())
    links = (link for link in _get(entry, "links") or () if _get(link, "rel") == "enclosure")
    enclosed = (href for link in links if not is_picture(_text(link, "type"), href := _text(link, "href")))
    return next(filter(None, (*sources, _text(_get(entry, "media_player") or {}, "url"), *enclosed)), "")


def _language(entry: Any) -> str:
    texts = (_get(entry, "title_detail"), _get(entry, "summary_detail"), *(_get(entry, "content") or ()))
    inherited = (language for text in texts if text and (language := _text(text, "language")))
    return _text(entry, "language") or next(inherited, "")


def _author(holder: Any) -> str:
    written, authors = _text(holder, "author"), _get(holder, "authors") or ()
    if "@" in written and len(authors) <= 1:
        # Where the domain ends in a word of its kind (.technology), feedparser takes a part of it for the name.
        return person(written)
    names = [person(name) for author in authors if (name := _text(author, "name"))]
    mails = (mail for author in authors if (mail := _text(author, "email")))
    return ", ".join(dict.fromkeys(names)) or written or next(mails, "")


def _dates(entry: Any) -> Iterator[str]:
    for key in _ENTRY_DATES:
        if value := _text(entry, key).strip():
            yield value
