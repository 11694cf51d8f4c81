"""The alternatives of queries as they are asked: which of their terms an item can hold, and which branches it can meet.

An alternative of terms is looked up as a whole, by the foldings that an item shows; a branch of any other alternative
is passed over where one of the groups that it needs shows none. Only shapes are made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from monitor.watchlists.query import And, Count, Entity, InField, Near, Or, Query, Sentence, Term, alternatives, walk

#: In place of the folding's number, for a misspelt term, which has none.
MISSPELT = -1

#: Terms by the numbers of their foldings; under `MISSPELT` those that every item may hold.
Group: TypeAlias = dict[int, list[Term]]


class Groups:
    """The groups of queries, whose nodes are known by id and so must outlive them; equal alternatives share a group."""

    def __init__(self, queries: Iterable[Query], numbers: Mapping[Term, int], spelling_of: Sequence[int]) -> None:
        """Lay out the alternatives of queries; `numbers` tells a term's number, `spelling_of` its folding's."""
        self._numbers, self._spelling_of = numbers, spelling_of
        self._shared: dict[tuple[Term, ...], Group] = {}
        #: Of each entity and plain alternative, by its id.
        self.whole: dict[int, Group] = {}
        #: Of each branch of the other alternatives, by its id, the groups of each of which it needs a term.
        self.needed: dict[int, tuple[Group, ...]] = {}
        for node in (node for query in queries for node in walk(query)):
            if isinstance(node, Entity) or (isinstance(node, Or) and _is_plain(node)):
                self.whole[id(node)] = self._group(node)
            elif isinstance(node, Or):
                self.needed.update((id(part), tuple(map(self._group, _needed(part)))) for part in node.parts)

    def _group(self, node: Query) -> Group:
        terms = tuple(dict.fromkeys(alternatives(node)))
        if terms not in self._shared:
            group = self._shared[terms] = {}
            for term in terms:
                group.setdefault(self._spelling_of[self._numbers[term]], []).append(term)
        return self._shared[terms]


def _is_plain(node: Or) -> bool:
    return all(isinstance(part, Term | Entity) for part in node.parts)


def _needed(query: Query) -> Iterator[Query]:
    """Yield terms, entities and plain alternatives of each of which a term stands wherever the query holds."""
    match query:
        case Term() | Entity():
            yield query
        case Or() if _is_plain(query):
            yield query
        case And(parts):
            for part in parts:
                yield from _needed(part)
        case Near(left, right):
            yield from (*_needed(left), *_needed(right))
        case Sentence(part) | InField(_, part) | Count(part):
            yield from _needed(part)
