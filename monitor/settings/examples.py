"""Adds titles to the examples of a watchlist as its owner would: comments, order and layout stay as they are.

tomlkit reads and writes the one entry that changes, cut out of its file: for a whole file of 10,000 watchlists it would
need 6 s. The new file must say just what the old one said and the titles, and be valid, before it takes its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from monitor.errors import SettingsError
from monitor.settings.edit import read, replace
from monitor.settings.load import load
from monitor.settings.locate import table_lines


@dataclass(frozen=True, slots=True)
class NewExamples:
    """Titles to add."""

    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()


def add_examples(path: Path, watchlist_id: str, new: NewExamples, *, environ: Mapping[str, str]) -> int:
    """Add titles to a watchlist's examples, in the file where it stands, and return how many are new there.

    Raises SettingsError, and changes nothing, where they cannot be added or the settings would not be valid. Whether
    the examples hold is not asked here.
    """
    loaded = load(path, environ=environ)
    for file in loaded.files:
        if file.suffix == ".jsonl":
            continue
        text = read(file)
        number = _number_of(tomllib.loads(text), watchlist_id)
        if number is not None:
            return _added(path, file, text, number, new, environ)
    raise SettingsError(str(path), f"{watchlist_id} stands in no TOML file; add the examples by hand")


def _number_of(tables: Mapping[str, Any], watchlist_id: str) -> int | None:
    entries = tables.get("watchlists", [])
    return next((number for number, entry in enumerate(entries) if entry.get("id") == watchlist_id), None)


def _added(path: Path, file: Path, text: str, number: int, new: NewExamples, environ: Mapping[str, str]) -> int:
    expected, count = _expected(text, number, new)
    if not count:
        return 0
    changed = _with_examples(text, number, new)
    if changed is None or tomllib.loads(changed) != expected:
        raise SettingsError(str(file), "its watchlists are not written as [[watchlists]]; add the examples by hand")
    if file == path:
        load(path, environ=environ, draft=changed.encode())
    replace(file, changed, expected=text)
    return count


def _expected(text: str, number: int, new: NewExamples) -> tuple[dict[str, Any], int]:
    """Return what the file is to say, and how many titles that is more than it says."""
    tables = tomllib.loads(text)
    examples = tables["watchlists"][number].setdefault("examples", {})
    count = 0
    for name, titles in _lists(new):
        there = examples.get(name, [])
        if fresh := _fresh(titles, there):
            examples[name] = [*there, *fresh]
            count += len(fresh)
    return tables, count


def _lists(new: NewExamples) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("match", new.match), ("no_match", new.no_match)


def _fresh(titles: Sequence[str], there: Sequence[str]) -> list[str]:
    return [title for title in dict.fromkeys(titles) if title not in there]


def _with_examples(text: str, number: int, new: NewExamples) -> str | None:
    """Change the one entry's lines; None where it has none of its own."""
    found = table_lines(text, "watchlists", number)
    if found is None:
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    first, last = found
    entry = "\n".join(line.removesuffix("\r") for line in lines[first - 1 : last]) + "\n"
    try:
        document = tomlkit.parse(entry)
        _extend(document["watchlists"][0], new)
        written = tomlkit.dumps(document)
    except (TOMLKitError, KeyError, IndexError):
        return None
    lines[first - 1 : last] = [f"{line}{newline[:-1]}" for line in written.rstrip("\n").split("\n")]
    return "\n".join(lines)


def _extend(table: MutableMapping[str, Any], new: NewExamples) -> None:
    for name, titles in _lists(new):
        examples = table.get("examples")
        there = None if examples is None else examples.get(name)
        fresh = _fresh(titles, there or [])
        if not fresh:
            continue
        if there is None:
            there = _array(fresh)
            if examples is None:
                table.append(tomlkit.key(["examples", name]), there)  # type: ignore[attr-defined]  # a table of tomlkit takes dotted keys
            else:
                examples[name] = there
        else:
            for title in fresh:
                there.append(title)


def _array(titles: Sequence[str]) -> Any:
    """Write a new list: one title a line."""
    array = tomlkit.array()
    array.multiline(True)
    array.extend(titles)
    return array
