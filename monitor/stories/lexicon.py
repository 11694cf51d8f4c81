"""Two shipped tables, and the aliases of `[entities]`, to finders: which things a text names and what it says happens.

`names.txt` holds companies, people, places, institutions and products with what both languages call them, `events.txt`
what news tells of, in the same way. A finder reads normalised text and answers with the first name of each line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import ahocorasick_rs

from monitor.stories.rarity import rarity
from monitor.stories.stems import stem
from monitor.stories.words import words_in
from monitor.text.normal import normalised

_LATIN = re.compile(r"[a-z0-9]")
_WORD = re.compile(r"[a-z0-9]+")
#: Rarity from which a word can be a name.
_NAME = 7.0


@dataclass(frozen=True, slots=True)
class Row:
    """One thing: the first name stands for all."""

    name: str
    aliases: tuple[str, ...]
    #: The heading that it stands under.
    heading: str


def read_table(text: str) -> Iterator[Row]:
    """Yield the rows of a table: aliases between commas (or "|", where Chinese follows), headings in brackets."""
    heading = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            heading = line.strip("[]")
        elif line and not line.startswith("#"):
            aliases = tuple(alias.strip() for alias in line.replace("|", ",").split(",") if alias.strip())
            yield Row(normalised(aliases[0]), aliases, heading)


@cache
def shipped(name: str) -> tuple[Row, ...]:
    """Return the rows of a shipped table, "names" or "events"."""
    return tuple(read_table(files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")))


class Finder:
    """Finds aliases in normalised text: Latin ones as whole words, the longest first. Immutable."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        """`aliases`: what is written, normalised, and what it stands for."""
        self._stands_for = list(aliases.values())
        self._automaton = ahocorasick_rs.AhoCorasick(
            list(aliases), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest, store_patterns=False
        )

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and what it stands for, of each alias in the text, in order."""
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            if _is_whole(text, start, end):
                yield start, end, self._stands_for[index]


def _is_whole(text: str, start: int, end: int) -> bool:
    glued_before = start > 0 and _LATIN.match(text, start - 1) and _LATIN.match(text, start)
    return not glued_before and not (
        end < len(text) and text[end].isalpha() and _LATIN.match(text, end) and _LATIN.match(text, end - 1)
    )


def name_finder(entities: Mapping[str, Iterable[str]]) -> Finder:
    """Return the finder of names: the shipped table, and those sets of `[entities]` that are the names of one thing.

    Watchlists use the same sets for lists of words ("hire", "join") and of rivals: what holds a common word, or two
    things of the table, is no name.
    """
    aliases = {normalised(alias): row.name for row in shipped("names") for alias in row.aliases}
    for entity, written in entities.items():
        unknown = [alias for alias in map(normalised, written) if alias not in aliases and "*" not in alias]
        things = {aliases[alias] for alias in map(normalised, written) if alias in aliases}
        if len(things) < 2 and all(map(_is_rare, unknown)):
            name = min(things, default=normalised(entity))
            aliases.update(dict.fromkeys(unknown, name))
    return Finder(aliases)


def _is_rare(alias: str) -> bool:
    return len(alias) > 1 and any(rarity(word) >= _NAME for word in words_in(alias))


@cache
def event_finders() -> tuple[Finder, Finder]:
    """Return the finders of events: in stems with a blank on either side, and in Chinese text."""
    latin: dict[str, str] = {}
    han: dict[str, str] = {}
    for row in shipped("events"):
        for alias in row.aliases:
            written = normalised(alias)
            if _LATIN.match(written):
                latin.setdefault(" ".join(stem(word) for word in _WORD.findall(written)), row.name)
            else:
                han.setdefault(written, row.name)
    return Finder(latin), Finder(han)


@cache
def headed(heading: str) -> frozenset[str]:
    """Return the events under a heading of `events.txt`, as tokens."""
    return frozenset(f"!{row.name}" for row in shipped("events") if row.heading == heading)


@cache
def _headings() -> dict[str, str]:
    return {f"@{row.name}": row.heading for row in shipped("names")}


def heading_of(name: str) -> str:
    """Return the heading of `names.txt` under which a name token stands; "" for an entity of the settings."""
    return _headings().get(name, "")


@cache
def _shown() -> dict[str, str]:
    return {f"@{row.name}": row.aliases[0] for row in shipped("names")}


def shown(name: str) -> str:
    """Return a name token as readers know it: "@scale ai" as "Scale AI"."""
    return _shown().get(name, name.removeprefix("@"))
