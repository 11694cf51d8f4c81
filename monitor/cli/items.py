"""Items in a file of JSON lines, plain or gzip, or on stdin, to items as the service has them, one at a time.

A line that is no item is told with its number and left out; it costs its neighbours nothing.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from monitor.cli.options import ended
from monitor.model import Item
from monitor.text.html import plain_text
from monitor.text.language import language_of

#: Stands for standard input.
STDIN = Path("-")
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
Form = TypeVar("Form", bound=msgspec.Struct)


class Line(msgspec.Struct):
    """What is read of a line; keys of other names are passed over, `published_at` too, for which no verdict asks."""

    id: str | int
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    lang: str | None = None
    language: str | None = None
    url: str | None = None
    source: str | None = None
    feed: str | None = None
    author: str | None = None


class _LabelledLine(Line):
    labels: dict[str, bool | None] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """One line's item: `key` is its id as the file gives it, its texts are plain."""

    item: Item
    #: Whether it belongs to a watchlist, by the watchlist's id; None where that is left open.
    labels: Mapping[str, bool | None]
    #: From 1.
    line: int


class Items:
    """The items of one file; `skipped` counts, once they are read, the lines that were none.

    Where they are `labelled`, labels that are none of true, false and null spoil their line.
    """

    def __init__(self, path: Path, *, labelled: bool = False) -> None:
        self.path = path
        self._form = _LabelledLine if labelled else Line
        self.name = shown_name(path)
        self.skipped = 0

    def __iter__(self) -> Iterator[Told]:
        for number, line in numbered_lines(self.path):
            if (told := self._told(number, line)) is not None:
                yield told

    def _told(self, number: int, line: bytes) -> Told | None:
        try:
            raw = read_line(line, self._form)
        except ValueError as error:
            self.skipped += 1
            typer.echo(f"{self.name}:{number}: skipped: {error}", err=True)
            return None
        return Told(item_of(raw), raw.labels if isinstance(raw, _LabelledLine) else {}, number)

    def end(self) -> None:
        """End the command with 1 where lines were skipped."""
        if self.skipped:
            lines = "1 line was" if self.skipped == 1 else f"{self.skipped} lines were"
            typer.echo(f"{self.name}: {lines} skipped", err=True)
            raise typer.Exit(1)


def shown_name(path: Path) -> str:
    """Give the name by which messages call a file."""
    return "stdin" if path == STDIN else str(path)


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that are not blank, numbered from 1; one that cannot be read ends the command."""
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        raise ended(f"{shown_name(path)}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def read_item(body: bytes) -> Item:
    """Read one item; raises ValueError, saying why, for what is none."""
    return item_of(read_line(body, Line))


def read_line(line: bytes, form: type[Form]) -> Form:
    """Read one line of JSON; raises ValueError, saying why, for what is not of the form."""
    try:
        return msgspec.json.decode(line.removeprefix(BOM_UTF8), type=form)
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8 text") from error
    except (msgspec.ValidationError, RecursionError) as error:
        raise ValueError(f"not an item: {_lowered(str(error))}") from error
    except msgspec.DecodeError as error:
        raise ValueError(f"not JSON: {error}") from error


def item_of(raw: Line) -> Item:
    """Return a line's item, its texts plain."""
    title, summary, content = (plain_text(text or "") for text in (raw.title, raw.summary, raw.content))
    return Item(
        key=str(raw.id),
        feed=raw.feed or "",
        url=raw.url or "",
        title=title,
        summary=summary,
        content=content,
        source=raw.source or "",
        author=raw.author or "",
        published_at=_SOME_DAY,
        seen_at=_SOME_DAY,
        language=raw.lang or raw.language or language_of(f"{title} {summary}", None),
    )


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file of lines, plain or gzip, or standard input, with a progress bar where somebody watches."""
    if path == STDIN:
        yield typer.get_binary_stream("stdin")
        return
    with path.open("rb") as raw, _watched(raw, path) as file:
        if path.suffix == ".gz":
            with gzip.open(file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file


@contextmanager
def _watched(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    """Show how far a file has been read, where somebody watches and it does not get into the results' way."""
    watched = sys.stderr.isatty() and not sys.stdout.isatty()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not watched) as progress:
        yield progress.wrap_file(file, total=path.stat().st_size, description=path.name) if watched else file
