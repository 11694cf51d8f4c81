"""A text to the form in which terms are sought, with a map back to the code points of the text itself.

Folding makes one of what readers take for one: full width and half width, capitals and small letters, traditional and
simplified characters. And it leaves out what stands between words (blanks, hyphens, quotation marks, middle dots, the
possessive 's) and what is not seen at all (zero-width characters, soft hyphens): "TBD-Lab", "TBD Lab" and "TBDLab" all
fold to "tbdlab", so that one pass of an automaton finds every spelling. Whether what was left out, or a capital,
allows a hit is then asked of `monitor.text.words`, which reads it from the text itself.

Each character folds alike whatever stands beside it. So the slice of a text that a hit covers folds to what was sought.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import accumulate

from monitor.text.hanzi import SIMPLIFIED

#: Between two fields, and two cells of a table: no term runs over them.
BARRIERS = "\x00\t"
APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u2032`\u00b4\uff07"
QUOTES = (
    APOSTROPHES
    + '"\u201c\u201d\u201e\u201a\u201f\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f\u301d\u301e\u2033\uff02'
)
HYPHENS = "-_\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d\uff3f"
MIDDLE_DOTS = "\u00b7\u30fb\uff65\u2022\u2027\u2219\u22c5\u2e31"
_BETWEEN_WORDS = frozenset(QUOTES + HYPHENS + MIDDLE_DOTS)
#: Unseen characters that are not of the category Cf: variation selectors, fillers, joiners.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

#: 's before anything but another letter; the letters are those of the languages that write it.
_POSSESSIVE = re.compile(rf"[{APOSTROPHES}](?<=\w.)[sS](?![A-Za-z\u00c0-\u024f])")
#: A letter with the marks that NFC would join to it (bounded: ordering long runs of marks takes quadratic time), or the
#: parts of one Korean syllable.
_MARKED = re.compile(
    "[\u1100-\u115f][\u1161-\u11a7][\u11a8-\u11ff]?|.[\u0300-\u036f\u0653-\u0655\u3099\u309a]{0,16}", re.DOTALL
)


#: In a spaced folding: before the characters that one code point alone made, where it made several ("㍿"). Folding
#: leaves out both this and the blank as blanks, so that neither ever stands for itself.
_SEVERAL = "\x1f"


class _Table(dict[int, str]):
    """Code point -> its spaced folding; filled as characters are met."""

    #: More characters than any honest text uses; a hostile one shall not fill the memory.
    _MAX_KEPT = 30_000

    def __missing__(self, code_point: int) -> str:
        folded = _spaced_unit(chr(code_point))
        if len(self) < self._MAX_KEPT:
            self[code_point] = folded
        return folded


@lru_cache(maxsize=4096)
def _fold_unit(unit: str) -> str:
    # Signs and numbers of their own keep their form: in "Qwen™" and "①Qwen" NFKC would glue letters to the word, and
    # of "´" it would make a blank and a loose accent.
    normal = unit if unicodedata.category(unit[0]) in ("So", "Sk", "No") else unicodedata.normalize("NFKC", unit)
    return "".join(SIMPLIFIED.get(c, c) for c in normal.casefold() if not _is_left_out(c))


def _spaced_unit(unit: str) -> str:
    """Fold a unit, with a blank for what is left out and not unseen, and a mark before several characters."""
    folded = _fold_unit(unit)
    if folded:
        return folded if len(folded) == 1 else _SEVERAL + folded
    return "" if all(map(is_unseen, unit)) else " "


def _is_left_out(character: str) -> bool:
    if character.isspace() or character in BARRIERS:
        return character not in BARRIERS
    return character in _BETWEEN_WORDS or is_unseen(character)


def is_unseen(character: str) -> bool:
    """Say whether a character takes no room and parts nothing: a zero-width space, a soft hyphen."""
    return unicodedata.category(character) == "Cf" or _UNSEEN.match(character) is not None


_TABLE = _Table()
_ASCII = bytes(range(128)).decode()
_ASCII_SPACED = "".join(_spaced_unit(c) for c in _ASCII).encode() + bytes(range(128, 256))


class Folded:
    """A text, its folding, and which code points of the one made which of the other.

    `text` is the folding. The rest is worked out when first asked for: most texts hold no hit.
    """

    def __init__(self, source: str) -> None:
        #: The text, with each possessive 's as two apostrophes, so that it reads as something between words.
        self.source = _POSSESSIVE.sub("''", source)
        #: Its letters, each with its marks, where letters and marks stand apart: the rare case, and the slow one.
        self._marked = None if unicodedata.is_normalized("NFC", source) else _MARKED.findall(self.source)
        spaced = self._folded()
        #: Whether one code point made each character, and none is unseen, as in nearly every text.
        self.is_plain = self._marked is None and len(spaced) == len(self.source) and _SEVERAL not in spaced
        #: The folding with a blank for each thing that was left out between words.
        self._spaced = spaced if self.is_plain else spaced.replace(_SEVERAL, "")
        self.text = self._spaced.replace(" ", "")

    def _folded(self) -> str:
        if self.source.isascii():
            return self.source.encode().translate(_ASCII_SPACED).decode()
        if self._marked is None:
            return self.source.translate(_TABLE)
        return "".join(map(_spaced_unit, self._marked))

    @cached_property
    def gaps(self) -> list[int]:
        """Before which character of `text` each thing between words was left out, in order, and last its length."""
        return list(accumulate(map(len, self._spaced.split(" "))))

    def start_of(self, at: int) -> int:
        """Return where the code points start that made a character of `text`."""
        return at + bisect_right(self.gaps, at) if self.is_plain else self._edges[0][at]

    def end_of(self, at: int) -> int:
        """Return where the code points end that made a character of `text`."""
        return at + bisect_right(self.gaps, at) + 1 if self.is_plain else self._edges[1][at]

    @cached_property
    def _edges(self) -> tuple[list[int], list[int]]:
        """Where the code points start, and where they end, that made each character of `text`."""
        units = self.source if self._marked is None else self._marked
        edges = [0, *accumulate(map(len, units))]
        made = [len(_fold_unit(unit)) for unit in units]
        return _repeated(edges, made), _repeated(edges[1:], made)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of the text's code points that made `text[start:end]` (not empty)."""
        return self.start_of(start), self.end_of(end - 1)


def _repeated(values: Iterable[int], times: Iterable[int]) -> list[int]:
    return [value for value, count in zip(values, times, strict=False) for _ in range(count)]


def fold(text: str) -> Folded:
    """Fold a plain text, or a term."""
    return Folded(text)


def cased(text: str) -> str:
    """Fold a text as `fold` does, but for its capitals."""
    normal = unicodedata.normalize("NFKC", _POSSESSIVE.sub("''", text))
    return "".join(SIMPLIFIED.get(c, c) for c in normal if not _is_left_out(c))
