"""Watchlists to the one automaton that finds all their terms in one pass, and what each hit can lead to.

Only shapes are made here; whether an item matches is decided by `monitor.watchlists.match`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import ahocorasick_rs

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.text.words import Term, read_term


@dataclass(frozen=True, slots=True)
class Rule:
    """A watchlist as numbers of terms: any of `terms`, at least one of `context` where given, none of `exclude`."""

    watchlist: str
    version: str
    terms: tuple[int, ...]
    context: tuple[int, ...]
    exclude: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """All watchlists of one version of the settings, ready to be asked; never changed afterwards."""

    rules: tuple[Rule, ...]
    #: Every distinct term of all watchlists; its place is its number.
    terms: tuple[Term, ...]
    #: Finds foldings in a folded text; None where there is none to find.
    automaton: ahocorasick_rs.AhoCorasick | None
    #: Number of a folding in the automaton -> numbers of the terms that fold to it ("TBD Lab" and "TBDLab").
    spellings: tuple[tuple[int, ...], ...]
    #: Number of a term -> numbers of the rules whose `terms` hold it: no other rule can match for its sake.
    rules_of: tuple[tuple[int, ...], ...]


def compile_watchlists(watchlists: Iterable[Watchlist]) -> Compiled:
    """Compile watchlists, in their order; raise WatchlistError for the first term that could never be found."""
    watchlists = tuple(watchlists)
    owners: dict[str, str] = {}
    for watchlist in watchlists:
        for written in (*watchlist.terms, *watchlist.context, *watchlist.exclude):
            owners.setdefault(written, watchlist.id)
    terms = tuple(_read(written, owner) for written, owner in owners.items())
    numbers = {written: number for number, written in enumerate(owners)}
    rules = tuple(_rule(watchlist, numbers) for watchlist in watchlists)
    return Compiled(rules, terms, *_automaton(terms), _rules_of(rules, len(terms)))


def version_of(terms: Iterable[str], context: Iterable[str], exclude: Iterable[str]) -> str:
    """Return twelve hex digits of what decides a watchlist's verdict; the order of the words does not."""
    parts = [sorted(set(part)) for part in (terms, context, exclude)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _read(written: str, owner: str) -> Term:
    try:
        return read_term(written)
    except ValueError as error:
        raise WatchlistError(owner, f'the term "{written}" can never be found: {error}') from None


def _rule(watchlist: Watchlist, numbers: dict[str, int]) -> Rule:
    if not watchlist.terms:
        raise WatchlistError(watchlist.id, "it has no terms, so it could never match")
    parts = watchlist.terms, watchlist.context, watchlist.exclude
    version = watchlist.version or version_of(*parts)
    return Rule(watchlist.id, version, *(tuple(numbers[written] for written in part) for part in parts))


def _automaton(terms: Iterable[Term]) -> tuple[ahocorasick_rs.AhoCorasick | None, tuple[tuple[int, ...], ...]]:
    spellings: dict[str, list[int]] = {}
    for number, term in enumerate(terms):
        spellings.setdefault(term.text, []).append(number)
    automaton = ahocorasick_rs.AhoCorasick(list(spellings), store_patterns=False) if spellings else None
    return automaton, tuple(map(tuple, spellings.values()))


def _rules_of(rules: Iterable[Rule], terms: int) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in range(terms)]
    for number, rule in enumerate(rules):
        for term in dict.fromkeys(rule.terms):
            found[term].append(number)
    return tuple(map(tuple, found))
