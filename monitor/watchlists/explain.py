"""Why an item belongs to a watchlist, or which clause failed: a verdict in words, for people. Pure.

"汪滔 stands in the title; none of @meta, Scale AI, 超级智能 within 40 words of it." It asks the same questions as the
verdict, of the same reading, so that it cannot say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.model import Evidence, Item, Watchlist
from monitor.text.dictionary import guessed_word
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.definition import query_of
from monitor.watchlists.evaluate import counted, found, holds
from monitor.watchlists.match import evidence_of
from monitor.watchlists.query import (
    TEXT_FIELDS,
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
    written,
)
from monitor.watchlists.reading import WHOLE, Place, Reading

_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict with its reasons."""

    watchlist: str
    version: str
    matched: bool
    #: Sentences, the most telling first.
    lines: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


def explain(item: Item, watchlist: Watchlist) -> Explanation:
    """Say why an item belongs to a watchlist or not. Raises WatchlistError where the watchlist does not compile."""
    compiled = compile_watchlists([watchlist])
    reading, query, rule = Reading(item, compiled), query_of(watchlist), compiled.rules[0]
    if not holds(query, reading):
        return Explanation(watchlist.id, rule.version, False, tuple(_why_not(query, reading, WHOLE)))
    evidence = evidence_of(rule, reading)
    return Explanation(watchlist.id, rule.version, True, tuple(_why(evidence, reading)), evidence)


# What speaks for it.


def _why(evidence: Sequence[Evidence], reading: Reading) -> Iterable[str]:
    by_field = {name: [each for each in evidence if each.field == name] for name in TEXT_FIELDS}
    told = [
        f"{_listed(dict.fromkeys(each.term for each in inside))} in the {name}"
        for name, inside in by_field.items()
        if inside
    ]
    yield f"It matches: {'; '.join(told)}."
    for each in evidence:
        start = reading.bounds[each.field][0]
        if guess := guessed_word(reading.text, start + each.start, start + each.end):
            yield (
                f"Doubtful: {each.term} in the {each.field} may belong to {guess}, a word that the dictionary "
                "does not know; such guesses never count against a match."
            )


# What speaks against it.


def _why_not(query: Query, reading: Reading, window: Place) -> list[str]:
    """Say why a query that does not hold does not: one sentence for each clause that failed."""
    match query:
        case Term() | Entity():
            return [_missing([query], reading, window)]
        case And(parts):
            return _why_not_all(parts, reading, window)
        case Or(parts):
            return _why_none(parts, reading, window)
        case Not(part):
            return [f"{_standing(part, reading, window) or written(part)}, which NOT forbids."]
        case Near():
            return [_too_far(query, reading, window)]
        case Sentence(part):
            return [f"No single sentence holds {written(part)}.", *_why_not_alone(part, reading, window)]
        case InField(name, part):
            bounds = reading.bounds[name]
            return [f"In the {name}: {line}" for line in _why_not(part, reading, bounds)]
        case Filter(name, term):
            return [f"Its {name} is {_value(name, reading)!r}, not {term.shown}."]
        case Count(part, least):
            times = len(counted(part, reading))
            return [f"{written(part)} stands {times} {'time' if times == 1 else 'times'}; {least} are needed."]


def _why_not_alone(part: Query, reading: Reading, window: Place) -> list[str]:
    return [] if holds(part, reading, window) else _why_not(part, reading, window)


def _why_not_all(parts: Sequence[Query], reading: Reading, window: Place) -> list[str]:
    failed = [part for part in parts if not holds(part, reading, window)]
    standing = [told for part in parts if part not in failed and (told := _standing(part, reading, window))]
    lines = [line for part in failed for line in _why_not(part, reading, window)]
    return [f"{'; '.join(standing)}; {_lowered(lines[0])}", *lines[1:]] if standing else lines


def _why_none(parts: Sequence[Query], reading: Reading, window: Place) -> list[str]:
    """Of an alternative, explain the branches that came some way; name the rest together."""
    leaves = [part for part in parts if isinstance(part, Term | Entity)]
    branches = [part for part in parts if not isinstance(part, Term | Entity)]
    begun = [part for part in branches if _standing(part, reading, window)]
    lines = [line for part in begun for line in _why_not(part, reading, window)]
    if leaves:
        lines.append(_missing(leaves, reading, window))
    if not begun and branches:
        lines += [line for part in branches[:_MOST_NAMES] for line in _why_not(part, reading, window)]
    return list(dict.fromkeys(lines))


