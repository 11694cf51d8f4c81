"""One item as the matcher reads it: folded once, searched once, and asked where each term stands as often as need be.

Everything beyond the one pass of the automaton (places, words, sentences) is worked out when it is first asked for.
Places are half-open ranges of code points of the item's fields, joined by a character that no term runs over.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice

from monitor.model import Item
from monitor.text.dictionary import cuts_word, may_part
from monitor.text.fold import Folded, cased, fold
from monitor.text.sentences import sentence_ends, word_starts
from monitor.text.words import Term as Pattern
from monitor.text.words import read_term, stands, word_end
from monitor.watchlists.compile import ALWAYS_SEEN, Asks, Compiled
from monitor.watchlists.groups import MISSPELT, Group
from monitor.watchlists.query import TEXT_FIELDS, Filter, Term

_BARRIER = "\x00"
#: Hits of one folding, and distinct words for slips, that are looked at: a text with more is no news.
_MAX_LOOKS = 10_000
#: Places of one term that are kept.
_MAX_PLACES = 5_000
_LATIN_WORD = re.compile(r"[^\W\d_\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]+")

#: Start and end in the joined fields.
Place = tuple[int, int]
WHOLE: Place = (0, 1 << 60)


class Reading:
    """One item under one compiled set of watchlists."""

    def __init__(self, item: Item, compiled: Compiled, folded: Folded | None = None) -> None:
        self.item = item
        self.compiled = compiled
        self.text = _BARRIER.join((item.title, item.summary, item.content))
        self.folded = folded or fold(self.text)
        self._hits = compiled.automaton.find(self.folded.text)
        self._seen_of: dict[int, list[Term]] = {}
        self._has: dict[int, bool] = {}
        self._places: dict[int, list[Place]] = {}

    @cached_property
    def seen(self) -> set[int]:
        """The foldings of terms that stand in the folded text, as words or not; and `ALWAYS_SEEN`."""
        seen = {ALWAYS_SEEN}
        for first, hits in self._hits:
            seen.update([first + number for number, _, _ in hits])
        return seen

    @cached_property
    def _starts(self) -> dict[int, list[int]]:
        """Where each folding that stands in the folded text starts, in order."""
        found: dict[int, list[int]] = {}
        for first, hits in self._hits:
            for number, start, _ in hits:
                found.setdefault(first + number, []).append(start)
        return found

    def seen_of(self, group: Group) -> Sequence[Term]:
        """Return the terms of an alternative whose foldings stand in the text, and all misspelt ones."""
        known = self._seen_of.get(id(group))
        if known is None:
            spellings = group.keys() & self.seen
            known = [term for spelling in spellings for term in group[spelling]]
            known += group.get(MISSPELT, ())
            self._seen_of[id(group)] = known
        return known

    def opening(self) -> set[int]:
        """Return the terms of gates that stand in the item; words that only help others are not looked at."""
        openings = self.compiled.openings
        if self.folded.is_plain and self._has_few_hits():
            standing, doubtful = openings.sift(self._hits, self.text, self.folded)
        else:
            standing, doubtful = set(), self._starts
        for spelling, starts in doubtful.items():
            standing.update(n for n in openings.terms_at(spelling) if self._stands_at_any(n, starts))
        if self.compiled.fuzzy:
            standing.update(self._fuzzy)
        return standing

    def _has_few_hits(self) -> bool:
        return len(self.text) <= _MAX_LOOKS or sum(len(found) for _, found in self._hits) <= _MAX_LOOKS

    def has(self, number: int) -> bool:
        """Say whether a term stands in the item."""
        known = self._has.get(number)
        if known is None:
            starts = self._starts.get(self.compiled.spelling_of[number], ())
            known = self._has[number] = self._stands_at_any(number, starts) or self._is_meant(number)
        return known

    def _is_meant(self, number: int) -> bool:
        return self.compiled.terms[number].is_fuzzy and number in self._fuzzy

    def _stands_at_any(self, number: int, starts: Iterable[int]) -> bool:
        return any(self._stands(number, start) for start in islice(starts, _MAX_LOOKS))

    def _stands(self, number: int, start: int) -> bool:
        """Say whether a term stands where its folding does."""
        asks = self.compiled.asks[number]
        return stands(self.compiled.patterns[number], self.folded, start) and (
            asks is None or self._meant(number, start, asks)
        )

    def _meant(self, number: int, start: int, asks: Asks) -> bool:
        """Ask of a hit what folding cannot tell: its capitals, and whether the dictionary cuts it."""
        folded, end = self.folded, start + len(self.compiled.patterns[number].text)
        if asks.case and not _same_case(self.text[slice(*folded.span(start, end))], self.compiled.terms[number].text):
            return False
        if (asks.open_start or not may_part(folded.text, start)) and (asks.open_end or not may_part(folded.text, end)):
            return True
        first, last = folded.span(start, end)
        return not cuts_word(self.text, first, last, open_start=asks.open_start, open_end=asks.open_end)

    def cut_by(self, term: Term, place: Place) -> str:
        """Name the known word that a Chinese hit begins or ends in the middle of; "" where there is none."""
        asks = self.compiled.asks[self.compiled.numbers[term]]
        return cuts_word(self.text, *place, open_start=asks.open_start, open_end=asks.open_end) if asks else ""

    def hits(self, term: Term) -> list[Place]:
        """Return where a term's folding stands as words, also where capitals or the dictionary speak against it."""
        number = self.compiled.numbers[term]
        pattern = self.compiled.patterns[number]
        starts = self._starts.get(self.compiled.spelling_of[number], [])
        return [self._place(pattern, start) for start in starts[:_MAX_LOOKS] if stands(pattern, self.folded, start)]

    def places(self, term: Term) -> list[Place]:
        """Return where a term stands, in order."""
        return self.places_of(self.compiled.numbers[term])

    def places_of(self, number: int) -> list[Place]:
        """Return where the term of a number stands, in order."""
        if number not in self._places:
            self._places[number] = self._found(number)
        return self._places[number]

    def _found(self, number: int) -> list[Place]:
        starts = self._starts.get(self.compiled.spelling_of[number])
        if not starts:
            return self._fuzzy.get(number, []) if self.compiled.terms[number].is_fuzzy else []
        pattern = self.compiled.patterns[number]
        standing = (self._place(pattern, start) for start in starts[:_MAX_LOOKS] if self._stands(number, start))
        return list(islice(standing, _MAX_PLACES))

    def _place(self, pattern: Pattern, start: int) -> Place:
        end = start + len(pattern.text)
        return self.folded.span(start, word_end(self.folded, end) if pattern.is_prefix else end)

    @cached_property
    def _fuzzy(self) -> dict[int, list[Place]]:
        """Where each fuzzy term stands."""
        found: dict[int, list[Place]] = {}
        meant: dict[str, list[int]] = {}
        for word in _LATIN_WORD.finditer(self.text):
            folded = word.group().casefold()
            if folded not in meant:
                meant[folded] = self.compiled.fuzzy.find(folded) if len(meant) < _MAX_LOOKS else []
            for number in meant[folded]:
                found.setdefault(number, []).append(word.span())
        return found

    # Fields, sentences, words.

    @cached_property
    def bounds(self) -> dict[str, Place]:
        """Where each text field lies."""
        bounds, start = {}, 0
        for name in TEXT_FIELDS:
            end = start + len(getattr(self.item, name))
            bounds[name] = (start, end)
            start = end + 1
        return bounds

    def field_at(self, place: int) -> str:
        """Name the text field that a place lies in."""
        return TEXT_FIELDS[bisect_left(self._ends, place)]

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end in self.bounds.values()]

    @cached_property
    def sentences(self) -> list[Place]:
        """Every sentence, in order; a title is one."""
        found: list[Place] = []
        for name, (start, end) in self.bounds.items():
            ends = [end] if name == "title" else [start + each for each in sentence_ends(self.text[start:end])]
            found += zip([start, *ends], ends, strict=False)
        return found

    def sentence_of(self, place: Place) -> Place | None:
        """Return the sentence that a place lies in; None where it runs over its end."""
        sentence = self.sentences[bisect_right(self._sentence_starts, place[0]) - 1]
        return sentence if place[1] <= sentence[1] else None

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    @cached_property
    def _words(self) -> list[int]:
        return word_starts(self.text)

    def distance(self, first: Place, second: Place) -> int | None:
        """Count the words from one place to another, next to each other: 1; None where they overlap."""
        if first > second:
            first, second = second, first
        if first[1] > second[0]:
            return None
        return bisect_right(self._words, second[0]) - bisect_right(self._words, first[1] - 1)

    # What only narrows.

    def passes(self, wanted: Filter) -> bool:
        """Say whether a filter holds for the item."""
        value = wanted.term.text
        match wanted.name:
            case "feed":
                return self.item.feed.startswith(value) if wanted.term.is_prefix else self.item.feed == value
            case "lang":
                return _speaks(self.item.language, value)
        return _holds(getattr(self.item, wanted.name), wanted.term)

    @cached_property
    def repeated_title(self) -> Place:
        """Where the summary repeats the title, which counts once; an empty range where it does not."""
        start, _ = self.bounds["summary"]
        title = self.item.title.strip()
        at = self.item.summary.find(title) if title else -1
        return (start + at, start + at + len(title)) if at >= 0 else (0, 0)


def _speaks(language: str, wanted: str) -> bool:
    language, wanted = language.lower(), wanted.lower()
    return language == wanted or language.startswith(f"{wanted}-")


def _holds(text: str, term: Term) -> bool:
    """Say whether a term stands in a short text such as a source's name."""
    folded, pattern = fold(text), read_term(term.text, is_prefix=term.is_prefix)
    start = folded.text.find(pattern.text)
    while start >= 0:
        if stands(pattern, folded, start):
            first, last = folded.span(start, start + len(pattern.text))
            if not term.is_exact or _same_case(text[first:last], term.text):
                return True
        start = folded.text.find(pattern.text, start + 1)
    return False


def _same_case(found: str, written: str) -> bool:
    return found == written or cased(found) == cased(written)
