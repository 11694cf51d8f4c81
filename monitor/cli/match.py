"""`news-monitor match` and `explain`: which watchlists items belong to, where it shows, and why; without a service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from monitor.cli.chosen import OneWatchlist, chosen_or_exit
from monitor.cli.items import STDIN, Items, read_item
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended
from monitor.model import Evidence, Item, Match
from monitor.watchlists.explain import explain as explained
from monitor.watchlists.match import find_matches


def match(
    items: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Items as JSON lines, also .gz; - reads standard input.", allow_dash=True),
    ],
    watchlist: OneWatchlist = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per match.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Print which items belong to which watchlists, one line per match with its evidence.

    An item is a JSON object with id, title, summary, content, lang, url, published_at, source, feed and author, of
    which only the id is required. Evidence counts code points of the field as plain text. Lines that are no items are
    named and skipped, and the command ends with 1.

    Example: news-monitor match --items news.jsonl.gz --watchlist qwen-distillation
    """
    chosen = chosen_or_exit(settings, watchlist)
    lines = Items(items)
    for told in lines:
        for found in find_matches(told.item, chosen.compiled):
            line = msgspec.json.encode(record(told.item, found)).decode() if as_json else as_line(told.item, found)
            typer.echo(line)
    lines.end()


def explain(
    item: Annotated[
        Path, typer.Option(metavar="FILE", help="One item as a JSON object; - reads standard input.", allow_dash=True)
    ],
    watchlist: Annotated[str, typer.Option("--watchlist", "-w", metavar="ID", help="The watchlist.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Say why an item belongs to a watchlist, or which clause failed.

    Example: news-monitor explain --item item.json --watchlist alexandr-wang
    """
    chosen = chosen_or_exit(settings, watchlist)
    explanation = explained(_item_or_exit(item), chosen.watchlists[watchlist])
    typer.echo(f"{watchlist} ({explanation.version}): {'matches' if explanation.matched else 'does not match'}")
    for line in explanation.lines:
        typer.echo(f"  {line}")


def as_line(item: Item, found: Match) -> str:
    """Write a match for people: id, watchlist, and where which text stands."""
    return "  ".join((_one_line(item.key), found.watchlist, *(shown(each, item) for each in found.evidence)))


def shown(evidence: Evidence, item: Item) -> str:
    """Write one piece of evidence for people."""
    return f"{evidence.field}[{evidence.start}:{evidence.end}] {_quoted(_text(evidence, item))}"


def record(item: Item, found: Match) -> dict[str, Any]:
    """Tell a match to programs."""
    return {
        "id": item.key,
        "watchlist": found.watchlist,
        "version": found.version,
        "evidence": [
            {"field": each.field, "start": each.start, "end": each.end, "term": each.term, "text": _text(each, item)}
            for each in found.evidence
        ],
    }


def _text(evidence: Evidence, item: Item) -> str:
    text: str = getattr(item, evidence.field)
    return text[evidence.start : evidence.end]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return text if text.isprintable() else _quoted(text)


def _item_or_exit(path: Path) -> Item:
    try:
        body = typer.get_binary_stream("stdin").read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise ended(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return read_item(body)
    except ValueError as error:
        raise ended(f"{path}: {error}") from error
