"""Entries to a feed document in one of three forms: RSS 2.0, Atom (RFC 4287), JSON Feed 1.1. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

Form = Literal["rss", "atom", "json"]

CONTENT_TYPES: dict[Form, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as its publisher wrote it; what is None is left out of the document."""

    title: str
    guid: str | None = None
    url: str | None = None
    summary: str | None = None
    content: str | None = None
    author: str | None = None
    published_at: datetime | None = None


def render_document(form: Form, entries: Sequence[Entry], *, title: str, home: str, encoding: str) -> bytes:
    """Render the entries in the order given; `summary` and `content` are HTML, `title` is plain text."""
    if form == "json":
        return json.dumps(_json_feed(entries, title, home), ensure_ascii=False).encode(encoding)
    lines = _RENDER[form](entries, title, home)
    return "\n".join([f'<?xml version="1.0" encoding="{encoding}"?>', *lines, ""]).encode(encoding)


def _rss(entries: Sequence[Entry], title: str, home: str) -> list[str]:
    head = ['<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>']
    head += [f"<title>{escape(title)}</title><link>{escape(home)}</link><description>{escape(title)}</description>"]
    return [*head, *(_rss_item(entry) for entry in entries), "</channel></rss>"]


def _rss_item(entry: Entry) -> str:
    parts = {
        "title": entry.title,
        "link": entry.url,
        "description": entry.summary,
        "content:encoded": entry.content,
        "author": entry.author,
        "pubDate": entry.published_at and format_datetime(entry.published_at),
    }
    elements = [f"<{name}>{escape(text)}</{name}>" for name, text in parts.items() if text is not None]
    if entry.guid is not None:
        elements.append(f'<guid isPermaLink="false">{escape(entry.guid)}</guid>')
    return f"<item>{''.join(elements)}</item>"


def _atom(entries: Sequence[Entry], title: str, home: str) -> list[str]:
    head = f"<title>{escape(title)}</title><id>{escape(home)}</id><link href={quoteattr(home)}/>"
    return ['<feed xmlns="http://www.w3.org/2005/Atom">', head, *(_atom_entry(entry) for entry in entries), "</feed>"]


def _atom_entry(entry: Entry) -> str:
    elements = [f"<title>{escape(entry.title)}</title>"]
    if entry.guid is not None:
        elements.append(f"<id>{escape(entry.guid)}</id>")
    if entry.url is not None:
        elements.append(f"<link href={quoteattr(entry.url)}/>")
    if entry.author is not None:
        elements.append(f"<author><name>{escape(entry.author)}</name></author>")
    for name, html in (("summary", entry.summary), ("content", entry.content)):
        if html is not None:
            elements.append(f'<{name} type="html">{escape(html)}</{name}>')
    if entry.published_at is not None:
        moment = entry.published_at.isoformat()
        elements.append(f"<published>{moment}</published><updated>{moment}</updated>")
    return f"<entry>{''.join(elements)}</entry>"


def _json_feed(entries: Sequence[Entry], title: str, home: str) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": home,
        "items": [_json_item(entry) for entry in entries],
    }


def _json_item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.content,
        "authors": entry.author and [{"name": entry.author}],
        "date_published": entry.published_at and entry.published_at.isoformat(),
    }
    return {name: value for name, value in item.items() if value is not None}


_RENDER = {"rss": _rss, "atom": _atom}
