"""What the tests of this folder are made of: one moment, one feed, documents and entries with few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.feeds.reading.document import parse_document
from monitor.feeds.reading.entries import Origin, ParsedEntry, ParsedFeed, ParseTask
from monitor.model import Document, Feed, Item

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
URL = "https://feeds.example/feed.xml"
FEED = Feed("harbour", URL, shown_url=URL)
ORIGIN = Origin(FEED.id, None, None, URL, NOW)
SAMPLES = Path(__file__).parent.parent / "data" / "feeds"


def task(body: bytes, content_type: str = "text/xml", *, url: str = URL, max_entries: int = 5_000) -> ParseTask:
    """Ask for a body to be parsed at NOW."""
    return ParseTask(Origin(FEED.id, None, None, url, NOW), content_type, body, max_entries)


def parsed(body: bytes, content_type: str = "text/xml") -> ParsedFeed:
    """Parse a body at NOW."""
    return parse_document(task(body, content_type))


def rss(*items: str, channel: str = "<title>Harbour</title><link>https://harbour.example/</link>") -> bytes:
    """Write an RSS document of items that are XML already."""
    return f'<rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'.encode()


def document(body: bytes = b"", **headers: str) -> Document:
    """Make a fetched document; `last_modified` stands for last-modified."""
    return Document(URL, URL, 200, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def entry(id_: str, *, hours_ago: float | None = 1.0) -> ParsedEntry:
    """Make an entry, undated where `hours_ago` is None."""
    published_at = NOW if hours_ago is None else NOW - timedelta(hours=hours_ago)
    item = Item(
        key=id_ * 2,
        feed=FEED.id,
        url="",
        title=id_,
        summary="",
        content="",
        source="",
        author="",
        published_at=published_at,
        seen_at=NOW,
        language="en",
        undated=hours_ago is None,
    )
    return ParsedEntry(id_, f"hash of {id_}", item)
