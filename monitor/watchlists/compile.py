"""Watchlists to the one automaton that finds all their terms in one pass, and what each hit can lead to.

A watchlist is only looked at where one of its gate's terms stands: terms of which at least one must be there whenever
it matches. Most watchlists are no more than that ("a OR b", with words that forbid it); for the others, what else they
need is kept beside. Only shapes are made here; whether an item matches is decided by `monitor.watchlists.match`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, product
from typing import TypeAlias

from monitor.model import Watchlist
from monitor.text.words import Term as Pattern
from monitor.text.words import is_unspaced
from monitor.watchlists.automaton import Automaton
from monitor.watchlists.definition import pattern_of, query_of, version_of
from monitor.watchlists.fuzzy import FuzzyIndex
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
    alternatives,
    children,
    walk,
)

#: The terms of an alternative by their foldings (-1: misspelt ones).
Group: TypeAlias = dict[int, list[Term]]


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
    #: Of each rule, what it needs beside its gate.
    needs: Sequence[Needs | None]
    #: Of each rule, the foldings of the terms of which none may stand.
    excluded: Sequence[tuple[int, ...]]
    #: Every distinct term of all watchlists, by its number, with what is sought for it.
    terms: Sequence[Term]
    numbers: Mapping[Term, int]
    patterns: Sequence[Pattern]
    #: Of each term, what to ask of a hit that stands as words; None: nothing.
    asks: Sequence[Asks | None]
    #: Finds foldings in a folded text.
    automaton: Automaton
    #: Number of a term -> number of its folding in the automaton (-1 for a fuzzy term).
    spelling_of: Sequence[int]
    #: Number of a folding -> numbers of the terms that fold to it ("TBD Lab" and "TBDLab") and are in a gate.
    openers: Sequence[tuple[int, ...]]
    #: Number of a term -> rules whose gate holds it.
    opens: Sequence[Sequence[int]]
    fuzzy: FuzzyIndex
    #: Of each entity and plain alternative in the rules' queries, by its `id()`: folding -> its terms that fold so.
    groups: Mapping[int, Group]
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
    return Compiled(
        watchlists,
        rules,
        [rule.needs for rule in rules],
        [tuple(spelling_of[term] for term in rule.excluded) for rule in rules],
        list(terms.numbers),
        terms.numbers,
        terms.patterns,
        [_asks(term, pattern) for term, pattern in zip(terms.numbers, terms.patterns, strict=True)],
        automaton,
        spelling_of,
        _openers(opens, spelling_of, len(automaton.texts)),
        opens,
        FuzzyIndex((term.text, number) for term, number in terms.numbers.items() if term.is_fuzzy),
        dict(_groups(rules, terms.numbers, spelling_of)),
    )


def _groups(
    rules: Iterable[Rule], numbers: Mapping[Term, int], spelling_of: Sequence[int]
) -> Iterator[tuple[int, Group]]:
    """Yield the alternatives that are looked up as a whole; the rules keep the nodes, and so their ids, alive."""
    for needs in (rule.needs for rule in rules if rule.needs and not rule.needs.is_flat):
        for node in walk(needs.query):
            if isinstance(node, Entity) or (
                isinstance(node, Or) and all(isinstance(part, Term | Entity) for part in node.parts)
            ):
                group: Group = {}
                for term in dict.fromkeys(alternatives(node)):
                    group.setdefault(spelling_of[numbers[term]], []).append(term)
                yield id(node), group


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
        spellings[pattern.text] if is_sought else -1 for pattern, is_sought in zip(terms.patterns, sought, strict=True)
    ]


def _openers(opens: Sequence[Sequence[int]], spelling_of: Sequence[int], spellings: int) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()] * spellings
    for term, spelling in enumerate(spelling_of):
        if opens[term] and spelling >= 0:
            found[spelling] = (*found[spelling], term)
    return found


def _asks(term: Term, pattern: Pattern) -> Asks | None:
    open_end = term.is_prefix or not is_unspaced(pattern.text[-1])
    return _ASKS[term.is_exact, not is_unspaced(pattern.text[0]), open_end]


#: Shared, since there are so few; none where nothing is to be asked.
_ASKS = {each: Asks(*each) if each != (False, True, True) else None for each in product((False, True), repeat=3)}


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
