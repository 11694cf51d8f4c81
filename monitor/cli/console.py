"""Where commands print tables: as wide as a terminal is, and elsewhere as wide as their words.

What goes into a file or another program is never wrapped, so that a line stays a line.
"""

from __future__ import annotations

import os
import re
import sys
from typing import IO, Any, cast

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

#: More than anything that is printed.
_UNBOUNDED = 100_000
_BLANKS = re.compile(r" +(?=\n)")


def console(*, highlight: bool = True) -> Console:
    """Make the console of standard output; COLUMNS sets its width anywhere."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return Console(highlight=highlight)
    return Console(highlight=highlight, width=_UNBOUNDED, file=cast("IO[str]", _Trimmed(sys.stdout)))


class _Trimmed:
    """Text without the blanks that fill up the last column of a table."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(_BLANKS.sub("", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def new_table(*columns: str) -> Table:
    """Begin a table in the style of all; what is too long for its column goes on below."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def print_rows(out: Console, columns: tuple[str, ...], rows: list[tuple[str | Text, ...]]) -> None:
    """Print a table whose last column may be long: where it does not fit, below the table, in lines of its own."""
    table = _filled(columns, rows)
    if Measurement.get(out, out.options.update(max_width=_UNBOUNDED), table).maximum <= out.width:
        out.print(table)
        return
    out.print(_filled(columns[:-1], [row[:-1] for row in rows]))
    for row in rows:
        if long := str(row[-1]):
            out.print(Text(f"{row[0]}: {long}"))


def _filled(columns: tuple[str, ...], rows: list[tuple[str | Text, ...]]) -> Table:
    table = new_table(*columns)
    for row in rows:
        table.add_row(*row)
    return table
