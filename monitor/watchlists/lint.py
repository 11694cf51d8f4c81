"""Hints about a watchlist that compiles but may not say what its author means. Pure, but for the words' frequencies.

A hint never refuses anything: a common word can be meant, a clause can be kept for its reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations

from monitor.model import Item, Watchlist
from monitor.text.language import normalised_tag
from monitor.watchlists.compile import Compiled, compile_watchlists
from monitor.watchlists.definition import query_of
from monitor.watchlists.evaluate import holds
from monitor.watchlists.query import (
    And,
    Count,
    Entity,
    Filter,
    InField,
    Near,
    Not,
    Or,
    Query,
    Sentence,
    Term,
    all_of,
    any_of,
    walk,
    written,
)
from monitor.watchlists.reading import Reading

#: From here on a word names more than one subject: twice in a million words of English (avocado, target), four times of
#: Chinese (小米, 苹果), whose counts are coarser.
_COMMON_ENGLISH = 3.3
_COMMON_CHINESE = 3.6
#: Alternatives that are compared pair by pair; longer ones would take their time.
_MOST_COMPARED = 200
#: Words that join terms in a query, and are letters in an entry of the three lists.
_OPERATOR = re.compile("AND|OR|NOT|NEAR(/[0-9]+)?")
_THEN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One hint."""

    #: "never", "implied", "common", "kills-example" or "operator".
    kind: str
    text: str


def lint(watchlist: Watchlist, *, examples: Sequence[str] = (), frequency: Callable[[str], float]) -> list[Finding]:
    """Return hints about a watchlist; `examples` are titles that it should match, `frequency` is on the Zipf scale.

    Raises WatchlistError where it does not compile.
    """
    query, compiled = query_of(watchlist), compile_watchlists([watchlist])
    return [
        *_never(query, compiled),
        *_no_language(query),
        *_operators(watchlist),
        *_implied(query, compiled),
        *_common(query, frequency),
        *_kills(query, compiled, examples),
    ]


def _never(query: Query, compiled: Compiled) -> Iterator[Finding]:
    """Find terms that a NOT beside them forbids wherever they stand."""
    for node in walk(query):
        if not isinstance(node, And):
            continue
        denied = [part.part for part in node.parts if isinstance(part, Not)]
        for term in (term for part in node.parts if not isinstance(part, Not) for term in _terms(part)):
            for no in denied:
                if holds(no, _read(term.text, compiled)):
                    yield Finding(
                        "never", f"{term.shown} can never match: {written(Not(no))} forbids it where it stands"
                    )


def _no_language(query: Query) -> Iterator[Finding]:
    """Find languages that no item has: of a tag, items keep the script of Chinese and nothing but the language else."""
    for node in walk(query):
        if isinstance(node, Filter) and node.name == "lang":
            written_as = node.term.text
            tag = normalised_tag(written_as)
            if written_as.lower() not in ("und", (tag or "").lower()):
                nearest = f"write lang:{tag}" if tag else "they are zh, zh-Hans, zh-Hant, en, ja, ... or und"
                yield Finding("never", f"lang:{written_as} finds nothing, since no item has this language: {nearest}")


def _operators(watchlist: Watchlist) -> Iterator[Finding]:
    """Find entries of the three lists that are written as if they were queries."""
    for entry in (*watchlist.terms, *watchlist.context, *watchlist.exclude):
        if words := [word for word in entry.split() if _OPERATOR.fullmatch(word)]:
            yield Finding(
                "operator",
                f'"{entry}" is sought as it stands, {words[0]} and all: make it two entries, or write a query',
            )


def _implied(query: Query, compiled: Compiled) -> Iterator[Finding]:
    """Find terms that add nothing beside another of the same alternative, or clauses that another includes."""
    for node in walk(query):
        if isinstance(node, Or):
            for first, second in _pairs(node.parts):
                if _includes(first, second, compiled):
                    yield Finding("implied", f"{second.shown} adds nothing: {first.shown} matches wherever it stands")
        elif isinstance(node, And):
            for first, second in _pairs(node.parts):
                if _includes(first, second, compiled):
                    yield Finding("implied", f"{first.shown} adds nothing: it stands wherever {second.shown} does")


def _pairs(parts: Iterable[Query]) -> Iterator[tuple[Term, Term]]:
    terms = [part for part in parts if isinstance(part, Term)][:_MOST_COMPARED]
    return permutations(terms, 2)


def _includes(first: Term, second: Term, compiled: Compiled) -> bool:
    """Say whether the first term stands wherever the second does."""
    if second.is_prefix and not first.is_prefix:
        return False
    return holds(first, _read(second.text, compiled))


def _common(query: Query, frequency: Callable[[str], float]) -> Iterator[Finding]:
    """Find common words that suffice alone for a match."""
    for term in dict.fromkeys(_sufficient(query)):
        if " " in term.text or term.is_exact:
            continue
        often = frequency(term.text)
        if often >= (_COMMON_ENGLISH if term.text.isascii() else _COMMON_CHINESE):
            yield Finding(
                "common",
                f"{term.shown} is a common word and suffices alone (about {10 ** (often - 3):.0f} in a million words): "
                "say in what context, with AND, NEAR or `context`",
            )


def _sufficient(query: Query) -> list[Term]:
    """Return the terms of which one alone can make the query match."""
    match query:
        case Term():
            return [query]
        case Entity(_, aliases):
            return list(aliases)
        case Or(parts):
            return [term for part in parts for term in _sufficient(part)]
        case InField(_, part) | Sentence(part) | Count(part):
            return _sufficient(part)
        case And(parts):
            needed = [part for part in parts if not isinstance(part, Not)]
            return _sufficient(needed[0]) if len(needed) == 1 else []
    return []


def _kills(query: Query, compiled: Compiled, examples: Sequence[str]) -> Iterator[Finding]:
    """Find examples that would match were it not for a NOT."""
    for example in examples:
        reading = _read(example, compiled)
        if holds(query, reading):
            continue
        for node in walk(query):
            if isinstance(node, Not) and holds(node.part, reading) and holds(_without(query, node), reading):
                yield Finding("kills-example", f"{written(node)} keeps the example {example!r} from matching")


def _without(query: Query, denied: Not) -> Query:
    """Return the query without one of its NOTs."""
    match query:
        case And(parts):
            kept = tuple(_without(part, denied) for part in parts if part is not denied)
            return all_of(kept) if kept else query
        case Or(parts):
            return any_of(tuple(_without(part, denied) for part in parts))
        case Sentence(part):
            return Sentence(_without(part, denied))
        case InField(name, part):
            return InField(name, _without(part, denied))
    return query


def _terms(query: Query) -> list[Term]:
    match query:
        case Term():
            return [query]
        case Entity(_, aliases):
            return list(aliases)
        case And(parts) | Or(parts):
            return [term for part in parts for term in _terms(part)]
        case Near(left, right):
            return [*_terms(left), *_terms(right)]
        case Sentence(part) | InField(_, part) | Count(part):
            return _terms(part)
    return []


def _read(text: str, compiled: Compiled) -> Reading:
    return Reading(Item("", "", "", text, "", "", "", "", _THEN, _THEN, "und"), compiled)
