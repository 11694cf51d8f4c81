"""Two sets of texts to the words and phrases that tell them apart: log-odds with an informative prior. Pure.

The score is that of Monroe, Colaresi and Quinn ("Fightin' Words", 2008, section 3.3), over texts that have a word
rather than times that it stands there: one long article is one vote. The prior of a word is how common it is in its
language, so that "today" must be met far more often than "guacamole" before it says anything. How likely chance alone
would make some word so telling is Fisher's exact test, times the words that were looked at (Bonferroni).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import nlargest
from math import comb, exp, log, sqrt

from monitor.text.dictionary import word_edges
from monitor.text.fold import fold
from monitor.watchlists.stop_words import STOP_WORDS

#: Of each text; the beginning tells what it is about.
_MOST_CHARACTERS = 2_000
#: What the prior weighs, in texts; and what it gives to a word that nobody has counted.
_PRIOR_TEXTS = 10.0
_LEAST_PRIOR = 0.5
#: Words of a text by which a frequency of words becomes one of texts.
_WORDS_OF_A_TEXT = 100
#: The rarity of what nobody has counted.
_UNCOUNTED = 0.6
#: Texts that have two words side by side, and never apart, before they are taken for one name.
_FEWEST_NAMED = 3
#: And how rare such words are, at least, on the Zipf scale.
_RARE_ZIPF = 3.0
#: Words that are returned at most: of many long texts, tens of thousands stand in more than one.
_MOST_RANKED = 300

_HAN = "\u3400-\u9fff"
_LETTERS = f"[^\\W_{_HAN}]"
_RUN = re.compile(f"[{_HAN}]+|{_LETTERS}+(?:['’-]{_LETTERS}+)*")
_POSSESSIVE = re.compile("['’]s$")
#: Shorter words that end in "s" are no plurals.
_SHORTEST_PLURAL = 3
#: Only these may stand between the words of a phrase.
_BLANKS = frozenset((" ", "\u00a0"))


@dataclass(frozen=True, slots=True)
class Telling:
    """A word or phrase, and how strongly it speaks for the first set of texts against the second."""

    #: As it stands in the texts where it stands most often so.
    text: str
    #: Standard deviations of the log-odds from 0.
    z: float
    #: Texts of either set that have it.
    first: int
    second: int
    #: How likely it is that chance makes some word as telling, from 0 to 1.
    chance: float = 1.0
    #: From 1 for a known word that few texts have, down to 0 for the most common: what to hang a clause on.
    rarity: float = 1.0
    #: Its other number where that stands in the texts too: "recipes".
    also: tuple[str, ...] = ()


def telling(
    first: Sequence[str],
    second: Sequence[str],
    *,
    frequency: Callable[[str], float],
    known: Callable[[str], bool] = lambda _: False,
    fewest: int = 1,
) -> list[Telling]:
    """Return the words and phrases that speak for the first set, the strongest at the head, bounded.

    A word counts that `fewest` texts of the first set have. `frequency` is on the Zipf scale; what is `known` to be of
    both sets by its nature is left out.
    """
    sides = [[set(_named(text)) for text in texts] for texts in (first, second)]
    counts = [Counter(key for words in side for key in {key for key, _ in words}) for side in sides]
    often = {key for key, count in counts[0].items() if count >= fewest}
    forms = _forms(word for side in sides for words in side for word in words if word[0] in often)
    looked_at = sum(count + counts[1][key] > 1 for key, count in counts[0].items())
    tally = _Tally(counts[0], counts[1], len(first), len(second), max(1, looked_at))
    scored = [
        (tally.score(key, _counted(some[0], frequency)), key)
        for key, some in forms.items()
        if not any(map(known, some))
    ]
    strongest = nlargest(_MOST_RANKED, ((z, key) for z, key in scored if z > 0))
    found = [tally.telling(key, z, forms[key], _counted(forms[key][0], frequency)) for z, key in strongest]
    ranked = sorted(found, key=_strength)
    names = list(_names(ranked, counts, frequency))
    others = (each for each in ranked if not any(_says_the_same(each, name) for name in names))
    return sorted([*names, *_without_echoes(others)], key=_strength)


def _strength(each: Telling) -> tuple[float, int, int, str]:
    return -each.z, -each.first, len(each.text), each.text


def _counted(word: str, frequency: Callable[[str], float]) -> float:
    """Return how common a word is; of phrases, nobody has counted the whole."""
    return 0.0 if not _BLANKS.isdisjoint(word) else frequency(word)


@dataclass(frozen=True, slots=True)
class _Tally:
    """In how many texts of either set each word stands, and how many texts there are."""

    first: Counter[str]
    second: Counter[str]
    firsts: int
    seconds: int
    #: Words that stand in more than one of them.
    looked_at: int

    def telling(self, key: str, z: float, forms: Sequence[str], zipf: float) -> Telling:
        met = self.first[key], self.second[key]
        chance = min(1.0, by_lot(*met, self.firsts, self.seconds) * self.looked_at)
        return Telling(forms[0], z, *met, chance, _rarity(zipf), tuple(forms[1:]))

    def score(self, key: str, zipf: float) -> float:
        met = self.first[key], self.second[key]
        prior = _LEAST_PRIOR + _PRIOR_TEXTS * _share_of_texts(zipf)
        odds = [
            (count + prior) / (total - count + _PRIOR_TEXTS + 2 * _LEAST_PRIOR - prior)
            for count, total in zip(met, (self.firsts, self.seconds), strict=True)
        ]
        # The prior draws a common word towards 0; how sure its counts are, it does not change.
        return log(odds[0] / odds[1]) / sqrt(sum(1 / (count + _LEAST_PRIOR) for count in met))


def by_lot(first: int, second: int, firsts: int, seconds: int) -> float:
    """Return how likely so many of the texts with a word, or more, are of the first set by lot (Fisher, one-sided)."""
    having = first + second
    ways = sum(comb(firsts, k) * comb(seconds, having - k) for k in range(first, min(having, firsts) + 1))
    return ways / comb(firsts + seconds, having)


def _share_of_texts(zipf: float) -> float:
    """Return in what share of texts a word stands that is so common among words."""
    return 1 - exp(-_WORDS_OF_A_TEXT * 10 ** (zipf - 9)) if zipf > 0 else 0.0


def _rarity(zipf: float) -> float:
    """Grade a word by its frequency: what is met less than once in a million words is rare.

    What nobody has counted is a phrase or a name, or what the tokenizer has guessed to be a word.
    """
    return min(1.0, max(0.0, (9 - zipf) / 6)) if zipf > 0 else _UNCOUNTED


def _names(
    ranked: Iterable[Telling], counts: Sequence[Counter[str]], frequency: Callable[[str], float]
) -> Iterator[Telling]:
    """Yield what is taken for one name, 扎克伯格 in which 扎克 is no word: rare words that never stand apart."""
    for each in ranked:
        parts, met = [word for _, _, word in _words(each.text)], (each.first, each.second)
        together = all((counts[0][_one(part)], counts[1][_one(part)]) == met for part in parts)
        if len(parts) > 1 and sum(met) >= _FEWEST_NAMED and together and max(map(frequency, parts)) < _RARE_ZIPF:
            yield replace(each, rarity=1.0)


def _without_echoes(ranked: Iterable[Telling]) -> list[Telling]:
    """Of a phrase and a word of it that stand in as many texts, keep the one that is the rarer word by itself."""
    kept: list[Telling] = []
    for each in ranked:
        place = next((at for at, other in enumerate(kept) if _says_the_same(each, other)), None)
        if place is None:
            kept.append(each)
        elif (each.rarity, -len(each.text)) > (kept[place].rarity, -len(kept[place].text)):
            kept[place] = each
    return kept


def _says_the_same(each: Telling, other: Telling) -> bool:
    key, other_key = _key(each.text), _key(other.text)
    return (each.first, each.second) == (other.first, other.second) and (other_key in key or key in other_key)


def _forms(words: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Choose for each key how it is written most often, of equals in small letters; one form for what folds alike."""
    times: dict[str, Counter[str]] = {}
    for key, form in words:
        times.setdefault(key, Counter())[form] += 1
    return {key: _different(forms) for key, forms in times.items()}


