"""Normalised text to the words that are compared: stems of Latin words, pairs of neighbouring Chinese characters.

Without words that every text has. Chinese is not cut into words: pairs of characters need no dictionary, and a new name
is in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from monitor.stories.stems import stem

_RUN = re.compile("[a-z][a-z0-9]*|[\u3400-\u9fff]+")
_STOP_WORDS = """
a about after all also amid an and any are as at be been but by can could did do does for from had has have her his how
i if in into is it its just more no not of on only or our out over said say says she so some t than that the their them
these they this those to up via was we were what when where which while who will with would you your s he new new
"""
_STOPS = frozenset(_STOP_WORDS.split())
#: Characters of grammar: a pair with one of them is no word.
_GRAMMAR = frozenset("的了在是和与及或为对将被把从到上中下等也都就还又而于以其这那个们")


def words_in(text: str) -> Iterator[str]:
    """Yield the words of a normalised text, in order, with repetitions."""
    for run in _RUN.findall(text):
        if run[0] >= "\u3400":
            yield from _pairs(run)
        elif run not in _STOPS:
            yield stem(run)


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1 and run not in _GRAMMAR:
        yield run
    for first, second in pairwise(run):
        if first not in _GRAMMAR and second not in _GRAMMAR:
            yield first + second
