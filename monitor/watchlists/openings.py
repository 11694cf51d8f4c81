"""The hits of one item to the rules that they open: flat arrays, and the matcher's innermost loop over them.

An item touches a few places far apart in what hundreds of thousands of watchlists compile to, and each costs a look
into memory that no cache holds. So what is asked of a hit is one byte of its folding, and the rules of a term are
numbers side by side; an object is only looked at where these do not suffice. Pure.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import accumulate, chain

from monitor.text.dictionary import cuts_word, may_part
from monitor.text.fold import Folded
from monitor.text.words import ends_word, is_word
from monitor.watchlists.automaton import Hits


class Look(IntEnum):
    """What to ask of a folding's hits."""

    #: Nothing: they open no rule.
    NONE = 0
    #: Whether they have a word's edges: what a word of a script with blanks is asked.
    EDGES = 1
    #: Whether the dictionary may cut them: what a Chinese word is asked.
    CUT = 2
    #: All that can be asked.
    ALL = 3


class Openings:
    """Which terms of gates a hit of each folding may be, and which rules each of these opens."""

    def __init__(self, opens: Sequence[Sequence[int]], spelling_of: Sequence[int], looks: Sequence[Look]) -> None:
        """Lay out what is given of each term: the rules that it opens, its folding (-1: none), what to ask of it."""
        terms: dict[int, list[int]] = {}
        for term, spelling in enumerate(spelling_of):
            if opens[term] and spelling >= 0:
                terms.setdefault(spelling, []).append(term)
        self._looks = bytearray(max(spelling_of, default=-1) + 1)
        self._term = array("i", (-1 for _ in self._looks))
        for spelling, found in terms.items():
            self._looks[spelling] = looks[found[0]] if len(found) == 1 else Look.ALL
            self._term[spelling] = found[0]
        self._terms: Mapping[int, Sequence[int]] = {each: found for each, found in terms.items() if len(found) > 1}
        self._rules = array("i", chain.from_iterable(opens))
        self._firsts = array("i", accumulate(map(len, opens), initial=0))

    def terms_at(self, spelling: int) -> Sequence[int]:
        """Return the terms of gates that fold so."""
        term = self._term[spelling]
        return () if term < 0 else self._terms.get(spelling, (term,))

    def rules_of(self, terms: Iterable[int]) -> set[int]:
        """Return the rules that any of these terms opens."""
        rules, firsts = self._rules, self._firsts
        found: set[int] = set()
        for term in terms:
            found.update(rules[firsts[term] : firsts[term + 1]])
        return found

    def sift(self, hits: Hits, plain: str, folded: Folded) -> tuple[set[int], dict[int, list[int]]]:
        """Return the terms that surely stand in a plain text, and of which foldings more must be asked, from where."""
        looks, sure, doubtful = self._looks, set[int](), dict[int, list[int]]()
        asked = [
            (look, first + number, start, end)
            for first, found in hits
            for number, start, end in found
            if (look := looks[first + number])
        ]
        if not asked:
            return sure, doubtful
        term, text, gaps = self._term, folded.text, folded.gaps
        edges = {0, *gaps}
        for look, spelling, start, end in asked:
            if look == _EDGES:
                # The first of these turns away most: short words are parts of others.
                if start not in edges and is_word(text[start - 1]):
                    continue
                if end not in edges and not ends_word(text, end):
                    continue
            elif look == _CUT:
                is_joined = (start not in edges and may_part(text, start)) or (end not in edges and may_part(text, end))
                if is_joined and cuts_word(plain, *folded.span(start, end)):
                    continue
            if look == _ALL or gaps[bisect_right(gaps, start)] < end:  # something was left out inside
                doubtful.setdefault(spelling, []).append(start)
            else:
                sure.add(term[spelling])
        return sure, doubtful


#: Plain numbers, quicker to compare.
_EDGES, _CUT, _ALL = int(Look.EDGES), int(Look.CUT), int(Look.ALL)
