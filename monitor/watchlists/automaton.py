"""Many short texts to what finds all of them in one text: Aho–Corasick automata, each of a bounded size.

Building one holds up every thread of the process, so a large set is built in pieces, between which the others get their
turn. Pieces are ranges of the sorted texts: what is read next to each other lies next to each other, and most of a text
leads nowhere in most pieces, so that three cost little more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import ahocorasick_rs

#: Of each piece, what to add to the numbers of its texts, and its hits: number of a text, and where it starts and ends.
Hits: TypeAlias = list[tuple[int, list[tuple[int, int, int]]]]

#: Texts of one piece: building it takes some 0.15 s.
_MOST = 120_000
#: Texts that are sorted at once: some 10 ms, in which no other thread runs.
_SORTED = 20_000


class Automaton:
    """Finds texts, which it numbers from 0 in the order of `texts`."""

    def __init__(self, texts: Sequence[str]) -> None:
        #: The texts in the order of their numbers: sorted.
        self.texts = list(_sorted(texts))
        self._pieces = [
            (first, ahocorasick_rs.AhoCorasick(self.texts[first : first + _MOST], store_patterns=False))
            for first in range(0, len(self.texts), _MOST)
        ]

    def find(self, text: str) -> Hits:
        """Return where the texts stand in a text."""
        return [(first, piece.find_matches_as_indexes(text, overlapping=True)) for first, piece in self._pieces]


def _sorted(texts: Sequence[str]) -> Iterator[str]:
    """Sort texts, all of them different, a few at a time."""
    if len(texts) <= _SORTED:
        yield from sorted(texts)
        return
    first, last = min(texts), max(texts)
    shared = next(at for at in range(len(last)) if first[at : at + 1] != last[at])
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(text[shared : shared + 1], []).append(text)
    for letter in sorted(groups):
        yield from _sorted(groups[letter])
