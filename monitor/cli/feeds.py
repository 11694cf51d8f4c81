"""`news-monitor feeds`: add feeds to the settings file, import and export OPML, list them, read one."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

import typer
from rich.table import Table
from rich.text import Text

from monitor.cli.console import console
from monitor.cli.feed_document import parse
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended, load_or_exit, refusal
from monitor.errors import ParseError, SettingsError, WatchlistError
from monitor.feeds.discover import FoundFeed
from monitor.feeds.opml import Outline, read_opml, write_opml
from monitor.settings.edit import NewFeed, add_feeds
from monitor.settings.parse import validated
from monitor.settings.schema import FeedSettings, Settings
from monitor.settings.secrets import masked_url

app = typer.Typer(help="Add, import, export and list feeds.", no_args_is_help=True)
app.command()(parse)


@app.command()
def add(
    url: Annotated[
        str, typer.Argument(help="Address of an RSS, Atom or JSON feed, of a page that offers one, or rsshub://route.")
    ],
    feed_id: Annotated[str | None, typer.Option("--id", help="Its id; otherwise made of the address.")] = None,
    name: Annotated[str | None, typer.Option(help="What alerts call it; otherwise the feed's own title.")] = None,
    as_is: Annotated[bool, typer.Option("--as-is", help="Do not look what stands there.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Add a feed to the settings file, keeping its comments; a running service picks it up by itself.

    The address of a web page adds the feed that the page offers, or lists them where it offers several.

    Example: news-monitor feeds add https://www.qbitai.com/feed --name 量子位
    """
    _add(settings, [NewFeed(url if as_is else _feed_at(url, settings), feed_id, name)])


@app.command("import")
def import_opml(
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Add all feeds of an OPML file that are not in the settings file yet; an address that is none is left out.

    Example: news-monitor feeds import subscriptions.opml
    """
    try:
        outlines = read_opml(file.read_bytes())
    except OSError as error:
        raise ended(f"{file}: cannot be read: {error.strerror}") from error
    except ParseError as error:
        raise ended(f"{file}: {error.cause}") from error
    usable = [outline for outline in outlines if _is_usable(outline, file)]
    if not usable:
        raise ended(f"{file}: no feed in it can be added")
    _add(settings, [NewFeed(outline.url, None, outline.title, outline.folder) for outline in usable])


@app.command("export")
def export_opml(
    file: Annotated[
        Path | None, typer.Argument(help="The file to write; otherwise it goes to standard output.")
    ] = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Write the feeds as OPML 2.0 with their folders, for feed readers; an address that is secret is left out.

    Example: news-monitor feeds export subscriptions.opml
    """
    feeds = load_or_exit(settings).settings.feeds
    document = write_opml(_outlines(feeds), title="News monitor", now=datetime.now(UTC))
    if file is None:
        typer.echo(document, nl=False)
        return
    try:
        file.write_bytes(document)
    except OSError as error:
        raise ended(f"{file}: cannot be written: {error.strerror}") from error


@app.command("list")
def list_feeds(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for programs.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """List the feeds, with those that watchlists bring; what is secret in an address is shown as ***.

    Example: news-monitor feeds list --json
    """
    loaded = load_or_exit(settings).settings
    rows = [*map(_row, loaded.feeds), *_search_rows(settings, loaded)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        console().print(_table(rows))


def _feed_at(url: str, path: Path) -> str:
    """Give the address of the one feed that is meant by an address; end the command where that is none or several."""
    settings = load_or_exit(path).settings
    if not url.startswith(("http://", "https://")) or any(feed.url == url for feed in settings.feeds):
        return url  # for `add_feeds` to say
    from workers.look import look
    from workers.wiring import Place

    found = asyncio.run(look(url, settings, Place(path, os.environ)))
    if found.unreachable:
        typer.echo(f"{masked_url(url)}: {found.unreachable}; it is added without a look at it", err=True)
    if found.is_feed or found.unreachable:
        return url
    if not found.feeds:
        raise ended(f"{masked_url(url)}: {found.refused}, and no feed is named there")
    if len(found.feeds) > 1:
        raise ended(_choice(url, found.feeds))
    typer.echo(f"{masked_url(url)}: is a web page that offers {masked_url(found.feeds[0].url)}")
    return found.feeds[0].url


def _choice(url: str, feeds: Sequence[FoundFeed]) -> str:
    """Say which feeds a page offers, as the commands that add them."""
    lines = [f"  news-monitor feeds add {shlex.quote(feed.url)}  # {_described(feed)}" for feed in feeds]
    return "\n".join([f"{masked_url(url)}: is a web page that offers {len(feeds)} feeds; add one of them:", *lines])


def _described(feed: FoundFeed) -> str:
    """Name a feed by words of a page, which nobody has checked."""
    title = "".join(character if character.isprintable() else " " for character in feed.title[:80])
    return f"{feed.kind}: {title}" if title else feed.kind


def _add(settings: Path, feeds: Sequence[NewFeed]) -> None:
    try:
        added = add_feeds(settings, feeds, environ=os.environ)
    except SettingsError as error:
        raise refusal(error) from error
    for feed in added:
        typer.echo(f"{settings}: added {feed.id} ({_shown_address(feed)})")
    if known := len(feeds) - len(added):
        typer.echo(f"{settings}: {known} known already")


def _is_usable(outline: Outline, file: Path) -> bool:
    """Say on stderr why the settings would not take an address, if so."""
    _feed, problems = validated(FeedSettings, {"id": "imported", "url": outline.url}, path=None, key=())
    for problem in problems:
        typer.echo(f"{file}: left out {masked_url(outline.url)}: not {problem.text}", err=True)
    return not problems


def _outlines(feeds: Sequence[FeedSettings]) -> Iterator[Outline]:
    """Yield what may be shown to others; say on stderr what may not."""
    for feed in feeds:
        if feed.url is not None and masked_url(feed.url) == feed.url:
            yield Outline(feed.url, feed.name or feed.id, feed.folder)
        else:
            typer.echo(f"left out {feed.id}: its address is secret: {_shown_address(feed)}", err=True)


def _search_rows(path: Path, settings: Settings) -> Iterator[dict[str, Any]]:
    from workers.searches import search_feeds_of

    try:
        for each in search_feeds_of(settings):
            yield _row(each.feed) | {"address": each.shown, "watchlist": each.watchlist}
    except WatchlistError as error:
        raise ended(f"{path}: {error}") from error


def _row(feed: FeedSettings) -> dict[str, Any]:
    return {
        "id": feed.id,
        "address": _shown_address(feed),
        "name": feed.name,
        "enabled": feed.enabled,
        "watchlist": None,
    }


def _shown_address(feed: FeedSettings) -> str:
    if feed.url is not None:
        return masked_url(feed.url)
    return f"(variable {feed.url_env})" if feed.url_env else f"(file {feed.url_file})"


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "address", "enabled", "watchlist"):
        table.add_column(column, overflow="fold")
    for row in rows:
        enabled = "yes" if row["enabled"] else "no"
        address = unquote(row["address"]) if row["watchlist"] else row["address"]
        table.add_row(*map(Text, (row["id"], row["name"] or "", address, enabled, row["watchlist"] or "")))
    return table
