"""An item and the compiled watchlists to the matches: which watchlists the item belongs to, and where it says so.

Pure. A watchlist's verdict depends on that watchlist and the item alone: what other watchlists find never counts.
"""

from __future__ import annotations

from monitor.model import Evidence, Item, Match
from monitor.text.fold import Folded, fold
from monitor.text.words import Term, stands, word_end
from monitor.watchlists.compile import Compiled, Rule

FIELDS = ("title", "summary", "content")

#: Places of one term, and of all terms of one match, that are kept as evidence.
_MAX_PLACES = 5
_MAX_EVIDENCE = 20

#: Stands between the fields of an item, which are folded and searched as one text; no term runs over it.
_FIELD_BARRIER = "\x00"

#: Start and end in the code points of the joined fields.
_Place = tuple[int, int]


def find_matches(item: Item, compiled: Compiled) -> list[Match]:
    """Return the matches of an item, in the order of the watchlists, each with its evidence."""
    fields = [item.title, item.summary, item.content]
    folded = fold(_FIELD_BARRIER.join(fields))
    places = _places(folded, compiled)
    possible = {rule for term in places for rule in compiled.rules_of[term]}
    met = [compiled.rules[rule] for rule in sorted(possible) if _is_met(compiled.rules[rule], places)]
    return [Match(rule.watchlist, rule.version, _evidence(rule, places, compiled.terms, fields)) for rule in met]


def _places(folded: Folded, compiled: Compiled) -> dict[int, list[_Place]]:
    """Return for each term that stands in the text its first places, in order."""
    found: dict[int, list[_Place]] = {}
    if compiled.automaton is None:
        return found
    for folding, start, _ in compiled.automaton.find_matches_as_indexes(folded.text, overlapping=True):
        for number in compiled.spellings[folding]:
            places = found.get(number, ())
            if len(places) < _MAX_PLACES and stands(compiled.terms[number], folded, start):
                found.setdefault(number, []).append(_place(compiled.terms[number], folded, start))
    return found


def _place(term: Term, folded: Folded, start: int) -> _Place:
    end = start + len(term.text)
    return folded.span(start, word_end(folded, end) if term.is_prefix else end)


def _is_met(rule: Rule, places: dict[int, list[_Place]]) -> bool:
    if rule.context and not any(term in places for term in rule.context):
        return False
    return not any(term in places for term in rule.exclude)


def _evidence(
    rule: Rule, places: dict[int, list[_Place]], terms: tuple[Term, ...], fields: list[str]
) -> tuple[Evidence, ...]:
    """Return where the rule's terms and context stand, in order; each term's first place before any second one."""
    present = [term for term in dict.fromkeys(rule.terms + rule.context) if term in places]
    # Ties go to the order in the watchlist: numbers of terms depend on what other watchlists hold.
    ranked = sorted((nth, place, n) for n, term in enumerate(present) for nth, place in enumerate(places[term]))
    kept = sorted((place, n) for _, place, n in ranked[:_MAX_EVIDENCE])
    return tuple(_located(place, terms[present[n]].written, fields) for place, n in kept)


def _located(place: _Place, written: str, fields: list[str]) -> Evidence:
    start, end = place
    for name, text in zip(FIELDS, fields, strict=True):
        if start <= len(text) and end <= len(text):
            return Evidence(name, start, end, written)
        start, end = start - len(text) - 1, end - len(text) - 1
    raise AssertionError("a place lies in one of the fields")
