"""`news-monitor feeds`: add feeds to the settings file, import them from an OPML file, list them, read one."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.feed_document import parse
from monitor.cli.options import DEFAULT_SETTINGS, REFUSED, SettingsFile, load_or_exit, refusal
from monitor.errors import ParseError, SettingsError
from monitor.feeds.discover import FoundFeed
from monitor.feeds.opml import read_opml
from monitor.settings.edit import NewFeed, add_feeds
from monitor.settings.schema import FeedSettings
from monitor.settings.secrets import masked_url

app = typer.Typer(help="Add, import and list feeds.", no_args_is_help=True)
app.command()(parse)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Address of an RSS, Atom or JSON feed, or of a page that offers one.")],
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
    """Add all feeds of an OPML file that are not in the settings file yet.

    Example: news-monitor feeds import subscriptions.opml
    """
    try:
        outlines = read_opml(file.read_bytes())
    except OSError as error:
        raise _end(f"{file}: cannot be read: {error.strerror}") from error
    except ParseError as error:
        raise _end(f"{file}: {error.cause}") from error
    _add(settings, [NewFeed(outline.url, None, outline.title, outline.folder) for outline in outlines])


@app.command("list")
def list_feeds(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for programs.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """List the feeds; what is secret in an address is shown as ***.

    Example: news-monitor feeds list --json
    """
    rows = [_row(feed) for feed in load_or_exit(settings).settings.feeds]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        Console().print(_table(rows))


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
        raise _end(f"{masked_url(url)}: {found.refused}, and no feed is named there")
    if len(found.feeds) > 1:
        raise _end(_choice(url, found.feeds))
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


def _row(feed: FeedSettings) -> dict[str, Any]:
    return {"id": feed.id, "address": _shown_address(feed), "name": feed.name, "enabled": feed.enabled}


def _shown_address(feed: FeedSettings) -> str:
    if feed.url is not None:
        return masked_url(feed.url)
    return f"(variable {feed.url_env})" if feed.url_env else f"(file {feed.url_file})"


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table("id", "name", box=None, pad_edge=False)
    table.add_column("address", overflow="fold")
    table.add_column("enabled")
    for row in rows:
        table.add_row(row["id"], row["name"] or "", row["address"], "yes" if row["enabled"] else "no")
    return table


def _end(problem: str) -> typer.Exit:
    typer.echo(problem, err=True)
    return typer.Exit(REFUSED)
