"""The part of `news-monitor status` that tells of alerts that wait, and of those that were closed as not sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli.console import new_table

#: Rows shown of each; `--json` has more.
_SHOWN = 10

Time = Callable[[str], str]


def show_waiting(console: Console, told: dict[str, Any], time: Time) -> None:
    """Print both, where there is any."""
    held, unsent = told["held"], told["unsent"]
    if held["alerts"]:
        rows = [(time(row["due_at"]), row) for row in held["alerts"]]
        console.print(_rows(new_table("held until", "watchlist", "channel", "why", "title"), rows))
        _say_rest(console, len(rows), "held")
    if unsent:
        rows = [(time(row["at"]), row) for row in unsent]
        console.print(_rows(new_table("not sent", "watchlist", "channel", "why", "title"), rows))
        _say_rest(console, len(rows), "not sent")


def _rows(table: Table, rows: Sequence[tuple[str, dict[str, Any]]]) -> Table:
    for at, row in rows[:_SHOWN]:
        table.add_row(at, row["watchlist"], row["channel"], Text(row["reason"]), Text(_title(row)))
    return table


def _title(row: dict[str, Any]) -> str:
    title = " ".join(row["title"].split())
    return f"high: {title}" if row.get("severity") == "high" else title


def _say_rest(console: Console, count: int, noun: str) -> None:
    if count > _SHOWN:
        console.print(f"… and {count - _SHOWN} more {noun} (--json)", highlight=False)
