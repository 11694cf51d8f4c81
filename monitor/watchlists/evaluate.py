"""What a query says of one item: whether it holds, and where it says so. One meaning, for verdict and evidence alike.

Each node is asked within a window of the item: all of it, one field, or one sentence. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

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
    walk,
)
from monitor.watchlists.reading import WHOLE, Place, Reading

#: A place with the term that stands there.
Found = tuple[Place, Term]


def holds(query: Query, reading: Reading, window: Place = WHOLE) -> bool:
    """Say whether a query holds for an item, looking at a window of it alone."""
    match query:
        case Term():
            return bool(within(reading.places(query), window))
        case Entity() | Or():
            return any(holds(part, reading, window) for part in _candidates(query, reading))
        case And(parts):
            return all(holds(part, reading, window) for part in parts)
        case Not(part):
            return not holds(part, reading, window)
        case Near():
            return _may_hold(query, reading) and next(_pairs(query, reading, window), None) is not None
        case Sentence(part):
            if not _may_hold(part, reading):
                return False
            return any(holds(part, reading, each) for each in _sentences(part, reading, window))
        case InField(name, part):
            return holds(part, reading, _narrowed(window, reading.bounds[name]))
        case Filter():
            return reading.passes(query)
        case Count(part, least):
            return len(counted(part, reading)) >= least


def _may_hold(query: Query, reading: Reading) -> bool:
    """Say whether the terms that a query needs stand anywhere: a cheap look before sentences and distances."""
    match query:
        case Term():
            return reading.has(reading.compiled.numbers[query])
        case Entity() | Or():
            return any(_may_hold(part, reading) for part in _candidates(query, reading))
        case And(parts):
            return all(_may_hold(part, reading) for part in parts)
        case Near(left, right):
            return _may_hold(left, reading) and _may_hold(right, reading)
        case Sentence(part) | InField(_, part) | Count(part):
            return _may_hold(part, reading)
    return True


def _candidates(query: Entity | Or, reading: Reading) -> Iterable[Query]:
    """Return the parts of an alternative that may hold: those whose foldings, or all groups of which, an item shows."""
    groups, seen_of = reading.compiled.groups, reading.seen_of
    whole = groups.whole.get(id(query))
    if whole is not None:
        return seen_of(whole)
    parts = query.aliases if isinstance(query, Entity) else query.parts
    return (part for part in parts if all(map(seen_of, groups.needed.get(id(part), ()))))


def evidence(query: Query, reading: Reading, window: Place = WHOLE) -> Iterator[Found]:
    """Yield where a query that holds says so: every place of every term that helps, none of what is denied."""
    match query:
        case Not(part):
            yield from _evidence_against(part, reading, window)
        case Term():
            yield from ((place, query) for place in within(reading.places(query), window))
        case Entity(_, aliases):
            for alias in aliases:
                yield from evidence(alias, reading, window)
        case And(parts) | Or(parts):
            for part in parts:
                if holds(part, reading, window):
                    yield from evidence(part, reading, window)
        case Near():
            yield from (found for pair in _pairs(query, reading, window) for found in pair)
        case Sentence(part):
            for each in _sentences(part, reading, window):
                if holds(part, reading, each):
                    yield from evidence(part, reading, each)
        case InField(name, part):
            yield from evidence(part, reading, _narrowed(window, reading.bounds[name]))
        case Count(part):
            yield from counted(part, reading)


def _evidence_against(query: Query, reading: Reading, window: Place) -> Iterator[Found]:
    """Yield what speaks against a query that does not hold: what it denies, and stands there."""
    match query:
        case Not(part) if holds(part, reading, window):
            yield from evidence(part, reading, window)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _evidence_against(part, reading, window)
        case InField(name, part):
            yield from _evidence_against(part, reading, _narrowed(window, reading.bounds[name]))


def within(places: list[Place], window: Place) -> list[Place]:
    """Return the places that lie in a window; `places` are in order."""
    if window is WHOLE or not places:
        return places
    start, end = window
    inside = places[bisect_left(places, (start, start)) : bisect_left(places, (end, end))]
    return [place for place in inside if place[1] <= end]


def found(query: Query, reading: Reading, window: Place = WHOLE) -> list[Found]:
    """Return the places of a term, an entity or an alternative of them, in order."""
    match query:
        case Term():
            return [(place, query) for place in within(reading.places(query), window)]
        case Entity() | Or():
            parts = _candidates(query, reading)
            return sorted((each for part in parts for each in found(part, reading, window)), key=_by_place)
    return []


def _by_place(each: Found) -> tuple[Place, str]:
    return each[0], each[1].text


def counted(part: Term | Entity, reading: Reading) -> list[Found]:
    """Return the places that COUNT counts: a title that the summary repeats counts once, as do hits that overlap."""
    start, end = reading.repeated_title
    distinct: list[Found] = []
    for each in found(part, reading):
        (first, last), _ = each
        if start <= first and last <= end and end:
            continue
        if not distinct or first >= distinct[-1][0][1]:
            distinct.append(each)
    return distinct


def _pairs(near: Near, reading: Reading, window: Place) -> Iterator[tuple[Found, Found]]:
    """Yield, for each place of the left side, the nearest of the right side that is near enough."""
    left, right = _joinable(near.left, near, reading, window), _joinable(near.right, near, reading, window)
    by_end = sorted(right, key=_end)
    starts, ends = [start for (start, _), _ in right], [end for (_, end), _ in by_end]
    for each in left:
        start, end = each[0]
        # None before it is nearer than the one that ends last, none behind it than the one that starts first.
        last, first = bisect_right(ends, start) - 1, bisect_left(starts, end)
        nearest = ([by_end[last]] if last >= 0 else []) + right[first : first + 1]
        enough = [(d, other) for other in nearest if (d := _distance(near, reading, each[0], other[0])) is not None]
        if enough:
            yield each, min(enough, key=lambda found: found[0])[1]


def _end(each: Found) -> int:
    return each[0][1]


def _joinable(side: Query, near: Near, reading: Reading, window: Place) -> list[Found]:
    """Return the places of one side; for NEAR within a sentence, without those that run over its end."""
    places = found(side, reading, window)
    return places if near.words is not None else [each for each in places if reading.sentence_of(each[0]) is not None]


def _distance(near: Near, reading: Reading, first: Place, second: Place) -> int | None:
    """Count the words between two places; None where that is too far, or they are not in one field or sentence."""
    if near.words is None:
        if reading.sentence_of(first) != reading.sentence_of(second):
            return None
        return reading.distance(first, second)
    if reading.field_at(first[0]) != reading.field_at(second[0]):
        return None
    distance = reading.distance(first, second)
    return distance if distance is not None and distance <= near.words else None


def _sentences(part: Query, reading: Reading, window: Place) -> list[Place]:
    """Return the sentences of a window that hold any of a query's terms, in order."""
    places = [
        place for node in walk(part) if isinstance(node, Term | Entity) for place, _ in found(node, reading, window)
    ]
    return sorted({sentence for place in places if (sentence := reading.sentence_of(place)) is not None})


def _narrowed(window: Place, bounds: Place) -> Place:
    return max(window[0], bounds[0]), min(window[1], bounds[1])
