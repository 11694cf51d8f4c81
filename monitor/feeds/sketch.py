"""The texts of an entry to a sketch of 20 hex digits that tells later by how much they have changed. Pure.

Eight digits are of the title's words, and change with any of them. The other twelve are a min-hash of the text (one
permutation, twelve bins, four bits of each): the share of them that differs estimates the share of the text that does.
Case, punctuation beside words and blanks do not count. Source: Li, Owen, Zhang, "One Permutation Hashing" (2012).
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left

_BINS = 12
_WIDTH = 2**32 // _BINS
_TITLE_DIGITS = 8
#: Digits of the text that must differ in a changed entry: a quarter of the text.
_CHANGED = 3
#: What is looked at of a text: changes further down are hardly news.
_LOOKED_AT = 1_000
_NO_WORD = re.compile(r"[\W_]+")
#: Chinese has no blanks; its clauses serve as words.
_ENDS_OF_CLAUSES = "，。、；：！？"


def sketch(title: str, text: str) -> str:
    """Sketch an entry: 20 hex digits."""
    words = _NO_WORD.sub(" ", title).casefold().strip().encode("utf-8", "surrogatepass")
    return f"{zlib.crc32(words):08x}{_text_digits(text[:_LOOKED_AT])}"


def has_changed(old: str, new: str) -> bool:
    """Tell whether an entry says other things: another title, or a quarter of its text.

    What an older version hashed is of another length, and tells nothing.
    """
    if old == new or len(old) != len(new):
        return False
    if old[:_TITLE_DIGITS] != new[:_TITLE_DIGITS]:
        return True
    digits = zip(old[_TITLE_DIGITS:], new[_TITLE_DIGITS:], strict=True)
    return sum(before != after for before, after in digits) >= _CHANGED


def _text_digits(text: str) -> str:
    for mark in _ENDS_OF_CLAUSES:
        text = text.replace(mark, " ")
    hashes = sorted(map(zlib.crc32, text.casefold().encode("utf-8", "surrogatepass").split()))
    firsts = (bisect_left(hashes, number * _WIDTH) for number in range(_BINS))
    return "".join(_digit(hashes, first, (number + 1) * _WIDTH) for number, first in enumerate(firsts))


def _digit(hashes: list[int], first: int, end: int) -> str:
    """Give four bits of the least hash of a bin; 0 for an empty one."""
    if first == len(hashes) or hashes[first] >= end:
        return "0"
    return f"{hashes[first] & 15:x}"
