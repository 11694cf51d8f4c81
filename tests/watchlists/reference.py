"""What a query means, said once more and slowly: the judge of the compiled matcher.

Every place of every term by a regular expression of its own, every pair of places for a distance, every sentence for
SENTENCE. It shares nothing with the matcher but the tree, and is right for the letters of `tests.watchlists.queries`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import cache, lru_cache

import jieba

from monitor.model import Item
from monitor.watchlists.query import (
    And,
    Count,
    Entity,
    Filter,
    InField,
    Near,
    Not,
    Or,
    Query,
    Sentence,
    Term,
)

FIELDS = ("title", "summary", "content")
#: Field, start, end.
Place = tuple[str, int, int]

_CAPITAL_SEAM = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Z][A-Z])(?=[a-z])"
_HANZI = "一-鿿"


def holds(query: Query, item: Item, window: Place | None = None) -> bool:
    match query:
        case Term() | Entity():
            return bool(places(query, item, window))
        case And(parts):
            return all(holds(part, item, window) for part in parts)
        case Or(parts):
            return any(holds(part, item, window) for part in parts)
        case Not(part):
            return not holds(part, item, window)
        case Near(left, right, words):
            firsts, seconds = places(left, item, window), places(right, item, window)
            return any(_is_near(first, second, words, item) for first in firsts for second in seconds)
        case Sentence(part):
            return any(holds(part, item, each) for each in sentences(item) if _lies_in(each, window))
        case InField(name, part):
            return holds(part, item, (name, 0, len(getattr(item, name))))
        case Filter(name, term):
            return _passes(name, term, item)
        case Count(part, least):
            return _count(part, item) >= least


def _lies_in(place: Place, window: Place | None) -> bool:
    return window is None or (place[0] == window[0] and window[1] <= place[1] and place[2] <= window[2])


def places(query: Query, item: Item, window: Place | None = None) -> list[Place]:
    """Return where a term, or any of an alternative, stands."""
    match query:
        case Term():
            every = [(name, *span) for name in FIELDS for span in spans(query, getattr(item, name))]
            return [place for place in every if _lies_in(place, window)]
        case Entity(_, parts) | Or(parts):
            return [place for part in parts for place in places(part, item, window)]
    raise AssertionError(query)


def spans(term: Term, text: str) -> Iterator[tuple[int, int]]:
    if term.is_fuzzy:
        words = re.finditer("[A-Za-z]+", text)
        allowed = 1 if len(term.text) < 8 else 2
        yield from (word.span() for word in words if slips(word.group().lower(), term.text.lower()) <= allowed)
        return
    pattern = _pattern(term)
    for start in range(len(text)):
        if (found := pattern.match(text, start)) and _is_meant(term, text, *found.span()):
            yield found.span()


@cache
def _pattern(term: Term) -> re.Pattern[str]:
    """Say in a regular expression where a term of Latin words, numbers and Chinese stands."""
    if not term.text.isascii():
        return re.compile(re.escape(term.text))
    words = [f"(?i:{word})" for word in term.text.split()]
    pattern = words[0]
    for before, word, after in zip(term.text.split(), term.text.split()[1:], words[1:], strict=False):
        glued = "" if before[-1].isalpha() and word[0].isdigit() else _CAPITAL_SEAM
        pattern += rf"(?:\s+|-|{glued}){after}"
    end = "[A-Za-z0-9]*" if term.is_prefix else "(?![A-Za-z])" if term.text[-1].isalpha() else "(?![A-Za-z0-9])"
    return re.compile(rf"(?<![A-Za-z0-9]){pattern}{end}")


def _is_meant(term: Term, text: str, start: int, end: int) -> bool:
    if term.is_exact and re.sub(r"[\s-]", "", text[start:end]) != re.sub(r"\s", "", term.text):
        return False
    if term.text.isascii():
        return True
    low = max(0, start - 8)
    for first, last in _known_words(text[low : end + 8]):
        if first < start - low < last or (first < end - low < last and not term.is_prefix):
            return False
    return True


@cache
def _jieba() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.ERROR)
    return jieba.Tokenizer()


@lru_cache(10_000)
def _known_words(text: str) -> list[tuple[int, int]]:
    cut = [(start, end) for word, start, end in _jieba().tokenize(text, HMM=False) if not word.isascii()]
    return [(start, end) for start, end in cut if end - start > 1]


def _is_near(first: Place, second: Place, words: int | None, item: Item) -> bool:
    if first[0] != second[0]:
        return False
    if first > second:
        first, second = second, first
    if first[2] > second[1]:
        return False
    if words is None:
        return any(_lies_in(first, each) and _lies_in(second, each) for each in sentences(item))
    return sum(first[2] <= start <= second[1] for start in word_starts(getattr(item, first[0]))) <= words


@lru_cache(10_000)
def word_starts(text: str) -> list[int]:
    starts = [found.start() for found in re.finditer(r"[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*", text)]
    for run in re.finditer(f"[{_HANZI}]+", text):
        starts += [run.start() + start for _, start, _ in _jieba().tokenize(run.group())]
    return starts


def sentences(item: Item) -> list[Place]:
    found = [("title", 0, len(item.title))]
    for name in FIELDS[1:]:
        text, start = getattr(item, name), 0
        for end in range(1, len(text) + 1):
            if end == len(text) or _ends_sentence(text[:end], text[end:]):
                found.append((name, start, end))
                start = end
    return found


def _ends_sentence(before: str, after: str) -> bool:
    if before[-1] in "。！？!?\n":
        return after[0] not in ("\n" if before[-1] == "\n" else "。！？!?")
    # A full stop belongs to the word before it; one that stands alone is none.
    return re.search(r"(^|\S)\.$", before) is not None and re.match(r"\s+[A-Z]", after) is not None


def _passes(name: str, term: Term, item: Item) -> bool:
    if name == "lang":
        return item.language == term.text or item.language.startswith(term.text + "-")
    if name == "feed":
        return item.feed.startswith(term.text) if term.is_prefix else item.feed == term.text
    return any(True for _ in spans(term, getattr(item, name)))


def _count(part: Term | Entity, item: Item) -> int:
    title = item.title.strip()
    at = item.summary.find(title) if title else -1
    repeated = ("summary", at, at + len(title)) if at >= 0 else ("", 0, 0)
    times, last = 0, ("", 0, 0)
    for place in sorted(places(part, item), key=lambda place: (FIELDS.index(place[0]), place[1:])):
        if not _lies_in(place, repeated) and (place[0] != last[0] or place[1] >= last[2]):
            times, last = times + 1, place
    return times


@lru_cache(100_000)
def slips(one: str, other: str) -> int:
    """Count letters too many, too few, other, or swapped with a neighbour."""
    if not one or not other:
        return len(one) + len(other)
    if one[-1] == other[-1]:
        return slips(one[:-1], other[:-1])
    ways = [slips(one[:-1], other), slips(one, other[:-1]), slips(one[:-1], other[:-1])]
    if one[-2:] == other[-2:][::-1] and len(one) > 1:
        ways.append(slips(one[:-2], other[:-2]))
    return 1 + min(ways)
