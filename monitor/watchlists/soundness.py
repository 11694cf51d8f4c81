"""What is wrong with a query that the grammar lets pass: the rules of docs/watchlists.md that say more. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.watchlists.query import (
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
    children,
    walk,
)

#: Where in the query's text, and why.
Fault = tuple[int, str]


def faults(query: Query) -> Iterator[Fault]:
    """Yield what makes a query refused, in the order of the text."""
    for node in walk(query):
        if isinstance(node, (Near, InField, Sentence)):
            yield from _faults_at(node)
    if (place := without_term(query)) is not None:
        yield place, "this could match without any term: a query needs a word or phrase that must be there"


def _faults_at(node: Near | InField | Sentence) -> Iterator[Fault]:
    match node:
        case Near(left, right):
            yield from _faults_of_side(left)
            yield from _faults_of_side(right)
        case InField(name, part):
            yield from _faults_inside(part, f"{name}:")
        case Sentence(part):
            yield from _faults_inside(part, "SENTENCE( )")
            if (place := without_term(part)) is not None:
                yield place, "SENTENCE( ) could hold without any term: it needs one that must be there"


def _faults_of_side(side: Query) -> Iterator[Fault]:
    for part in side.parts if isinstance(side, Or) else (side,):
        if not isinstance(part, Term | Entity):
            yield part.at, "NEAR stands between terms, @entities and brackets of them joined by OR; not around this"


def _faults_inside(inside: Query, what: str) -> Iterator[Fault]:
    for node in walk(inside):
        if isinstance(node, InField | Filter | Count):
            yield node.at, f"{'COUNT' if isinstance(node, Count) else f'{node.name}:'} cannot stand inside {what}"


def without_term(query: Query, *, wanted: bool = True) -> int | None:
    """Find a place for whose sake a query can be `wanted` (true or false) while none of its terms stands anywhere.

    Filters may say whatever suits. None where it cannot be.
    """
    if isinstance(query, (Term, Entity, Near, Count)):
        return None if wanted else query.at
    if isinstance(query, Filter):
        return query.at
    if isinstance(query, Not):
        return None if without_term(query.part, wanted=not wanted) is None else query.at
    first = None
    for part in children(query):
        place = without_term(part, wanted=wanted)
        if (place is not None) == (isinstance(query, Or) == wanted):
            return place  # one part will do, whether for or against it
        first = place if first is None else first
    return first
