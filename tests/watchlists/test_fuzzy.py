"""Which words are taken for slips of a term."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.watchlists.fuzzy import FuzzyIndex, distance, slips_allowed
from tests.watchlists import reference

SLIPS = {
    "none": ("qwen", "qwen", 0),
    "a letter less": ("qwen", "qwn", 1),
    "a letter more": ("qwen", "qwwen", 1),
    "another letter": ("qwen", "qwin", 1),
    "neighbours swapped": ("qwen", "qewn", 1),
    "swapped at the end": ("qwen", "qwne", 1),
    "swapped, not neighbours": ("qwen", "nweq", 2),
    "swapped and one between": ("ca", "abc", 3),
    "all": ("abc", "xyz", 3),
    "nothing": ("", "abc", 3),
}


@pytest.mark.parametrize(("one", "other", "slips"), SLIPS.values(), ids=SLIPS.keys())
def test_slips_between(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == distance(other, one) == slips


def test_longer_words_forgive_more() -> None:
    assert [slips_allowed("a" * letters) for letters in (4, 5, 7, 8, 20)] == [0, 1, 1, 2, 2]


_words = st.text(alphabet="abc", max_size=11)


@given(st.lists(st.text(alphabet="abc", min_size=5, max_size=10), max_size=4), _words)
def test_the_index_finds_what_a_comparison_with_each_term_finds(terms: list[str], word: str) -> None:
    expected = [n for n, term in enumerate(terms) if reference.slips(word, term) <= slips_allowed(term)]
    assert FuzzyIndex((term, n) for n, term in enumerate(terms)).find(word) == expected


def test_an_index_of_nothing_finds_nothing() -> None:
    assert not FuzzyIndex([])
    assert FuzzyIndex([]).find("qwen") == []