def _different(forms: Counter[str]) -> list[str]:
    found: dict[str, str] = {}
    for form in sorted(forms, key=lambda form: (forms[form], form), reverse=True):
        found.setdefault(_key(form), form)
    return list(found.values())


def _named(text: str) -> Iterator[tuple[str, str]]:
    """Yield key and form of the words of a text, and of the phrases that two neighbours make."""
    before: tuple[int, str, str] | None = None
    for start, end, word in _words(text[:_MOST_CHARACTERS]):
        if _is_empty(word):
            before = None
            continue
        key = _one(word)
        yield key, word
        if before and _are_neighbours(before[2], word, text[before[0] : start]):
            # Folding goes character by character: the key of both is the keys of each.
            yield before[1] + key, f"{before[2]}{text[before[0] : start]}{word}"
        before = end, key, word


def _are_neighbours(left: str, right: str, between: str) -> bool:
    return _is_han(left) == _is_han(right) and (not between if _is_han(left) else between in _BLANKS)


@lru_cache(maxsize=50_000)
def _key(word: str) -> str:
    """Return what makes words one: capitals, traditional characters, hyphens and blanks aside, as for the matcher."""
    return fold(word).text


def _one(word: str) -> str:
    """Return what makes words one for counting: their key, of English nouns in the singular, more or less."""
    key = _key(word)
    if len(key) <= _SHORTEST_PLURAL or not key.endswith("s") or key.endswith(("ss", "us", "is")):
        return key
    return f"{key[:-3]}y" if key.endswith("ies") else key[:-1]


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and text of each word: of Latin scripts as written, of Chinese as the tokenizer cuts it."""
    for run in _RUN.finditer(text):
        if not _is_han(run[0]):
            word = _POSSESSIVE.sub("", run[0])
            yield run.start(), run.start() + len(word), word
            continue
        start = 0
        for end in word_edges(run[0]):
            yield run.start() + start, run.start() + end, run[0][start:end]
            start = end


def _is_empty(word: str) -> bool:
    """Say whether a word tells nothing: of grammar, a number, or too short to be one."""
    fewest = 2 if _is_han(word) else 3
    return len(word) < fewest or not word[0].isalpha() or _key(word) in STOP_WORDS


def _is_han(word: str) -> bool:
    return "\u3400" <= word[0] <= "\u9fff"


def own_words(written: Collection[str], *, frequency: Callable[[str], float]) -> Callable[[str], bool]:
    """Return what says whether a word is a watchlist's own: one of its terms, a part of one, or a phrase with one.

    A word of its own that begins as a term does is none: 蒸馏水 is not 蒸馏.
    """
    own = {_key(term) for term in written}
    parts = own | {_key(part) for term in written for part in re.split(r"[\s·・-]+", term) if part}

    def is_own(word: str) -> bool:
        key = _key(word)
        if not _is_han(key):
            return any(_key(piece) in parts for piece in (word, *word.split()))
        return any(key in term for term in own) or (not frequency(word) and any(term in key for term in own))

    return is_own
