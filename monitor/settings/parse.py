"""The bytes of one file become a `Source`: its validated feeds and watchlists, its other tables, and its problems.

TOML holds `[[feeds]]` and `[[watchlists]]`; JSONL one object a line. One bad entry never costs its neighbours: its
place is kept by None, so that the n-th entry of a source is the n-th of its file. Reads no files.
"""

from __future__ import annotations

import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from pydantic import ValidationError

from monitor.settings.bulk import compact, without_collector
from monitor.settings.locate import Key
from monitor.settings.problems import ABSENT, Problem, choice, problems_of
from monitor.settings.schema import FeedSettings, WatchlistSettings
from monitor.settings.section import Section

Entry = FeedSettings | WatchlistSettings
Checked = TypeVar("Checked", bound=Section)
#: Entries by their JSON lines, so that a changed file costs its changed lines only.
Lines = Mapping[bytes, Entry]

_KINDS: Mapping[str, type[Entry]] = {"feed": FeedSettings, "watchlist": WatchlistSettings}
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Source:
    """What one file contributes."""

    path: Path
    feeds: tuple[FeedSettings | None, ...] = ()
    watchlists: tuple[WatchlistSettings | None, ...] = ()
    #: Everything else in the file, not validated yet.
    tables: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    #: False where nothing of the file could be read.
    readable: bool = True
    #: Of a JSONL file: its entries by line, for the next time.
    lines: Lines = field(default_factory=dict)


def parse(path: Path, body: bytes, *, known: Lines) -> Source:
    """Return what a file holds; `known` are the lines of its former version. Never raises for what it holds."""
    with without_collector():
        return _parse_jsonl(path, body, known) if path.suffix == ".jsonl" else _parse_toml(path, body)


def unreadable(path: Path, why: str, *, line: int | None = None) -> Source:
    """Return what a file contributes of which nothing could be read."""
    return Source(path, problems=(Problem(why, path=path, line=line),), readable=False)


def validated(
    model: type[Checked], raw: object, *, path: Path | None, key: Key, line: int | None = None
) -> tuple[Checked | None, list[Problem]]:
    """Return the entry, or None and what is wrong with it."""
    try:
        return model.model_validate(raw), []
    except ValidationError as error:
        found = problems_of(error, model=model, raw=raw, key=key)
        return None, [Problem(p.text, p.key, p.value, path, line) for p in found]


def _parse_toml(path: Path, body: bytes) -> Source:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        return unreadable(path, "is not UTF-8 text; save it as UTF-8", line=line)
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return _not_toml(path, text, error)
    problems: list[Problem] = []
    feeds = _entries(FeedSettings, path, "feeds", tables.pop("feeds", []), problems)
    watchlists = _entries(WatchlistSettings, path, "watchlists", tables.pop("watchlists", []), problems)
    return Source(path, feeds, watchlists, tables, tuple(problems))


def _not_toml(path: Path, text: str, error: Exception) -> Source:
    if isinstance(error, RecursionError):
        return unreadable(path, "not TOML: nested too deeply")
    found = _PLACE.search(str(error))
    line = int(found["line"]) if found and found["line"] else text.count("\n") + 1
    column = f" (column {found['column']})" if found and found["column"] else ""
    said = _PLACE.sub("", str(error))
    return unreadable(path, f"not TOML: {said[:1].lower()}{said[1:]}{column}", line=line)


def _entries(
    model: type[Checked], path: Path, name: str, raw: object, problems: list[Problem]
) -> tuple[Checked | None, ...]:
    if not isinstance(raw, list):
        problems.append(Problem(f"a list of tables, each of which begins with [[{name}]]", (name,), ABSENT, path))
        return ()
    entries = []
    for index, table in enumerate(raw):
        entry, wrong = validated(model, table, path=path, key=(name, index))
        entries.append(entry)
        problems += wrong
    return tuple(entries)


def _parse_jsonl(path: Path, body: bytes, known: Lines) -> Source:
    feeds: list[FeedSettings | None] = []
    watchlists: list[WatchlistSettings | None] = []
    problems: list[Problem] = []
    lines: dict[bytes, Entry] = {}
    for number, line in enumerate(BytesIO(body.removeprefix(BOM_UTF8)), start=1):
        if not (line := line.strip()):
            continue
        entry = known.get(line)
        if entry is None:
            kind, entry, wrong = _read_line(path, number, line)
            problems += wrong
        else:
            kind = type(entry)
        if entry is not None:
            lines[line] = entry
        if kind is FeedSettings:
            feeds.append(entry)  # type: ignore[arg-type]  # an entry is of its kind
        elif kind is WatchlistSettings:
            watchlists.append(entry)  # type: ignore[arg-type]  # as above
    return Source(path, tuple(feeds), tuple(watchlists), problems=tuple(problems), lines=lines)


def _read_line(path: Path, number: int, line: bytes) -> tuple[type[Entry] | None, Entry | None, list[Problem]]:
    raw, kind, wrong = _told(line)
    if kind is None:
        return None, None, [Problem(wrong, path=path, line=number)]
    entry, problems = validated(kind, raw, path=path, key=(), line=number)
    return kind, compact(entry) if entry else None, problems


def _told(line: bytes) -> tuple[object, type[Entry] | None, str]:
    """Return the object of a line, of which kind it is, and what is wrong where that cannot be told."""
    try:
        raw = msgspec.json.decode(line)
    except UnicodeDecodeError:
        return None, None, "is not UTF-8 text; save it as UTF-8"
    except (msgspec.DecodeError, RecursionError) as error:
        return None, None, f"not JSON: {error}"
    if not isinstance(raw, dict):
        return raw, None, "not a JSON object"
    named = raw.pop("kind", None)
    if named is None:
        named = _guessed_kind(raw)
    if named is None:
        return raw, None, 'neither a feed (url) nor a watchlist (query, terms); write "kind": "feed" or "watchlist"'
    if not isinstance(named, str) or named not in _KINDS:
        return raw, None, f"kind = {msgspec.json.encode(named).decode()}: {choice(named, tuple(_KINDS))}"
    return raw, _KINDS[named], ""


def _guessed_kind(raw: Mapping[str, object]) -> str | None:
    if "query" in raw or "terms" in raw:
        return "watchlist"
    return "feed" if any(key.startswith("url") for key in raw) else None


def entry_lines(text: str) -> dict[Key, int]:
    """Return the line (from 1) of every feed and watchlist of a JSONL text, by ("feeds", n) or ("watchlists", n)."""
    lines: dict[Key, int] = {}
    counts = {FeedSettings: 0, WatchlistSettings: 0}
    for number, line in enumerate(text.split("\n"), start=1):
        kind = _told(line.strip().encode())[1] if line.strip() else None
        if kind is not None:
            lines[("feeds" if kind is FeedSettings else "watchlists", counts[kind])] = number
            counts[kind] += 1
    return lines
