"""How common a word is, for hints to authors of watchlists: jieba's frequencies for Chinese, wordfreq's for English.

Values are on the Zipf scale: 3 is once in a million words, 6 once in a thousand. Read when first asked; only commands
that people run by hand ask.
"""

from __future__ import annotations

import importlib.util
import math
from functools import cache
from pathlib import Path

from monitor.text.hanzi import SIMPLIFIED


def zipf(word: str) -> float:
    """Return how common a word is; 0 for one that nobody counted, or in a language that nobody counts here."""
    if word.isascii():
        return _english(word.lower())
    return _chinese().get("".join(SIMPLIFIED.get(character, character) for character in word), 0.0)


def knows_english() -> bool:
    """Say whether the English list is installed (extra `lint`)."""
    return importlib.util.find_spec("wordfreq") is not None


def _english(word: str) -> float:
    if not knows_english():
        return 0.0
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "en"))


@cache
def _chinese() -> dict[str, float]:
    """Read the dictionary that comes with jieba: word, count and part of speech a line."""
    package = importlib.util.find_spec("jieba")
    if package is None or package.origin is None:
        return {}
    text = (Path(package.origin).parent / "dict.txt").read_text("utf-8")
    counts = {word: int(count) for word, count, *_ in (line.split(" ") for line in text.splitlines())}
    total = sum(counts.values())
    return {word: math.log10(count / total * 1e9) for word, count in counts.items() if count}
