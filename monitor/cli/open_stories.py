"""`news-monitor stories list`: the open stories of a watchlist, who was told of each, and what is still held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from monitor.cli.console import console
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended
from monitor.cli.store import with_store
from monitor.errors import StoreError
from monitor.queue.stories import Stories
from monitor.stories.record import Record, decode


def list_stories(
    watchlist: Annotated[str, typer.Argument(help="Id of the watchlist.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List the open stories of a watchlist, the latest first: how many items and outlets, who was told, what is held.

    Example: news-monitor stories list qwen-distillation
    """
    reading = with_store(settings, lambda store: Stories(store, worker="status").read(watchlist))
    try:
        records = sorted((decode(each.record) for each in reading.changed), key=_age, reverse=True)
    except StoreError as error:
        raise ended(str(error)) from error
    if as_json:
        for record in records:
            typer.echo(msgspec.json.encode(_row(record)).decode())
    elif records:
        console(highlight=False).print(_table(records))
    else:
        raise ended(f"{watchlist}: has no open story; `news-monitor watchlists list` shows the ids")


def _age(record: Record) -> datetime:
    return record.story.first_seen_at


def _row(record: Record) -> Mapping[str, Any]:
    story = record.story
    return {
        "id": story.id,
        "title": story.items[-1].item.title,
        "first_seen_at": story.first_seen_at,
        "closes_at": record.closes_at,
        "severity": story.severity,
        "items": story.items_total,
        "copies": story.copies_total,
        "outlets": story.sources_total,
        "gathered": story.gathered,
        "sources": story.sources,
        "told": record.told,
        "held": {name: {"due_at": held.due_at, "reason": held.reason} for name, held in record.held.items()},
    }


def _table(records: list[Record]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("first seen (UTC)", "items", "outlets", "told", "held", "title"):
        table.add_column(name, justify="right" if name in ("items", "outlets") else "left")
    for record in records:
        story = record.story
        table.add_row(
            f"{story.first_seen_at.astimezone(UTC):%m-%d %H:%M}",
            str(story.items_total),
            str(story.sources_total),
            ", ".join(record.told) or "–",
            "; ".join(f"{name}: {held.reason}" for name, held in record.held.items()) or "–",
            Text(("high: " if story.severity == "high" else "") + " ".join(story.items[-1].item.title.split())),
        )
    return table
