"""Whether a term that the folding finds really stands there: at the edges of words, and with fit gaps inside.

Latin words (and those of every script that puts blanks between words) have edges; Chinese, Japanese, Korean and Thai
terms may stand anywhere. Inside a term, what the folding left out must be something that writers put into a name: a
blank, a hyphen, a quotation mark or a middle dot; between Chinese characters only the last two. " - ", a comma or a
full stop is not.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

from monitor.text.fold import HYPHENS, MIDDLE_DOTS, QUOTES, Folded, fold, is_unseen

#: Scripts without blanks between words, and Korean, whose particles hang on the noun.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\uff66-\uffdc\U0001b000-\U0001b2ff\U00020000-\U000323af]"
)
#: What writers put between the Chinese characters of one name: 亚历山大·王, 代号“牛油果”.
_SIGN_GAP = re.compile(rf"\s*[{MIDDLE_DOTS}]\s*|[{QUOTES}]+")
_NAME_GAP = re.compile(rf"[{QUOTES}]*(?:\s+|[{re.escape(HYPHENS)}])?[{QUOTES}]*")


@dataclass(frozen=True, slots=True)
class Term:
    """A term as it is sought: its folding, and where the spelling leaves a choice."""

    #: As its author wrote it.
    written: str
    #: Its folding, never empty.
    text: str
    #: Offsets in `text` at which a gap or a capital must show the seam of two words ("TBD|Lab").
    seams: tuple[int, ...]
    #: Whether the text must have a word's edge at the term's start and end.
    starts_word: bool
    ends_word: bool
    #: Stands for every word that begins so.
    is_prefix: bool


def read_term(written: str, *, is_prefix: bool = False) -> Term:
    """Read a word or phrase; raise ValueError, saying why, where it could never be found.

    `is_prefix`: it stands for every word that begins so.
    """
    if written.isascii() and written.isalnum():
        return Term(written, written.lower(), (), starts_word=True, ends_word=not is_prefix, is_prefix=is_prefix)
    folded = fold(" ".join(written.split()))
    text = folded.text
    if not text:
        raise ValueError("it has nothing but blanks and punctuation that matching leaves out")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("it holds a control character or half of one, which no stored text has")
    return Term(
        written=written,
        text=text,
        seams=tuple(at for at in _written_gaps(folded) if is_word(text[at - 1]) and is_word(text[at])),
        starts_word=is_word(text[0]),
        ends_word=is_word(text[-1]) and not is_prefix,
        is_prefix=is_prefix,
    )


def _written_gaps(folded: Folded) -> list[int]:
    return sorted({at for at in folded.gaps if 0 < at < len(folded.text)})


@lru_cache(maxsize=10_000)
def _possible_gaps(written: str) -> frozenset[int]:
    """Return the offsets at which a term may have a gap: its own, and capitals, changes of script, numbers ("Open|AI").

    Worked out when a text has a gap inside the term: most terms are never asked.
    """
    folded = fold(" ".join(written.split()))
    seams = (at for at in range(1, len(folded.text)) if has_seam(folded, at))
    return frozenset((*_written_gaps(folded), *seams))


def stands(term: Term, folded: Folded, start: int) -> bool:
    """Say whether the term, whose folding stands at `start` of the folded text, is there as words."""
    end, gaps = start + len(term.text), folded.gaps
    inside, behind = bisect_right(gaps, start), bisect_left(gaps, end)
    if term.starts_word and start and gaps[inside - 1] != start and is_word(folded.text[start - 1]):
        return False
    if term.ends_word and gaps[behind] != end and not ends_word(folded.text, end):
        return False
    if not folded.is_plain and (_halves_a_unit(folded, start) or _halves_a_unit(folded, end)):
        return False
    if inside == behind:  # nothing was left out
        return not term.seams or all(has_seam(folded, start + at) for at in term.seams)
    left_out = (at - start for at in gaps[inside:behind])
    return all(_fits(term, folded, start, at) for at in {*term.seams, *left_out})


def _halves_a_unit(folded: Folded, at: int) -> bool:
    """Say whether `at` lies inside what one character folds to ("㍿")."""
    return 0 < at < len(folded.text) and folded.start_of(at) == folded.start_of(at - 1)


def _fits(term: Term, folded: Folded, start: int, at: int) -> bool:
    """Say whether what stands in the text before the term's character `at` is what the term allows there."""
    gap = gap_before(folded, start + at)
    if not gap:
        return at not in term.seams or has_seam(folded, start + at)
    if at not in _possible_gaps(term.written):
        return not (is_word(term.text[at - 1]) or is_word(term.text[at])) and _SIGN_GAP.fullmatch(gap) is not None
    return (_NAME_GAP.fullmatch(gap) or _SIGN_GAP.fullmatch(gap)) is not None


def gap_before(folded: Folded, at: int) -> str:
    """Return what was left out between two characters of the folding, unseen characters apart."""
    first, last = folded.end_of(at - 1), folded.start_of(at)
    if first >= last:
        return ""
    gap = folded.source[first:last]
    return gap if gap == " " else "".join(c for c in gap if not is_unseen(c))


def has_seam(folded: Folded, at: int) -> bool:
    """Say whether two words can meet before the folding's character `at` without a gap.

    They can where the script changes, where a number follows a letter, and where a capital shows it.
    """
    before, after = folded.text[at - 1], folded.text[at]
    if is_word(before) != is_word(after) or (before.isalpha() and after.isdecimal()):
        return True
    return _has_capital_seam(folded, at)


def _has_capital_seam(folded: Folded, at: int) -> bool:
    first, second = (folded.source[folded.start_of(each)] for each in (at - 1, at))
    if second.isupper():
        end = folded.end_of(at)
        following = folded.source[end : end + 1]
        return not first.isupper() or following.islower()  # openAI, TBDLab
    if not (first.isupper() and second.islower() and at > 1):
        return False
    return folded.source[folded.start_of(at - 2)].isupper()  # TBDlab


def ends_word(text: str, end: int) -> bool:
    """Say whether a word may end at a place of the folded text without a gap behind it."""
    if end == len(text) or not is_word(text[end]):
        return True
    # A version's number may follow a name (Qwen3), but no digit another digit (iPhone 1|5).
    return text[end].isdecimal() and not text[end - 1].isdecimal()


def _is_gap(folded: Folded, at: int) -> bool:
    gaps = folded.gaps
    return gaps[bisect_left(gaps, at)] == at


def word_end(folded: Folded, end: int) -> int:
    """Return where the word ends that runs on at `end` of the folded text: what a prefix stands for."""
    text = folded.text
    while end < len(text) and is_word(text[end - 1]) and is_word(text[end]) and not _is_gap(folded, end):
        end += 1
    return end


@lru_cache(maxsize=4096)
def is_unspaced(character: str) -> bool:
    """Say whether a character is of a script without blanks between words: Chinese, Japanese, Thai."""
    return _UNSPACED.match(character) is not None


@lru_cache(maxsize=4096)
def is_word(character: str) -> bool:
    """Say whether a character belongs to a word that has edges: a letter, digit or mark of a script with blanks."""
    if character.isascii():
        return character.isalnum()
    if character.isalpha() or character.isdecimal():  # "①" is neither
        return not _UNSPACED.match(character)
    return "\u0300" <= character <= "\u036f"