def _missing(leaves: Sequence[Query], reading: Reading, window: Place) -> str:
    """Say that terms do not stand there, and what spoke against those that nearly do."""
    near_misses = [told for leaf in leaves for term in _terms(leaf) if (told := _near_miss(term, reading))]
    names = [written(leaf).strip('"') for leaf in leaves]
    if len(names) == 1 and isinstance(leaves[0], Term):
        return "; ".join(near_misses) + "." if near_misses else f"{names[0]} does not stand {_where(window)}."
    return "; ".join([f"None of {_listed(names)} stands {_where(window)}", *near_misses]) + "."


def _terms(leaf: Query) -> tuple[Term, ...]:
    return leaf.aliases if isinstance(leaf, Entity) else (leaf,) if isinstance(leaf, Term) else ()


def _near_miss(term: Term, reading: Reading) -> str:
    """Say what spoke against a term whose letters stand there as words; "" where they do not."""
    for place in [] if term.is_fuzzy else reading.hits(term):
        name = reading.field_at(place[0])
        if word := reading.cut_by(term, place):
            return f"{term.shown} stands in the {name} only as part of {word}, which the dictionary knows"
        if term.is_exact:
            return f"{reading.text[slice(*place)]} in the {name} has other capitals than {term.shown}"
    return ""


def _too_far(near: Near, reading: Reading, window: Place) -> str:
    left, right = found(near.left, reading, window), found(near.right, reading, window)
    reach = "in the same sentence" if near.words is None else f"within {near.words} words of it"
    for one, other, here in ((near.left, near.right, left), (near.right, near.left, right)):
        if here and not (right if here is left else left):
            return f"{_standing(one, reading, window)}; {_lowered(_missing(_parts(other), reading, window))}"
    if not left:
        return f"{_missing([*_parts(near.left)], reading, window)}"
    distances = [
        distance
        for first, _ in left
        for second, _ in right
        if reading.field_at(first[0]) == reading.field_at(second[0])
        and (distance := reading.distance(first, second)) is not None
    ]
    nearest = f"the nearest is {min(distances)} words away" if distances else "they stand in different fields"
    names = _listed(written(part).strip('"') for part in _parts(near.right))
    return f"{_standing(near.left, reading, window)}; none of {names} {reach}: {nearest}."


def _parts(side: Query) -> tuple[Query, ...]:
    return side.parts if isinstance(side, Or) else (side,)


def _standing(query: Query, reading: Reading, window: Place) -> str:
    """Say which terms of a query stand where; "" where none does."""
    places = [each for node in _leaves(query) for each in found(node, reading, window)]
    told: dict[str, dict[str, None]] = {}
    for (start, _), term in places:
        told.setdefault(reading.field_at(start), {})[term.shown] = None
    return "; ".join(f"{_listed(terms)} {_verb(terms)} in the {name}" for name, terms in told.items())


def _leaves(query: Query) -> list[Query]:
    match query:
        case Term() | Entity():
            return [query]
        case And(parts) | Or(parts):
            return [leaf for part in parts for leaf in _leaves(part)]
        case Near(left, right):
            return [*_leaves(left), *_leaves(right)]
        case Sentence(part) | InField(_, part) | Count(part):
            return _leaves(part)
    return []


# Words.


def _value(name: str, reading: Reading) -> str:
    return reading.item.language if name == "lang" else str(getattr(reading.item, name))


def _where(window: Place) -> str:
    return "in title, summary or content" if window is WHOLE else "there"


def _verb(terms: Sequence[str] | dict[str, None]) -> str:
    return "stands" if len(terms) == 1 else "stand"


def _lowered(sentence: str) -> str:
    return (
        sentence[0].lower() + sentence[1:] if sentence.startswith(("None of", "Its ", "In the ", "No ")) else sentence
    )


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _MOST_NAMES
    return ", ".join(listed[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
