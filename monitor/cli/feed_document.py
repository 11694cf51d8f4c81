"""`news-monitor feeds parse`: what the service would make of a document, item by item; commits and sends nothing."""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended, load_or_exit
from monitor.errors import FeedError
from monitor.feeds.reading.entries import ParsedEntry, ParsedFeed
from monitor.model import Document, Feed
from monitor.settings.schema import Settings

_SCHEMES = ("http://", "https://")
#: What a document without an address of its own is told to have: relative links lead nowhere there.
_NOWHERE = "about:blank"
#: The address that a document gives itself (RFC 4287, section 4.2.7.2; JSON Feed 1.1), near its beginning.
_OWN_ADDRESS = re.compile(
    rb"<(?:[\w.-]+:)?link\s(?=[^<>]*\brel\s*=\s*[\"']self[\"'])[^<>]*\bhref\s*=\s*[\"']\s*(https?://[^\"'<>\s]+)"
    rb"|\"feed_url\"\s*:\s*\"(https?:[^\"\s]+)\"",
    re.IGNORECASE,
)
_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)\b|\"items\"\s*:", re.IGNORECASE)
_HEAD = 64 * 1024


def parse(
    source: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="A file, an address, or - for standard input.")],
    content_type: Annotated[
        str | None, typer.Option(help="The Content-Type that a server gave it, where that matters.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="BASE", help="The address that it came from; else what it says of itself.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Show what the service makes of a feed document, item by item, with every repair and refusal named.

    Exit code 1: it is no feed, or could not be fetched. The settings file, where there is one, gives the limits.

    Example: news-monitor feeds parse https://www.qbitai.com/feed
    """
    is_named = settings != DEFAULT_SETTINGS or settings.exists()
    limits = load_or_exit(settings).settings if is_named else Settings()
    try:
        document = _document(source, limits, settings)
        document = _as_told(document, content_type, url)
        parsed = asyncio.run(_parsed(document, limits))
    except FeedError as error:
        typer.echo(" ".join(f"{source}: {error.cause}".split()), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(as_document(parsed, document.url), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_lines(parsed)))


def as_document(parsed: ParsedFeed, url: str) -> dict[str, Any]:
    """Give a parsed feed, as the service would have it, the form that `--json` prints; `url` is its address."""
    sharing = Counter((parsed.home, *(entry.item.url for entry in parsed.entries)))
    return {
        "feed": {
            "url": "" if url == _NOWHERE else url,
            "format": parsed.dialect,
            "title": parsed.title,
            "link": parsed.home,
            "language": parsed.language,
            # Of the few that say so.
            **({"ended": True} if parsed.ended else {}),
        },
        "items": [_item(entry, sharing) for entry in parsed.entries],
        "repairs": [*parsed.repairs, *parsed.item_repairs],
        "refused": list(parsed.refused),
    }


def _item(entry: ParsedEntry, sharing: Mapping[str, int]) -> dict[str, Any]:
    item = entry.item
    link = item.url if sharing[item.url] == 1 else ""
    return {
        # What names an entry without an id is its link, unless another has it or it leads to the feed's home page.
        "id": entry.guid or link or entry.id,
        "key": item.key,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        # Where the summary is all there is, an item holds it once.
        "content": item.content or item.summary,
        "content_html": entry.html,
        "author": item.author,
        "source": item.source,
        "published_at": item.published_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "undated": item.undated,
        "language": item.language,
    }


def _document(source: str, limits: Settings, settings: Path) -> Document:
    if source.lower().startswith(_SCHEMES):
        return asyncio.run(_fetched(source, limits, settings))
    try:
        body = typer.get_binary_stream("stdin").read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise ended(f"{source}: cannot be read: {error.strerror}") from error
    address = _own_address(body) or _NOWHERE
    return Document(address, address, 200, {}, body)


def _own_address(body: bytes) -> str:
    head = body[:_HEAD]
    first = _ENTRY.search(head)
    found = _OWN_ADDRESS.search(head, 0, first.start() if first else _HEAD)
    if not found:
        return ""
    address = found[1] or found[2].replace(rb"\/", b"/")
    return html.unescape(address.decode("ascii", "ignore"))


async def _fetched(url: str, limits: Settings, settings: Path) -> Document:
    from monitor.feeds.fetch import fetch_anew
    from monitor.net.client import Client
    from workers.wiring import Place, net_limits

    async with Client(net_limits(limits.net, Place(settings, os.environ))) as client:
        return await fetch_anew(client, url, now=datetime.now(UTC))


def _as_told(document: Document, content_type: str | None, url: str | None) -> Document:
    headers = dict(document.headers) if content_type is None else {**document.headers, "content-type": content_type}
    address = document.url if url is None else url
    return Document(address, address, document.status, headers, document.body)


async def _parsed(document: Document, limits: Settings) -> ParsedFeed:
    from workers.wiring import parser_pool

    async with parser_pool(limits.polling) as parsers:
        return await parsers.parse(document, Feed("parse", document.url), now=datetime.now(UTC), with_html=True)


def _lines(parsed: ParsedFeed) -> list[str]:
    heading = f"{parsed.title or '(no title)'} ({parsed.dialect or 'unknown dialect'}): {len(parsed.entries)} items"
    told = [f"repair: {repair}" for repair in (*parsed.repairs, *parsed.item_repairs)]
    refused = [f"refused: {refusal}" for refusal in parsed.refused]
    ended = ["ended: it says that it will not change any more"] if parsed.ended else []
    return [heading, *map(_line, parsed.entries), *told, *refused, *ended]


def _line(entry: ParsedEntry) -> str:
    item = entry.item
    date = "undated" if item.undated else f"{item.published_at:%Y-%m-%d %H:%M}Z"
    return f"- {date}  {item.title}\n  {item.url or '(no link)'}  [{item.source}, {item.language}]"
