"""Labelled pairs in a file of JSON lines, plain or gzip, or on stdin, to pairs of items as the service has them.

A line that is no pair ends the command: what is measured must be whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from monitor.cli.items import Line, item_of, numbered_lines, read_line, shown_name
from monitor.cli.options import ended
from monitor.model import Item


class _Side(Line):
    published_at: str = ""


class _PairLine(msgspec.Struct):
    a: _Side
    b: _Side
    same: bool
    kind: str = ""
    watchlist: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items, and whether they tell of one event."""

    a: Item
    b: Item
    watchlist: str
    same: bool
    kind: str
    #: From 1.
    line: int


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a file; one that cannot be read ends the command with its line and what is wrong there."""
    for number, line in numbered_lines(path):
        try:
            pair = _pair(line, number)
        except ValueError as error:
            raise ended(f"{shown_name(path)}:{number}: {error}") from error
        yield pair


def _pair(line: bytes, number: int) -> Pair:
    raw = read_line(line, _PairLine)
    return Pair(_item(raw.a), _item(raw.b), raw.watchlist, raw.same, raw.kind, number)


def _item(side: _Side) -> Item:
    item = item_of(side)
    if not side.published_at:
        raise ValueError(f"item {side.id} lacks published_at, an ISO 8601 time such as 2026-07-15T08:00:00+00:00")
    try:
        published = datetime.fromisoformat(side.published_at)
    except ValueError as error:
        raise ValueError(f"item {side.id}: published_at: not an ISO 8601 time: {side.published_at}") from error
    published = published if published.tzinfo else published.replace(tzinfo=UTC)
    return replace(item, published_at=published, seen_at=published)
