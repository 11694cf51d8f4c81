"""Chinese word boundaries: what the dictionary knows, and where the words of a text end.

The only home of the tokenizer. It is loaded when first asked (some 30 MB), nothing is ever taught to it, and no text or
watchlist changes how it cuts another.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from types import ModuleType

from monitor.text.hanzi import SIMPLIFIED

#: Characters on either side of a hit that decide how the dictionary cuts it.
_WINDOW = 8


class _Simplified(dict[int, int]):
    """Code point -> the simplified one; the identity is filled in as characters are met, for `str.translate`."""

    _MAX_KEPT = 30_000

    def __missing__(self, code_point: int) -> int:
        if len(self) < self._MAX_KEPT:
            self[code_point] = code_point
        return code_point


_SIMPLIFIED = _Simplified({ord(traditional): ord(simplified) for traditional, simplified in SIMPLIFIED.items()})
_ASCII = re.compile("[\x00-\x7f]")


@cache
def _followers() -> dict[str, str]:
    """Read which Chinese characters follow which inside the dictionary's words (1 MB)."""
    lines = files(__package__).joinpath("neighbours.txt").read_text(encoding="utf-8").splitlines()
    return {line[0]: line[1:] for line in lines if not line.startswith("#")}


@cache
def _tokenizer() -> ModuleType:
    import rjieba

    return rjieba


def forget_dictionary() -> None:
    """Give the dictionary's memory back; it is loaded again when next asked."""
    _tokenizer.cache_clear()
    # The package holds a dictionary of its own; the extension module below it stays, since it can be loaded only once.
    sys.modules.pop("rjieba", None)


@lru_cache(maxsize=4096)
def _cut(window: str) -> tuple[int, ...]:
    """Return the edges of the words that the dictionary sees in a short text; its guesses at names are left out."""
    return (0, *accumulate(map(len, _tokenizer().cut(window, False))))


def cuts_word(text: str, start: int, end: int, *, open_start: bool = False, open_end: bool = False) -> str:
    """Name the known word that `text[start:end]` begins or ends in the middle of; "" where there is none.

    Only words of two or more characters that the dictionary knows count. An open start or end may lie anywhere.
    """
    low = max(0, start - _WINDOW)
    window = text[low : end + _WINDOW].translate(_SIMPLIFIED)
    asks_start, asks_end = (
        not open_start and may_part(window, start - low),
        not open_end and may_part(window, end - low),
    )
    if not (asks_start or asks_end):
        return ""
    edges = _cut(window)
    if edges[-1] != len(window):
        return ""
    return (_word_around(start - low, window, edges) if asks_start else "") or (
        _word_around(end - low, window, edges) if asks_end else ""
    )


def may_part(simplified: str, place: int) -> bool:
    """Say whether any word holds the two characters beside a place of a simplified text: at most places, none does."""
    return 0 < place < len(simplified) and simplified[place] in _followers().get(simplified[place - 1], "")


def _word_around(place: int, text: str, edges: tuple[int, ...]) -> str:
    """Return the word that a place lies strictly inside of; "" for a Latin one, and where the place is an edge."""
    if place in edges:
        return ""
    following = bisect(edges, place)
    word = text[edges[following - 1] : edges[following]]
    return "" if _ASCII.search(word) else word


def guessed_word(text: str, start: int, end: int) -> str:
    """Name the longer word that `text[start:end]` may be part of, as the tokenizer guesses; "" where it does not."""
    low = max(0, start - _WINDOW)
    window = text[low : end + _WINDOW].translate(_SIMPLIFIED)
    last = 0
    for word in _tokenizer().cut(window, True):
        first, last = last, last + len(word)
        if first <= start - low and end - low <= last and (first, last) != (start - low, end - low):
            return str(word) if not word.isascii() else ""
        if first < start - low < last or first < end - low < last:
            return str(word)
    return ""


def word_edges(text: str) -> list[int]:
    """Return where each word of a Chinese text ends, as readers count them: the tokenizer's guesses included."""
    return list(accumulate(map(len, _tokenizer().cut(text.translate(_SIMPLIFIED), True))))
