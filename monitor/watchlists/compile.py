"""Watchlists to the one automaton that finds all their terms in one pass, and what each hit can lead to.

A watchlist is only looked at where one of its gate's terms stands: terms of which at least one must be there whenever
it matches. Most watchlists are no more than that ("a OR b", with words that forbid it); for the others, what else they
need is kept beside. Only shapes are made here; whether an item matches is decided by `monitor.watchlists.match`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ahocorasick_rs

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.text.words import Term as Pattern
from monitor.text.words import is_unspaced, read_term
from monitor.watchlists.definition import query_of, version_of
from monitor.watchlists.fuzzy import FuzzyIndex
from monitor.watchlists.query import And, Count, Entity, Filter, Near, Not, Or, Query, Term, children, walk


@dataclass(frozen=True, slots=True)
class Needs:
    """What a watchlist needs beside its gate."""

    #: The whole query: what evidence and explanations come from.
    query: Query
    #: Of each of these sets at least one term must stand; of `excluded` none may.
    clauses: tuple[frozenset[int], ...] = ()
    excluded: frozenset[int] = frozenset()
    #: Whether the sets say all of it; distances, fields and counts they cannot say.
    is_flat: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One watchlist, compiled."""

    watchlist: str
    version: str
    #: Numbers of terms of which at least one must stand; its evidence, where it needs nothing else.
    gate: tuple[int, ...]
    #: None where the gate alone, and what `Compiled.blocked_by` says, decides.
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """All watchlists of one version of the settings, ready to be asked; never changed afterwards."""

    rules: Sequence[Rule]
    #: Of each rule, what it needs beside its gate.
    needs: Sequence[Needs | None]
    #: Every distinct term of all watchlists, by its number, with what is sought for it.
    terms: Sequence[Term]
    numbers: Mapping[Term, int]
    patterns: Sequence[Pattern]
    #: Whether a hit of the term needs no more looks than at its words' edges.
    plain: Sequence[bool]
    #: Finds foldings in a folded text; None where there is none to find.
    automaton: ahocorasick_rs.AhoCorasick | None
    #: Number of a folding in the automaton -> numbers of the terms that fold to it ("TBD Lab" and "TBDLab").
    spellings: Sequence[tuple[int, ...]]
    #: Number of a term -> number of its folding (-1 for a fuzzy term).
    spelling_of: Sequence[int]
    #: Number of a term -> rules whose gate holds it, and rules that it forbids.
    opens: Sequence[Sequence[int]]
    blocked_by: Sequence[Sequence[int]]
    fuzzy: FuzzyIndex


def compile_watchlists(watchlists: Iterable[Watchlist]) -> Compiled:
    """Compile watchlists, in their order; raise WatchlistError for the first that has no meaning."""
    terms = _Terms()
    rules: list[Rule] = []
    blocked: list[tuple[int, int]] = []
    for watchlist in watchlists:
        rule, forbidding = _rule(watchlist, terms)
        blocked += [(term, len(rules)) for term in forbidding]
        rules.append(rule)
    opening = [(term, number) for number, rule in enumerate(rules) for term in rule.gate]
    automaton, spellings = _automaton(terms)
    return Compiled(
        rules,
        [rule.needs for rule in rules],
        list(terms.numbers),
        terms.numbers,
        terms.patterns,
        [_is_plain(term, terms.patterns[number]) for term, number in terms.numbers.items()],
        automaton,
        spellings,
        _inverted(spellings, len(terms.patterns)),
        _by_term(opening, len(terms.patterns)),
        _by_term(blocked, len(terms.patterns)),
        FuzzyIndex((term.text, number) for term, number in terms.numbers.items() if term.is_fuzzy),
    )


class _Terms:
    """The distinct terms met so far."""

    def __init__(self) -> None:
        self.numbers: dict[Term, int] = {}
        self.patterns: list[Pattern] = []

    def number(self, term: Term, owner: str) -> int:
        known = self.numbers.get(term)
        if known is not None:
            return known
        try:
            pattern = read_term(term.text, is_prefix=term.is_prefix)
        except ValueError as error:
            raise WatchlistError(owner, f'the term "{term.text}" can never be found: {error}') from None
        self.patterns.append(pattern)
        self.numbers[term] = len(self.patterns) - 1
        return len(self.patterns) - 1

    def all_of(self, query: Query, owner: str) -> tuple[int, ...] | None:
        """Number the terms of a plain alternative; None for any other query."""
        parts = query.parts if isinstance(query, Or) else (query,)
        found: list[int] = []
        for part in parts:
            if isinstance(part, Term):
                found.append(self.number(part, owner))
            elif isinstance(part, Entity):
                found += [self.number(alias, owner) for alias in part.aliases]
            else:
                return None
        return tuple(dict.fromkeys(found))


