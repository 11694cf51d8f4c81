"""The text of an RSS, Atom or CDF document to its `Contents`: feedparser's only home, where its oddities end.

feedparser gets a byte stream, never bytes or text (it would try them as a file name or address), and neither sanitises
nor resolves links: that is two thirds of its time, and `monitor.feeds.items` does both better. Call it in a process
that can be killed (`monitor.feeds.pool`): hostile documents can keep it busy for minutes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import feedparser

from monitor.feeds.entries import Contents, Entry, Markup, left_out, person
from monitor.feeds.xml_guard import Survey

_HTML = ("text/html", "application/xhtml+xml")
#: Of documents that are feeds even where nothing is in them.
_ROOTS = frozenset(("rss", "rdf", "feed", "channel"))
#: Start and end tags of entries, under whatever prefix.
_ENTRY_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)\b", re.IGNORECASE)
#: feedparser's name of a dialect, as "rss091u".
_VERSION = re.compile(r"([a-z]+)(?:(\d)(\d+))?[a-z]?")
#: What feedparser makes of "&amp;" in the links of documents that are not well-formed.
_BROKEN_AMPERSAND = re.compile(r"&amp(?:;|(?=\w+(?:=|&|$)))")
_ENTRY_DATES = ("published", "updated", "created")


def read_xml_feed(text: str, survey: Survey, *, max_entries: int) -> Contents | None:
    """Read a document that `monitor.feeds.xml_guard` has cleaned and surveyed; None where it is no feed.

    Entries before a break are kept; one that the break runs through is not. Raises whatever feedparser raises.
    """
    document = feedparser.parse(
        io.BytesIO(text.encode()),
        # No content-location: feedparser would resolve guids like "123" against it, and take them for links.
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not document.version and not document.entries and survey.root not in _ROOTS:
        return None
    cut_off = bool(survey.broken) and _breaks_off(text)
    found = document.entries[:-1] if cut_off else document.entries
    entries, bad = _entries(found[:max_entries])
    home = _BROKEN_AMPERSAND.sub("&", _alternate(document.feed))
    truncated = bool(survey.broken) and not _is_closed(text, survey.root)
    return Contents(
        dialect=_dialect(document.version),
        title=_markup(document.feed.get("title_detail")),
        home=home,
        language=_text(document.feed, "language"),
        # Relative links of Atom refer to the document (RFC 4287, section 2); those of RSS, by custom, to the site.
        base="" if survey.root == "feed" else home,
        entries=entries,
        bad=bad + cut_off,
        repairs=tuple(_repairs(survey, truncated=truncated)),
        refused=left_out(len(found), max_entries),
        truncated=truncated,
    )


def _dialect(version: str) -> str:
    found = _VERSION.fullmatch(version)
    return f"{found[1]} {found[2]}.{found[3]}" if found and found[2] else version


def _breaks_off(text: str) -> bool:
    """Whether the document's last entry was begun and not ended."""
    tags = _ENTRY_TAG.findall(text)
    return bool(tags) and tags[-1] == ""


def _is_closed(text: str, root: str) -> bool:
    # Not at the very end: hosts append their own there.
    return re.search(rf"</(?:[\w.-]+:)?{re.escape(root)}\s*(?:>|\Z)", text, re.IGNORECASE) is not None


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
        title=_markup(entry.get("title_detail")),
        # Without a detail, the summary is feedparser's copy of the content.
        summary=_markup(entry.get("summary_detail")),
        content=_content(entry),
        author=_author(entry),
        source=_source(entry),
        language=_language(entry),
        dates=tuple(_dates(entry)),
        says_more=bool(entry),
    )


def _source(entry: Any) -> str:
    named = (_text(entry.get("source") or {}, "title"), _text(entry, "news_source"), _text(entry, "publisher"))
    return next((name for name in named if name.strip()), "")


def _text(holder: Any, key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _markup(detail: Any) -> Markup:
    return Markup(_text(detail, "value"), _text(detail, "type") in _HTML) if detail else Markup()


def _content(entry: Any) -> Markup:
    """Choose the longest of the entry's contents: the others are its abridgements or media."""
    texts = [_markup(content) for content in entry.get("content") or () if not content.get("src")]
    return max(texts, key=lambda text: len(text.value), default=Markup())


def _link(entry: Any) -> str:
    link = _BROKEN_AMPERSAND.sub("&", _text(entry, "feedburner_origlink") or _alternate(entry))
    # feedparser offers a guid as link, even one like "123": only an address is one.
    guid = _BROKEN_AMPERSAND.sub("&", _text(entry, "link"))
    return link or (guid if guid.lower().startswith(("http://", "https://")) else "")


def _alternate(holder: Any) -> str:
    """Return the first link to a page; feedparser's own choice is the last."""
    pages = (link for link in holder.get("links") or () if link.get("rel") == "alternate")
    return next((_text(link, "href") for link in pages if link.get("href") and link.get("type") in _HTML), "")


def _language(entry: Any) -> str:
    texts = (entry.get("title_detail"), entry.get("summary_detail"), *(entry.get("content") or ()))
    inherited = (language for text in texts if text and (language := _text(text, "language")))
    return _text(entry, "language") or next(inherited, "")


def _author(entry: Any) -> str:
    names = [name for author in entry.get("authors") or () if (name := _text(author, "name"))]
    return ", ".join(names) or person(_text(entry, "author"))


def _dates(entry: Any) -> Iterator[str]:
    for key in _ENTRY_DATES:
        # Not .get(): for "updated" it would warn, and answer with the other date.
        value = dict.get(entry, key)
        if isinstance(value, str) and value.strip():
            yield value.strip()
