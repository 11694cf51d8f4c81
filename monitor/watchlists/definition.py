"""A watchlist as its author wrote it to the one tree that says what it means: a query, or the three lists."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeAlias

import msgspec

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.text.words import Term as Pattern
from monitor.watchlists.language import MAX_TERMS, parse, parse_term, read_pattern
from monitor.watchlists.query import Entity, Not, Query, Term, all_of, alternatives, any_of, walk

#: What one entry of the three lists says.
Leaf: TypeAlias = Term | Entity

_NAMED = re.compile(r"@([\w.-]+)")


def check(watchlist: Watchlist) -> None:
    """Read a watchlist and all its terms, and keep nothing: raises WatchlistError where it would not compile."""
    leaves: Iterable[Query]
    if watchlist.query:
        query = query_of(watchlist)  # its own words are read with it
        leaves = (node for node in walk(query) if isinstance(node, Entity)) if "@" in watchlist.query else ()
    else:
        leaves = chain(*_entries(watchlist))
    for leaf in leaves:
        for term in alternatives(leaf):
            pattern_of(term, subject=watchlist.id)


def pattern_of(term: Term, *, subject: str) -> Pattern:
    """Return what is sought for a term. Raises WatchlistError where it could never be found."""
    try:
        return read_pattern(term.text, term.is_prefix)
    except ValueError as error:
        raise WatchlistError(subject, f"the term {_quoted(term.text)} can never be found: {error}") from None


def query_of(watchlist: Watchlist) -> Query:
    """Read a watchlist. Raises WatchlistError where it is not in the language or could never match."""
    if not watchlist.query:
        return _query_of_lists(*_entries(watchlist))
    if watchlist.terms or watchlist.context or watchlist.exclude:
        raise WatchlistError(watchlist.id, "it has a query and lists; only one of the two can say what it means")
    return parse(watchlist.query, subject=watchlist.id, entities=watchlist.entities)


def _entries(watchlist: Watchlist) -> list[list[Leaf]]:
    """Read the three lists, in their order."""
    if not watchlist.terms:
        raise WatchlistError(watchlist.id, "it has neither a query nor terms, so it could never match")
    lists = (watchlist.terms, watchlist.context, watchlist.exclude)
    read = [[_entry(watchlist, entry) for entry in entries] for entries in lists]
    _check_size(chain(*read), watchlist.id)
    return read


def _query_of_lists(terms: Sequence[Leaf], context: Sequence[Leaf], exclude: Sequence[Leaf]) -> Query:
    parts = [any_of(tuple(terms))]
    if context:
        parts.append(any_of(tuple(context)))
    if exclude:
        parts.append(Not(any_of(tuple(exclude))))
    return all_of(tuple(parts))


def _check_size(leaves: Iterable[Leaf], subject: str) -> None:
    size = sum(len(leaf.aliases) if isinstance(leaf, Entity) else 1 for leaf in leaves)
    if size > MAX_TERMS:
        raise WatchlistError(
            subject, f"it has {size} terms, those of its entities included; at most {MAX_TERMS} are allowed"
        )


def _entry(watchlist: Watchlist, entry: str) -> Leaf:
    try:
        return parse_term(entry, subject=watchlist.id, entities=watchlist.entities)
    except WatchlistError as error:
        raise WatchlistError(watchlist.id, f"the term {_quoted(entry)}: {error.cause}") from None


def _quoted(text: str) -> str:
    """Write a term for its author; what a terminal could take for a command is escaped."""
    return f'"{text}"' if text.isprintable() else json.dumps(text)


def version_of(watchlist: Watchlist) -> str:
    """Return twelve hex digits of what decides a watchlist's verdict: its words and the aliases of its entities."""
    lists = [sorted(set(part)) for part in (watchlist.terms, watchlist.context, watchlist.exclude)]
    said = msgspec.json.encode([watchlist.query, *lists, _entities_of(watchlist)])
    return hashlib.sha256(said).hexdigest()[:12]


def _entities_of(watchlist: Watchlist) -> dict[str, tuple[str, ...]]:
    """Return the entities that a watchlist may name; one more than it does only makes another version."""
    texts = (watchlist.query, *watchlist.terms, *watchlist.context, *watchlist.exclude)
    named = {name for text in texts if "@" in text for name in _NAMED.findall(text)}
    return {name: watchlist.entities[name] for name in sorted(named) if name in watchlist.entities}
