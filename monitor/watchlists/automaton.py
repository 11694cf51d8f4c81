"""Many short texts to what finds all of them in one text: Aho–Corasick automata, each of a bounded size.

Building one holds up every thread of the process, so a large set is built in pieces, between which the others get their
turn. Pieces are ranges of the sorted texts: what is read next to each other lies next to each other, and most of a text
leads nowhere in most pieces, so that three cost little more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import ahocorasick_rs

#: Of each piece, what to add to the numbers of its texts, and its hits: number of a text, and where it starts and ends.
Hits: TypeAlias = list[tuple[int, list[tuple[int, int, int]]]]

#: Bytes of the texts of one piece: building it holds up the other threads for some 0.1 s, or 0.02 s.
_MOST_BYTES, _LEAST_BYTES = 1_200_000, 150_000
#: Pieces, as long as these bounds allow it: a small set shall hold them up less.
_PIECES = 4
#: Texts that are sorted at once: some 10 ms, in which no other thread runs.
_SORTED = 20_000


class Automaton:
    """Finds texts, which it numbers from 0 in the order of `texts`."""

    def __init__(self, texts: Sequence[str]) -> None:
        #: The texts in the order of their numbers: sorted.
        self.texts = list(_sorted(texts))
        self._pieces = [
            (first, ahocorasick_rs.AhoCorasick(self.texts[first:end], store_patterns=False))
            for first, end in pairwise(_cuts(self.texts))
        ]

    def find(self, text: str) -> Hits:
        """Return where the texts stand in a text."""
        return [(first, piece.find_matches_as_indexes(text, overlapping=True)) for first, piece in self._pieces]


def _cuts(texts: Sequence[str]) -> Iterator[int]:
    """Yield where one piece ends and the next begins, the first beginning and the last end too."""
    sizes = [len(text.encode()) for text in texts]
    enough = min(max(sum(sizes) // _PIECES, _LEAST_BYTES), _MOST_BYTES)
    size = 0
    yield 0
    for number, more in enumerate(sizes, start=1):
        size += more
        if size >= enough or number == len(sizes):
            size = 0
            yield number


def _sorted(texts: Sequence[str]) -> Iterator[str]:
    """Sort texts, all of them different, a few at a time."""
    if len(texts) <= _SORTED:
        yield from sorted(texts)
        return
    # Of generators: `min` of a list would let no other thread run before its end.
    first, last = min(text for text in texts), max(text for text in texts)
    shared = next(at for at in range(len(last)) if first[at : at + 1] != last[at])
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(text[shared : shared + 1], []).append(text)
    for letter in sorted(groups):
        yield from _sorted(groups[letter])
