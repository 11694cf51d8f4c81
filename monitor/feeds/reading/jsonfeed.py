"""The text of a JSON Feed document (https://jsonfeed.org/version/1.1, and 1) to its `Contents`.

Pure. Wrong types are read as if the member were missing; an item that is no object is skipped with a note.
"""

from __future__ import annotations

import json
from typing import Any

from monitor.feeds.reading.entries import Contents, Entry, Markup, left_out
from monitor.feeds.reading.pages import is_picture

_VERSION = "jsonfeed.org/version/1"
_TELLING = frozenset(("content_html", "content_text", "date_published", "external_url"))


def read_json_feed(text: str, *, max_entries: int) -> Contents | None:
    """Read a JSON Feed; None where the JSON is something else.

    Raises ValueError for what is no JSON, and RecursionError where it is nested too deep.
    """
    # Not strict: a line break or a tab inside of a text costs nobody a feed.
    document = json.loads(text, strict=False)
    if not isinstance(document, dict) or not _is_feed(document):
        return None
    items = document.get("items")
    items = items if isinstance(items, list) else []
    read = items[:max_entries]
    good = [item for item in read if isinstance(item, dict)]
    home = _text(document, "home_page_url")
    return Contents(
        dialect=f"json feed {_text(document, 'version').rstrip('/').rpartition('/')[2]}".rstrip(),
        title=Markup(_text(document, "title")),
        author=_author(document),
        home=home,
        language=_text(document, "language"),
        base=home,
        entries=tuple(map(_entry, good)),
        bad=len(read) - len(good),
        refused=left_out(len(items), max_entries),
        # Any other value, even "true", means that it may continue to update.
        ended=document.get("expired") is True,
    )


def _is_feed(document: dict[str, Any]) -> bool:
    """Tell a feed by its version; where that is not the one that there has to be, by what only a feed has."""
    items = document.get("items")
    return _VERSION in _text(document, "version") or (
        isinstance(items, list)
        and any(isinstance(item, dict) and item.keys() & _TELLING for item in items)
        and ("version" in document or "home_page_url" in document or "feed_url" in document)
    )


def _entry(item: dict[str, Any]) -> Entry:
    html, plain = _text(item, "content_html"), _text(item, "content_text")
    return Entry(
        guid=_written(item.get("id")),
        link=_text(item, "url") or _text(item, "external_url") or _address(_text(item, "id")),
        elsewhere=_attached(item),
        title=Markup(_text(item, "title")),
        summary=Markup(_text(item, "summary")),
        content=Markup(html, is_html=True) if html else Markup(plain),
        author=_author(item),
        language=_text(item, "language"),
        dates=tuple(filter(None, (_written(item.get("date_published")), _written(item.get("date_modified"))))),
        is_empty=not item,
    )


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _address(text: str) -> str:
    # "Ideally, the id is the full URL of the resource described by the item."
    return text if text.lower().startswith(("http://", "https://")) else ""


def _attached(item: dict[str, Any]) -> str:
    attachments = item.get("attachments")
    listed = [each for each in attachments if isinstance(each, dict)] if isinstance(attachments, list) else []
    urls = (url for each in listed if not is_picture(_text(each, "mime_type"), url := _text(each, "url")))
    return next(filter(None, urls), "")


def _written(value: Any) -> str:
    # "If a number is given, a reader should coerce it to a string."
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if isinstance(value, str) else repr(value) if is_number else ""


def _author(holder: dict[str, Any]) -> str:
    # Version 1 had one author; feeds of today still write it.
    names = _names(holder.get("authors")) or _names(holder.get("author"))
    return ", ".join(dict.fromkeys(names))


def _names(authors: Any) -> list[str]:
    """Read names from a list of authors, from one author where a list has to be, and from plain names."""
    listed = authors if isinstance(authors, list) else [authors]
    named = (author if isinstance(author, dict) else {"name": author} for author in listed)
    return [name for author in named if (name := _text(author, "name"))]