def _rule(watchlist: Watchlist, terms: _Terms) -> tuple[Rule, Sequence[int]]:
    """Compile one watchlist; returns it with the terms that forbid it, where those alone need no look at the rule."""
    query, version = query_of(watchlist), watchlist.version or version_of(watchlist)
    # Numbered even where another clause is the gate: every term of a rule can be asked for.
    flat = _flat(query, terms, watchlist.id)
    if flat is None:
        for node in walk(query):
            if isinstance(node, Term | Entity):
                terms.all_of(node, watchlist.id)
        gate = tuple(dict.fromkeys(terms.number(term, watchlist.id) for term in _gate(query)))
        return Rule(watchlist.id, version, gate, Needs(query)), ()
    clauses, excluded = flat
    gate = min(clauses, key=lambda clause: _frequency(clause, terms))
    others = tuple(frozenset(clause) for clause in clauses if clause is not gate)
    if not others:
        return Rule(watchlist.id, version, gate, None), excluded
    return Rule(watchlist.id, version, gate, Needs(query, others, frozenset(excluded), is_flat=True)), ()


def _flat(query: Query, terms: _Terms, owner: str) -> tuple[list[tuple[int, ...]], tuple[int, ...]] | None:
    """Read a query as "one of each of these, none of those"; None where it says more than that."""
    clauses: list[tuple[int, ...]] = []
    excluded: list[int] = []
    for part in query.parts if isinstance(query, And) else (query,):
        found = terms.all_of(part.part if isinstance(part, Not) else part, owner)
        if found is None:
            return None
        if isinstance(part, Not):
            excluded += found
        else:
            clauses.append(found)
    return clauses, tuple(dict.fromkeys(excluded))


def _frequency(clause: Iterable[int], terms: _Terms) -> float:
    """Guess how often one of these terms stands in a text: the longer, the rarer; a Chinese character says more."""
    return sum(0.4 ** sum(1 if character < "\u2e80" else 3 for character in terms.patterns[n].text) for n in clause)


def _gate(query: Query, *, wanted: bool = True) -> list[Term]:
    """Choose terms of which at least one must stand wherever the query is `wanted` (true or false)."""
    match query:
        case Not(part):
            return _gate(part, wanted=not wanted)
        case Term():
            return [query] if wanted else []
        case Entity(_, aliases):
            return list(aliases) if wanted else []
        case Filter():
            return []
        case Near() | Count() if not wanted:
            return []
    gates = [_gate(part, wanted=wanted) for part in children(query)]
    if isinstance(query, Or) == wanted:  # one part will do
        return [] if [] in gates else [term for gate in gates for term in gate]
    return min(filter(None, gates), key=_rarity, default=[])


def _rarity(gate: list[Term]) -> float:
    return sum(0.4 ** sum(1 if character < "\u2e80" else 3 for character in term.text) for term in gate)


def _automaton(terms: _Terms) -> tuple[ahocorasick_rs.AhoCorasick | None, list[tuple[int, ...]]]:
    spellings: dict[str, tuple[int, ...]] = {}
    for term, number in terms.numbers.items():
        if not term.is_fuzzy:
            text = terms.patterns[number].text
            spellings[text] = (*spellings.get(text, ()), number)
    automaton = ahocorasick_rs.AhoCorasick(list(spellings), store_patterns=False) if spellings else None
    return automaton, list(spellings.values())


def _inverted(spellings: list[tuple[int, ...]], terms: int) -> list[int]:
    spelling_of = [-1] * terms
    for spelling, numbers in enumerate(spellings):
        for number in numbers:
            spelling_of[number] = spelling
    return spelling_of


def _is_plain(term: Term, pattern: Pattern) -> bool:
    return not (term.is_exact or is_unspaced(pattern.text[0]) or is_unspaced(pattern.text[-1]))


def _by_term(pairs: Iterable[tuple[int, int]], terms: int) -> list[Sequence[int]]:
    found: list[Sequence[int]] = [()] * terms
    for term, rule in pairs:
        known = found[term]
        if isinstance(known, list):
            known.append(rule)
        else:
            found[term] = (rule,) if not known else [*known, rule]
    return found
