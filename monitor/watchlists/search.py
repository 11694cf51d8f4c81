"""A watchlist's query becomes what a search engine is to be asked for it: words, and at most one context beside them.

Broad at the engine, precise afterwards, since the watchlist judges every answer as it does any other item. So what NOT
forbids and what only narrows is left out, and whatever matches has one of the words, and one of the context, in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
)

#: A Latin word, or one character of a script that puts no blanks between words.
_PIECE = re.compile(r"[^\W\u2e80-\U0010ffff]+|[\u2e80-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Ask:
    """Words of which any will do, and where `beside` is not empty, words of which one must stand in the text too."""

    words: tuple[str, ...]
    beside: tuple[str, ...] = ()


def asks_of(query: Query, *, name: str) -> tuple[Ask, ...]:
    """Return what to search for, words of the watchlist's name first, else in the order of the query.

    Of parts that must all hold, the one that has a word of the name in it is the subject, else the first; the next is
    its context, and a third would be too narrow. Each word stands once beside each context.
    """
    spaced = _spaced(name)
    gathered: dict[tuple[str, ...], list[str]] = {}
    for ask in sorted(_asks(_inward(query), spaced), key=lambda ask: not _is_named(ask.words, spaced)):
        gathered.setdefault(ask.beside, []).extend(ask.words)
    return tuple(Ask(_unique(words), beside) for beside, words in gathered.items())


def pieces_of(text: str) -> list[str]:
    """Return the Latin words of a text in small letters, and the single characters of Chinese and its like."""
    return _PIECE.findall(text.casefold())


def _inward(query: Query, *, wanted: bool = True) -> Query:
    """Write a query so that NOT stands before single words, sentences and distances only, with the same meaning."""
    match query:
        case Not(part):
            return _inward(part, wanted=not wanted)
        case And(parts) | Or(parts):
            joined = all_of if isinstance(query, And) == wanted else any_of
            return joined(tuple(_inward(part, wanted=wanted) for part in parts))
        case InField(name, part):
            return InField(name, _inward(part, wanted=wanted))
        case Sentence(part) if wanted:
            return Sentence(_inward(part))
    return query if wanted else Not(query)


def _asks(query: Query, name: str) -> Iterator[Ask]:
    match query:
        case Or(parts):
            for part in parts:
                yield from _asks(part, name)
        case Sentence(part) | InField(_, part):
            yield from _asks(part, name)
        case And(parts):
            yield from _together(parts, name)
        case Near(left, right):
            yield from _together((left, right), name)
        case _ if words := _words(query, name):
            yield Ask(words)


def _together(parts: Iterable[Query], name: str) -> Iterator[Ask]:
    telling = [part for part in parts if _words(part, name)]
    if len(telling) == 1:
        yield from _asks(telling[0], name)
    else:
        subject, context, *_ = _sides(telling, name)
        yield Ask(subject, context)


def _sides(parts: Iterable[Query], name: str) -> list[tuple[str, ...]]:
    """Return the words of parts that must all hold, the subject's first."""
    sides = [words for part in parts if (words := _words(part, name))]
    return sorted(sides, key=lambda words: not _is_named(words, name))


def _words(query: Query, name: str) -> tuple[str, ...]:
    """Return words of which whatever matches has one; none for what has no say in that."""
    match query:
        case Term(text):
            return (text,)
        case Entity(_, aliases):
            return _unique(alias.text for alias in aliases)
        case Or(parts):
            sides = [_words(part, name) for part in parts]
            return _unique(word for side in sides for word in side) if all(sides) else ()
        case And(parts):
            return next(iter(_sides(parts, name)), ())
        case Near(left, right):
            return next(iter(_sides((left, right), name)), ())
        case Sentence(part) | InField(_, part) | Count(part):
            return _words(part, name)
        case Not() | Filter():
            return ()


def _is_named(words: Iterable[str], name: str) -> bool:
    return any(_spaced(word) in name for word in words)


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.casefold(), word)
    return tuple(first.values())


def _spaced(text: str) -> str:
    return f" {' '.join(pieces_of(text))} "
