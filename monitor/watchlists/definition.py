"""A watchlist as its author wrote it to the one tree that says what it means: a query, or the three lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.text.words import Term as Pattern
from monitor.text.words import read_term
from monitor.watchlists.language import MAX_TERMS, parse, parse_term
from monitor.watchlists.query import Entity, Filter, Not, Query, Term, all_of, any_of, walk


def check(watchlist: Watchlist) -> None:
    """Read a watchlist and all its terms, and keep nothing: raises WatchlistError where it would not compile."""
    for node in walk(query_of(watchlist)):
        match node:
            case Term():
                pattern_of(node, subject=watchlist.id)
            case Filter(_, term):
                pattern_of(term, subject=watchlist.id)
            case Entity(_, aliases):
                for alias in aliases:
                    pattern_of(alias, subject=watchlist.id)


def pattern_of(term: Term, *, subject: str) -> Pattern:
    """Return what is sought for a term. Raises WatchlistError where it could never be found."""
    try:
        return read_term(term.text, is_prefix=term.is_prefix)
    except ValueError as error:
        raise WatchlistError(subject, f'the term "{term.text}" can never be found: {error}') from None


def query_of(watchlist: Watchlist) -> Query:
    """Read a watchlist. Raises WatchlistError where it is not in the language or could never match."""
    lists = (watchlist.terms, watchlist.context, watchlist.exclude)
    if watchlist.query and any(lists):
        raise WatchlistError(watchlist.id, "it has a query and lists; only one of the two can say what it means")
    if watchlist.query:
        return parse(watchlist.query, subject=watchlist.id, entities=watchlist.entities)
    if not watchlist.terms:
        raise WatchlistError(watchlist.id, "it has neither a query nor terms, so it could never match")
    query = _query_of_lists(watchlist)
    _check_size(query, watchlist.id)
    return query


def _query_of_lists(watchlist: Watchlist) -> Query:
    parts = [_any(watchlist, watchlist.terms)]
    if watchlist.context:
        parts.append(_any(watchlist, watchlist.context))
    if watchlist.exclude:
        parts.append(Not(_any(watchlist, watchlist.exclude)))
    return all_of(tuple(parts))


def _check_size(query: Query, subject: str) -> None:
    size = sum(len(node.aliases) if isinstance(node, Entity) else isinstance(node, Term) for node in walk(query))
    if size > MAX_TERMS:
        raise WatchlistError(
            subject, f"it has {size} terms, those of its entities included; at most {MAX_TERMS} are allowed"
        )


def _any(watchlist: Watchlist, entries: Iterable[str]) -> Query:
    return any_of(tuple(_entry(watchlist, entry) for entry in entries))


def _entry(watchlist: Watchlist, entry: str) -> Query:
    try:
        return parse_term(entry, subject=watchlist.id, entities=watchlist.entities)
    except WatchlistError as error:
        raise WatchlistError(watchlist.id, f'the term "{entry}": {error.cause}') from None


def version_of(watchlist: Watchlist) -> str:
    """Return twelve hex digits of what decides a watchlist's verdict: its words and the aliases of its entities."""
    used = {name: aliases for name, aliases in sorted(watchlist.entities.items()) if _names(watchlist, name)}
    lists = [sorted(set(part)) for part in (watchlist.terms, watchlist.context, watchlist.exclude)]
    said = msgspec.json.encode([watchlist.query, *lists, used])
    return hashlib.sha256(said).hexdigest()[:12]


def _names(watchlist: Watchlist, entity: str) -> bool:
    """Say whether a watchlist may name an entity; one more than it does only makes another version."""
    mark = f"@{entity}"
    parts = (watchlist.terms, watchlist.context, watchlist.exclude)
    return mark in watchlist.query or any(mark == entry.strip() for part in parts for entry in part)
