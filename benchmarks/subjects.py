"""Made watchlists of the form (a OR b) NOT c, and mixed Chinese and English items that so many of them match. Pure.

Half of the words are Chinese, from the tokenizer's own dictionary, and half English: frequent ones where texts are made
of them, names made of syllables where watchlists follow them. A word is one of four kinds: what texts are made of, what
one watchlist follows, what ten watchlists follow, and what stands in no text, such as Chinese names of two words each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random

import jieba
from wordfreq import top_n_list

from monitor.model import Item, Watchlist

ITEMS = 400
LENGTH = 200
#: Matching watchlists an item -> subjects that stand in it, and watchlists that follow each of them.
PLANTED = {0: (0, 0), 10: (10, 1), 250: (25, 10)}

_VOCABULARY = 3_000
_SUBJECTS = 400
_CONSONANTS = (*"bcdfghklmnprstvwz", "br", "st", "tr", "pl", "gr", "ch", "sh")
_VOWELS = (*"aeiou", "ai", "ou")
_SYLLABLES = [consonant + vowel for consonant in _CONSONANTS for vowel in _VOWELS]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Words by their use."""

    #: What texts are made of; half of the watchlists forbid one of these.
    common: Sequence[str]
    #: Matching watchlists an item -> the words planted in such items.
    planted: dict[int, Sequence[str]]
    absent: Sequence[str]

    @property
    def terms(self) -> list[str]:
        """Every word that a watchlist can name."""
        return [*self.common, *(word for words in self.planted.values() for word in words), *self.absent]


def subjects(rng: Random, *, watchlists: int) -> Subjects:
    """Draw words for so many watchlists."""
    chinese, frequent = _chinese(rng), _frequent(rng)
    common = [word for pair in zip(islice(chinese, _VOCABULARY // 2), frequent, strict=True) for word in pair]
    english = _names(rng, set(frequent))
    short = (
        word for pair in zip(filter(_is_short, chinese), filter(_is_short, english), strict=False) for word in pair
    )
    planted = {count: list(islice(short, _SUBJECTS if count else 0)) for count in PLANTED}
    rest = list(chinese)
    names = {first + second for first, second in zip(*(rng.choices(rest, k=watchlists) for _ in range(2)), strict=True)}
    return Subjects(common, planted, [*sorted(names), *islice(english, 2 * watchlists - len(names))])


def made_watchlists(rng: Random, words: Subjects, *, count: int) -> Iterator[Watchlist]:
    """Make watchlists; those that follow planted subjects come first."""
    absent = iter(rng.sample(words.absent, len(words.absent)))
    numbers = iter(range(count))
    for matching, (_, followers) in PLANTED.items():
        for subject in words.planted[matching]:
            for number in islice(numbers, followers):
                yield _watchlist(number, subject, next(absent), rng.choice(words.absent))
    for number in numbers:
        forbidden = rng.choice(words.common if number % 2 else words.absent)
        yield _watchlist(number, next(absent), next(absent), forbidden)


def made_items(rng: Random, words: Subjects, *, matching: int) -> list[Item]:
    """Make items of 200 characters, of which each names the subjects that so many watchlists follow."""
    return [_item(number, _text(rng, words, matching)) for number in range(ITEMS)]


def _chinese(rng: Random) -> Iterator[str]:
    dictionary = Path(jieba.__file__).with_name("dict.txt").read_text("utf-8").splitlines()
    words = sorted({word for line in dictionary if _is_chinese(word := line.partition(" ")[0])})
    return iter(rng.sample(words, len(words)))


def _is_chinese(word: str) -> bool:
    return 2 <= len(word) <= 4 and all("\u4e00" <= character <= "\u9fff" for character in word)


def _is_short(word: str) -> bool:
    return len(word) <= (8 if word.isascii() else 3)


def _frequent(rng: Random) -> list[str]:
    words = [word for word in top_n_list("en", 2 * _VOCABULARY) if word.isascii() and word.isalpha() and len(word) > 1]
    return rng.sample(words, _VOCABULARY // 2)


def _names(rng: Random, seen: set[str]) -> Iterator[str]:
    """Make names of syllables, each but once, and none of `seen`."""
    while True:
        word = "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) + rng.choice(("", "n", "r", "s", "x", "t"))
        if word not in seen:
            seen.add(word)
            yield word


def _watchlist(number: int, first: str, second: str, forbidden: str) -> Watchlist:
    return Watchlist(f"list-{number}", f"List {number}", terms=(first, second), exclude=(forbidden,))


def _text(rng: Random, words: Subjects, matching: int) -> str:
    """Write Chinese words in runs, English ones between blanks, and the subjects anywhere among them."""
    planted = rng.sample(words.planted[matching], PLANTED[matching][0])
    room = LENGTH - sum(map(_length, planted))
    chosen: list[str] = []
    while room > 0:
        chosen.append(rng.choice(words.common))
        room -= _length(chosen[-1])
    mixed = [*chosen[:-1], *planted]
    rng.shuffle(mixed)
    return "".join(f" {word} " if word.isascii() else word for word in mixed).replace("  ", " ")


def _length(word: str) -> int:
    return len(word) + 1 if word.isascii() else len(word)


def _item(number: int, text: str) -> Item:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Item(
        key=f"{number:032x}",
        feed="feed",
        url=f"https://news.example/{number}",
        title=text[:40],
        summary=text[40:],
        content="",
        source="News",
        author="",
        published_at=at,
        seen_at=at,
        language="zh",
    )
