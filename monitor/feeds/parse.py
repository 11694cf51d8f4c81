"""The text of an RSS, Atom or CDF document to its `Contents`: feedparser's only home, where its oddities end.

feedparser gets a byte stream, never bytes or text (it would try them as a file name or address), and neither sanitises
nor resolves links: that is two thirds of its time, and `monitor.feeds.items` does both better. Call it in a process
that can be killed (`monitor.feeds.pool`): hostile documents can keep it busy for minutes.
"""

from __future__ import annotations

import calendar
import io
import re
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import feedparser

from monitor.feeds.entries import Contents, Entry, Markup
from monitor.feeds.xml_guard import Survey

_HTML = ("text/html", "application/xhtml+xml")
#: Start and end tags of entries, under whatever prefix.
_ENTRY_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)\b", re.IGNORECASE)
_ENTRY_DATES = ("published_parsed", "updated_parsed", "created_parsed")


def read_xml_feed(text: str, survey: Survey, *, url: str, max_entries: int) -> Contents | None:
    """Read a document that `monitor.feeds.xml_guard` has cleaned and surveyed; None where it is no feed.

    `url` is its address after redirects. Entries before a break are kept; one that the break runs through is not.
    Raises whatever feedparser raises.
    """
    # Relative links of Atom refer to the document (RFC 4287, section 2); those of RSS, by custom, to the site.
    headers = {"content-type": "application/xml; charset=utf-8"}
    if survey.root == "feed":
        headers["content-location"] = url
    document = feedparser.parse(
        io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not document.version and not document.entries:
        return None
    cut_off = bool(survey.broken) and _breaks_off(text)
    found = document.entries[:-1] if cut_off else document.entries
    entries, bad = _entries(found[:max_entries])
    home = str(document.feed.get("link") or "")
    return Contents(
        title=_text(document.feed, "title"),
        home=home,
        language=_text(document.feed, "language"),
        base="" if survey.root == "feed" else home,
        entries=entries,
        bad=bad,
        notes=tuple(_notes(survey, cut_off=cut_off, left_out=len(found) - max_entries)),
        truncated=bool(survey.broken) and not _is_closed(text, survey.root),
    )


def _breaks_off(text: str) -> bool:
    """Whether the document's last entry was begun and not ended."""
    tags = _ENTRY_TAG.findall(text)
    return bool(tags) and tags[-1] == ""


def _is_closed(text: str, root: str) -> bool:
    # Not at the very end: hosts append their own there.
    return re.search(rf"</(?:[\w.-]+:)?{re.escape(root)}\s*>", text, re.IGNORECASE) is not None


def _notes(survey: Survey, *, cut_off: bool, left_out: int) -> Iterator[str]:
    if survey.broken:
        yield f"not well-formed: {survey.broken}"
    if cut_off:
        yield "breaks off within an entry, which is left for the next poll"
    if left_out > 0:
        yield f"entries over the limit, not read: {left_out}"


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
        summary=_markup(entry.get("summary_detail")) if "summary_detail" in entry else Markup(_text(entry, "summary")),
        content=_content(entry),
        author=_author(entry),
        source=_text(entry.get("source") or {}, "title"),
        language=_text(entry, "language") or _text(entry.get("title_detail") or {}, "language"),
        dates=tuple(_dates(entry)),
    )


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
    original = _text(entry, "feedburner_origlink")
    if original:
        return original
    for link in entry.get("links") or ():
        if link.get("rel") == "alternate" and link.get("href") and link.get("type", "text/html") in _HTML:
            return str(link["href"])
    # feedparser offers a guid as link, even one like "123": only an address is one.
    link = _text(entry, "link")
    is_guid = link == _text(entry, "id")
    return link if not is_guid or link.lower().startswith(("http://", "https://")) else ""


def _author(entry: Any) -> str:
    names = [name for author in entry.get("authors") or () if (name := _text(author, "name"))]
    return ", ".join(names) or _text(entry, "author")


def _dates(entry: Any) -> Iterator[datetime]:
    for key in _ENTRY_DATES:
        # Not .get(): for "updated_parsed" it would warn, and answer with the other date.
        value = dict.get(entry, key)
        if value and (date := _date(value)):
            yield date


def _date(value: time.struct_time) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
