"""An item and the compiled watchlists to the matches: which watchlists the item belongs to, and where it says so.

Pure. A watchlist's verdict depends on that watchlist, its entities and the item alone: what others find never counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import overload

from monitor.model import Evidence, Item, Match
from monitor.watchlists.compile import Base, Compiled, Rule
from monitor.watchlists.evaluate import Found, evidence, holds
from monitor.watchlists.reading import Reading

#: Places of one term, and of all terms of one match, that are kept as evidence.
_MAX_PLACES = 5
_MAX_EVIDENCE = 20


class Matches(Sequence[Match]):
    """The matches of one item, in the order of the watchlists; each is made, with its evidence, when it is read."""

    def __init__(self, rules: Sequence[int], readings: Sequence[Reading]) -> None:
        """Take the numbers of the rules that hold, and for each the reading under which it does."""
        self._rules = rules
        self._readings = readings

    def __len__(self) -> int:
        return len(self._rules)

    def __iter__(self) -> Iterator[Match]:
        return map(self.__getitem__, range(len(self)))

    @overload
    def __getitem__(self, at: int) -> Match: ...
    @overload
    def __getitem__(self, at: slice) -> list[Match]: ...
    def __getitem__(self, at: int | slice) -> Match | list[Match]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        reading = self._readings[at]
        rule = reading.compiled.rules[self._rules[at]]
        return Match(rule.watchlist, rule.version, evidence_of(rule, reading))


def find_matches(item: Item, compiled: Compiled) -> Matches:
    """Return the matches of an item."""
    reading = Reading(item, compiled)
    met = _met(reading)
    if compiled.base is not None:
        return _merged(met, reading, compiled.base)
    return Matches(met, [reading] * len(met))


def _merged(met: list[int], reading: Reading, base: Base) -> Matches:
    """Join what changed watchlists met with what unchanged ones do, in the order of all."""
    under = Reading(reading.item, base.compiled, reading.folded)
    placed = [(base.changed[rule], rule, reading) for rule in met]
    placed += [(base.places[rule], rule, under) for rule in _met(under) if base.places[rule] >= 0]
    placed.sort(key=itemgetter(0))
    return Matches([rule for _, rule, _ in placed], [each for _, _, each in placed])


def _met(reading: Reading) -> list[int]:
    compiled = reading.compiled
    possible = compiled.openings.rules_of(reading.opening())
    if not possible:
        return []
    # Asked of all in one expression, since an item may have hundreds: most need no more than a term of their gate.
    doubts, seen = compiled.doubts, reading.seen
    doubtful = [rule for rule in possible if doubts[rule] in seen]
    possible.difference_update(rule for rule in doubtful if not _meets(compiled.rules[rule], reading))
    return sorted(possible)


def _meets(rule: Rule, reading: Reading) -> bool:
    needs, has = rule.needs, reading.has
    if any(map(has, rule.excluded)):
        return False
    if needs is None:
        return True
    if not all(any(map(has, clause)) for clause in needs.clauses):
        return False
    return needs.is_flat or holds(needs.query, reading)


def evidence_of(rule: Rule, reading: Reading) -> tuple[Evidence, ...]:
    """Return where the item says what the rule asks, in order; each term's first place before any second one."""
    terms = reading.compiled.terms
    if rule.needs is None:
        found = [(place, terms[n]) for n in rule.gate for place in reading.places_of(n)[:_MAX_PLACES]]
    else:
        found = list(evidence(rule.needs.query, reading))
    return tuple(_located(each, reading) for each in sorted(_chosen(found), key=_by_place))


def _chosen(found: list[Found]) -> list[Found]:
    """Keep a few places of each term, and of all terms the first before the second ones."""
    if len(found) == 1:
        return found
    times: dict[str, int] = {}
    ranked = []
    for each in dict.fromkeys(found):
        nth = times[each[1].text] = times.get(each[1].text, -1) + 1
        if nth < _MAX_PLACES:
            ranked.append((nth, each[0], each))
    ranked.sort(key=lambda row: row[:2])
    return [each for _, _, each in ranked[:_MAX_EVIDENCE]]


def _by_place(each: Found) -> tuple[tuple[int, int], str]:
    return each[0], each[1].text


def _located(each: Found, reading: Reading) -> Evidence:
    (start, end), term = each
    name = reading.field_at(start)
    offset = reading.bounds[name][0]
    return Evidence(name, start - offset, end - offset, term.shown)
