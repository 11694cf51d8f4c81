"""Watchlists to the one automaton that finds all their terms in one pass, and what each hit can lead to.

A watchlist is only looked at where one of its gate's terms stands: terms of which at least one must be there whenever
it matches. Most watchlists are no more than that ("a OR b", with words that forbid it); for the others, what else they
need is kept beside. Only shapes are made here; whether an item matches is decided by `monitor.watchlists.match`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, product

from monitor.model import Watchlist
from monitor.text.words import Term as Pattern
from monitor.text.words import is_unspaced
from monitor.watchlists.automaton import Automaton
from monitor.watchlists.definition import pattern_of, query_of, version_of
from monitor.watchlists.fuzzy import FuzzyIndex
from monitor.watchlists.groups import MISSPELT, Groups
from monitor.watchlists.openings import Look, Openings
from monitor.watchlists.query import (
    And,
    Count,
    Entity,
    Filter,
    Near,
    Not,
    Or,
    Query,
    Term,
    children,
    walk,
)

#: Among the foldings that an item shows, one that none does, and one that each does.
NEVER_SEEN, ALWAYS_SEEN = -2, -3


@dataclass(frozen=True, slots=True)
class Needs:
    """What a watchlist needs beside its gate."""

    #: The whole query: what evidence and explanations come from.
    query: Query
    #: Of each of these sets at least one term must stand.
    clauses: tuple[tuple[int, ...], ...] = ()
    #: Whether the sets and `Rule.excluded` say all of it; distances, fields and counts they cannot say.
    is_flat: bool = False


@dataclass(frozen=True, slots=True)
class Asks:
    """What folding cannot tell of a term's hits, so that it is asked of each."""

    #: Whether it has the term's capitals.
    case: bool
    #: Whether it may begin, or end, inside a word that the dictionary knows.
    open_start: bool
    open_end: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One watchlist, compiled."""

    watchlist: str
    version: str
    #: Numbers of terms of which at least one must stand; its evidence, where it needs nothing else.
    gate: tuple[int, ...]
    #: Numbers of terms of which none may stand.
    excluded: tuple[int, ...]
    #: None where these two say all of it, and no term is fuzzy.
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """All watchlists of one version of the settings, ready to be asked; never changed afterwards."""

    watchlists: Sequence[Watchlist]
    #: One for each watchlist.
    rules: Sequence[Rule]
    #: Of each rule, the folding that, where it is seen, makes more to ask than the gate; `NEVER_SEEN`, `ALWAYS_SEEN`.
    doubts: Sequence[int]
    #: Every distinct term of all watchlists, by its number, with what is sought for it.
    terms: Sequence[Term]
    numbers: Mapping[Term, int]
    patterns: Sequence[Pattern]
    #: Of each term, what to ask of a hit that stands as words; None: nothing.
    asks: Sequence[Asks | None]
    #: Finds foldings in a folded text.
    automaton: Automaton
    #: Number of a term -> number of its folding in the automaton (`MISSPELT` for a fuzzy term).
    spelling_of: Sequence[int]
    #: What a hit leads to.
    openings: Openings
    fuzzy: FuzzyIndex
    #: The alternatives of the queries that are evaluated.
    groups: Groups
    #: What was compiled before and still holds: these watchlists are only those that changed since.
    base: Base | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """A former compilation under a few changes (`monitor.watchlists.recompile`)."""

    compiled: Compiled
    #: Of each of its watchlists, its place among all; -1 where it was changed or removed.
    places: Sequence[int]
    #: The places among all of those that changed.
    changed: Sequence[int]


def compile_watchlists(watchlists: Iterable[Watchlist]) -> Compiled:
    """Compile watchlists, in their order; raise WatchlistError for the first that has no meaning."""
    watchlists, terms = list(watchlists), _Terms()
    rules = [_rule(watchlist, terms) for watchlist in watchlists]
    opens = _opens(rules, len(terms.patterns))
    automaton, spelling_of = _automaton(terms)
    asks = [_asks(term, pattern) for term, pattern in zip(terms.numbers, terms.patterns, strict=True)]
    return Compiled(
        watchlists,
        rules,
        array("i", (_doubt(rule, spelling_of) for rule in rules)),
        list(terms.numbers),
        terms.numbers,
        terms.patterns,
        asks,
        automaton,
        spelling_of,
        Openings(opens, spelling_of, list(map(_look, terms.patterns, asks))),
        FuzzyIndex((term.text, number) for term, number in terms.numbers.items() if term.is_fuzzy),
        Groups(_queries_of(rules), terms.numbers, spelling_of),
    )


def _queries_of(rules: Iterable[Rule]) -> Iterator[Query]:
    """Yield the queries that are evaluated; the rules keep them."""
    return (rule.needs.query for rule in rules if rule.needs and not rule.needs.is_flat)


class _Terms:
    """The distinct terms met so far."""

    def __init__(self) -> None:
        self.numbers: dict[Term, int] = {}
        self.patterns: list[Pattern] = []
        #: Numbers of those that are sought with misspellings.
        self.fuzzy: set[int] = set()

    def number(self, term: Term, owner: str) -> int:
        new = len(self.patterns)
        number = self.numbers.setdefault(term, new)
        if number == new:
            self.patterns.append(pattern_of(term, subject=owner))
            if term.is_fuzzy:
                self.fuzzy.add(number)
        return number

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


def _rule(watchlist: Watchlist, terms: _Terms) -> Rule:
    query, version = query_of(watchlist), watchlist.version or version_of(watchlist)
    # Numbered even where another clause is the gate: every term of a rule can be asked for.
    flat = _flat(query, terms, watchlist.id)
    if flat is None:
        for node in walk(query):
            if isinstance(node, Term | Entity):
                terms.all_of(node, watchlist.id)
        gate = tuple(dict.fromkeys(terms.number(term, watchlist.id) for term in _gate(query)))
        return Rule(watchlist.id, version, gate, (), Needs(query))
    clauses, excluded = flat
    gate = clauses[0] if len(clauses) == 1 else min(clauses, key=lambda clause: _frequency(clause, terms))
    others = tuple(clause for clause in clauses if clause is not gate)
    if others or not terms.fuzzy.isdisjoint((*gate, *excluded)):
        return Rule(watchlist.id, version, gate, excluded, Needs(query, others, is_flat=True))
    return Rule(watchlist.id, version, gate, excluded, None)


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


def _automaton(terms: _Terms) -> tuple[Automaton, list[int]]:
    """Build what finds the terms' foldings; returns it with the number of each term's folding."""
    sought = [not term.is_fuzzy for term in terms.numbers]
    automaton = Automaton(list({pattern.text for pattern in compress(terms.patterns, sought)}))
    spellings = {text: number for number, text in enumerate(automaton.texts)}
    return automaton, [
        spellings[pattern.text] if is_sought else MISSPELT
        for pattern, is_sought in zip(terms.patterns, sought, strict=True)
    ]


def _doubt(rule: Rule, spelling_of: Sequence[int]) -> int:
    if rule.needs is not None or len(rule.excluded) > 1:
        return ALWAYS_SEEN
    return spelling_of[rule.excluded[0]] if rule.excluded else NEVER_SEEN


def _look(pattern: Pattern, asks: Asks | None) -> Look:
    if not pattern.seams and not pattern.is_prefix:
        if asks is None and pattern.starts_word and pattern.ends_word:
            return Look.EDGES
        if asks is _CHINESE and not pattern.starts_word and not pattern.ends_word:
            return Look.CUT
    return Look.ALL


def _asks(term: Term, pattern: Pattern) -> Asks | None:
    open_end = term.is_prefix or not is_unspaced(pattern.text[-1])
    return _ASKS[term.is_exact, not is_unspaced(pattern.text[0]), open_end]


#: Shared, since there are so few; none where nothing is to be asked.
_ASKS = {each: Asks(*each) if each != (False, True, True) else None for each in product((False, True), repeat=3)}
_CHINESE = _ASKS[False, False, False]


def _opens(rules: Iterable[Rule], terms: int) -> list[Sequence[int]]:
    found: list[Sequence[int]] = [()] * terms
    for number, rule in enumerate(rules):
        for term in rule.gate:
            known = found[term]
            if isinstance(known, list):
                known.append(number)
            else:
                found[term] = (number,) if not known else [*known, number]
    return found
