"""Which Chinese hits the dictionary cuts, and what it only guesses."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random

import jieba
import pytest
import rjieba

from monitor.text.dictionary import cuts_word, forget_dictionary, guessed_word, may_part, word_edges

#: A text, the hit in it, and the known word that the hit begins or ends in the middle of.
CUT = {
    "a word begins before": ("面对万千问题", "千问", "万千"),
    "a number begins before": ("一千问", "千问", "一千"),
    "a word ends behind": ("一瓶蒸馏水", "蒸馏", "蒸馏水"),
    "traditional is cut as simplified": ("一瓶蒸餾水", "蒸餾", "蒸馏水"),
    "free": ("阿里千问发布", "千问", ""),
    "the word itself": ("知识蒸馏", "蒸馏", ""),
    "a whole word and more": ("蒸馏水厂", "蒸馏水", ""),
    "a guess at a name": ("汪滔云在场", "汪滔", ""),
    "beside Latin": ("Qwen千问Max", "千问", ""),
    "at the edges": ("千问", "千问", ""),
    "a word with Latin letters": ("卡拉OK厅", "OK", ""),
    "signs part": ("万千，问题", "千，问", "万千"),
    "far from both ends": ("我们今天在这里一起面对着的万千问题以及其他各种各样的事情", "千问", "万千"),
}


@pytest.mark.parametrize(("text", "hit", "word"), CUT.values(), ids=CUT.keys())
def test_a_hit_is_cut_by(text: str, hit: str, word: str) -> None:
    start = text.index(hit)
    assert cuts_word(text, start, start + len(hit)) == word


def test_an_open_end_may_lie_in_a_word() -> None:
    assert cuts_word("蒸馏水", 0, 2, open_end=True) == ""
    assert cuts_word("万千问题", 1, 3, open_end=True) == "万千"
    assert cuts_word("万千问题", 1, 3, open_start=True) == "问题"


def test_a_guess_is_told() -> None:
    assert guessed_word("汪滔云在场", 0, 2) == "汪滔云"
    assert guessed_word("阿里千问发布", 2, 4) == ""


def test_whatever_the_tokenizer_takes_for_a_word_has_known_neighbours() -> None:
    rng, words = Random(7), sorted(_words())
    characters = "".join(words)
    for _ in range(3_000):
        text = "".join(rng.choices(words, k=4) if rng.random() < 0.5 else rng.choices(characters, k=9))
        for word in rjieba.cut(text, False):
            if all(map(_is_han, word)):
                assert all(may_part(word, place) for place in range(1, len(word))), (text, word)


def test_the_neighbours_are_those_of_the_dictionary() -> None:
    pairs = {
        first + second for word in _words() for first, second in pairwise(word) if _is_han(first) and _is_han(second)
    }
    assert all(may_part(pair, 1) for pair in pairs)
    assert not may_part("\u762a\u4e00", 1)
    assert not may_part("千问", 1)


def _words() -> set[str]:
    dictionary = Path(jieba.__file__).with_name("dict.txt").read_text("utf-8")
    return {line.partition(" ")[0] for line in dictionary.splitlines()}


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def test_words_end_at_their_edges() -> None:
    assert word_edges("人工智能实验室") == [4, 7]
    assert word_edges("實驗室") == [3]


def test_what_was_forgotten_is_known_again_when_asked() -> None:
    before = cuts_word("万千问题", 1, 3)
    forget_dictionary()
    assert word_edges("万千问题") == [2, 4]
    assert cuts_word("万千问题", 1, 3) == before != ""
