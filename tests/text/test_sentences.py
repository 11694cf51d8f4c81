"""Where sentences end and where words begin, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.sentences import sentence_ends, word_starts

SENTENCES = {
    "full stops before capitals": ("It is out. Meta says so.", ["It is out.", " Meta says so."]),
    "a full stop before a small letter": ("by Meta Inc. and others", ["by Meta Inc. and others"]),
    "a full stop before a number": ("at 5 p.m. 12 people", ["at 5 p.m. 12 people"]),
    "a decimal point": ("Qwen 2.5 Max and GPT-4.1", ["Qwen 2.5 Max and GPT-4.1"]),
    "a number that ends one": ("It scored 2.5. Then", ["It scored 2.5.", " Then"]),
    "an address": ("see example.com. Meta", ["see example.com.", " Meta"]),
    "a name with a dot": ("built on .NET Core", ["built on .NET Core"]),
    "a dot alone": ("a . B", ["a . B"]),
    "initials before a capital": ("in the U.S. Senate", ["in the U.S.", " Senate"]),
    "an accented capital": ("So it is. École", ["So it is.", " École"]),
    "a quotation begins": ("It is. “Meta” (not it). (Meta)", ["It is.", " “Meta” (not it).", " (Meta)"]),
    "a quotation ends": ('He said "so." Then', ['He said "so."', " Then"]),
    "Chinese marks": ("发布了。真的？真的！", ["发布了。", "真的？", "真的！"]),
    "Chinese quotation": ("“发布了。”他说", ["“发布了。”", "他说"]),
    "Chinese commas end none": ("发布了，真的；不、是", ["发布了，真的；不、是"]),
    "several marks": ("What?! No", ["What?!", " No"]),
    "lines": ("one\n\ntwo", ["one\n\n", "two"]),
    "no end": ("千问", ["千问"]),
    "nothing": ("", [""]),
}


@pytest.mark.parametrize(("text", "sentences"), SENTENCES.values(), ids=SENTENCES.keys())
def test_sentences(text: str, sentences: list[str]) -> None:
    ends = sentence_ends(text)
    assert [text[start:end] for start, end in zip([0, *ends], ends, strict=False)] == sentences


WORDS = {
    "Latin": ("Meta names its head", ["Meta", "names", "its", "head"]),
    "runs with signs": ("Qwen2.5-Max, AT&T, O'Neill’s C++", ["Qwen2.5-Max", "AT&T", "O'Neill’s", "C"]),
    "a full stop is none": ("end. Start — x", ["end", "Start", "x"]),
    "underscores hang on it": ("my_qwen", ["my_qwen"]),
    "Chinese as it is cut": ("人工智能与超级智能", ["人工智能", "与", "超级", "智能"]),
    "traditional alike": ("人工智慧與實驗室", ["人工智慧", "與", "實驗室"]),
    "mixed": ("用Qwen3蒸馏，好", ["用", "Qwen3", "蒸馏", "好"]),
    "Russian": ("Яндекс выпустил", ["Яндекс", "выпустил"]),
    "nothing": ("", []),
    "signs": ("— …！", []),
}


@pytest.mark.parametrize(("text", "words"), WORDS.values(), ids=WORDS.keys())
def test_words_begin(text: str, words: list[str]) -> None:
    starts = word_starts(text)
    assert len(starts) == len(words)
    assert all(text.startswith(word, start) for word, start in zip(words, starts, strict=True))


@given(st.text() | st.text(alphabet="a.A 。!\n”千问題"))
def test_sentences_and_words_are_in_order_and_in_the_text(text: str) -> None:
    ends, starts = sentence_ends(text), word_starts(text)
    assert ends[-1] == len(text)
    assert ends == sorted(set(ends))
    assert starts == sorted(set(starts))
    assert all(text[start].isalnum() or text[start] in "々〇" or ord(text[start]) > 0x2E7F for start in starts)
