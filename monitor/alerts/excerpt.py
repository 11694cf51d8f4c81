"""Turns a text and the places of its evidence into the sentences where they stand, in marked and unmarked pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.alerts.wording import spaced

#: Characters that a sentence may reach to either side of its evidence before it is cut with "…".
_REACH = 140
_SENTENCE_END = re.compile(r"""[。！？；!?]+[”’」』）)"']*|\.(?=\s)|\n+""")

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is evidence (`marked`) or stands around it."""

    text: str
    marked: bool


Line = tuple[Piece, ...]


def marked(text: str, ranges: Iterable[Range]) -> Line:
    """Return the whole of `text` in pieces, the ranges marked; overlapping ones are one, those outside are left out."""
    return _pieces(text, (0, len(text)), _merged(text, ranges))


def sentences(text: str, ranges: Iterable[Range]) -> tuple[Line, ...]:
    """Return each sentence of `text` that holds a range, once, in order, with its ranges marked."""
    groups: list[tuple[Range, list[Range]]] = []
    for found in _merged(text, ranges):
        start, end = _sentence(text, found)
        if groups and start < groups[-1][0][1]:
            (first, _), inside = groups.pop()
            groups.append(((first, end), [*inside, found]))
        else:
            groups.append(((start, end), [found]))
    return tuple(_with_ellipses(text, span, _pieces(text, span, inside)) for span, inside in groups)


def plain(line: Line) -> str:
    """Return the line's text without its marks."""
    return "".join(piece.text for piece in line)


def _merged(text: str, ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if not 0 <= start < end <= len(text):
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _sentence(text: str, found: Range) -> Range:
    start, end = found
    earliest, latest = max(0, start - _REACH), min(len(text), end + _REACH)
    for ended in _SENTENCE_END.finditer(text, earliest, start):
        earliest = ended.end()
    after = _SENTENCE_END.search(text, end, latest)
    return earliest, after.end() if after else latest


def _pieces(text: str, span: Range, ranges: Sequence[Range]) -> Line:
    pieces: list[Piece] = []
    at = span[0]
    for start, end in ranges:
        pieces += [Piece(spaced(text[at:start]), marked=False), Piece(spaced(text[start:end]), marked=True)]
        at = end
    pieces.append(Piece(spaced(text[at : span[1]]), marked=False))
    return _stripped([piece for piece in pieces if piece.text])


def _stripped(pieces: list[Piece]) -> Line:
    if pieces:
        pieces[0] = Piece(pieces[0].text.lstrip(), pieces[0].marked)
        pieces[-1] = Piece(pieces[-1].text.rstrip(), pieces[-1].marked)
    return tuple(piece for piece in pieces if piece.text)


def _with_ellipses(text: str, span: Range, line: Line) -> Line:
    start, end = span
    before = (Piece("…", marked=False),) if start > 0 and not _ends_at(text, start) else ()
    after = (Piece("…", marked=False),) if end < len(text) and not _ends_at(text, end) else ()
    return before + line + after


def _ends_at(text: str, position: int) -> bool:
    # One character more than the sentence, because a full stop ends one only before a space.
    return any(ended.end() == position for ended in _SENTENCE_END.finditer(text, max(0, position - 8), position + 1))
