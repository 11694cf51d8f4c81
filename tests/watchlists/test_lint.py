"""Hints to authors: each kind found where it is, and silence where there is nothing to say."""

from __future__ import annotations

import pytest

from monitor.model import Watchlist
from monitor.text.frequency import zipf
from monitor.watchlists.lint import lint

COUNTS = {"apple": 4.8, "avocado": 3.5, "小米": 3.8, "distillation": 3.0}


@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ('Qwen OR "Qwen 2.5"', "implied", "Qwen 2.5 adds nothing: Qwen matches wherever it stands"),
        ("千问 OR 通义千问", "implied", "通义千问 adds nothing"),
        ('x1 ("apple pie" AND apple)', "implied", "apple adds nothing: it stands wherever apple pie does"),
        ('"avocado toast" NOT avocado', "never", "avocado toast can never match: NOT avocado forbids it"),
        ("avocado", "common", "avocado is a common word and suffices alone (about 3 in a million words)"),
        ("Qwen OR 小米", "common", "小米 is a common word"),
        ("apple NOT pie", "common", "apple is a common word"),
        ("title:apple", "common", "apple is a common word"),
        ("Qwen lang:zh-TW", "never", "lang:zh-TW finds nothing, since no item has this language: write lang:zh-Hant"),
        ("Qwen lang:(en OR zh_CN)", "never", "write lang:zh-Hans"),
        ("Qwen NOT lang:en-US", "never", "write lang:en"),
        ("Qwen lang:jp", "never", "write lang:ja"),
        ("Qwen lang:chinese", "never", "they are zh, zh-Hans, zh-Hant, en, ja, ... or und"),
    ],
)
def test_a_hint_is_given(query: str, kind: str, words: str) -> None:
    findings = lint(Watchlist("w", "w", query=query), frequency=lambda word: COUNTS.get(word, 0.0))
    assert [finding.kind for finding in findings] == [kind]
    assert words in findings[0].text


@pytest.mark.parametrize(
    "query",
    [
        "Qwen OR 千问",
        "avocado Meta",
        "avocado NEAR/10 Meta",
        "distillation",
        "=Apple",
        '"apple pie"',
        "Qwen NOT whisky",
        "Qwen lang:(zh OR zh-hant OR EN OR und)",
    ],
)
def test_nothing_is_said_of_what_is_well(query: str) -> None:
    assert lint(Watchlist("w", "w", query=query), frequency=lambda word: COUNTS.get(word, 0.0)) == []


def test_a_not_that_kills_an_example_is_named() -> None:
    watchlist = Watchlist("w", "w", terms=("Avocado",), context=("Meta",), exclude=("toast", "oil"))
    findings = lint(watchlist, examples=["Meta's Avocado is toast", "Meta shows Avocado"], frequency=lambda _: 0.0)
    assert [finding.text for finding in findings] == [
        'NOT (toast OR oil) keeps the example "Meta\'s Avocado is toast" from matching'
    ]


def test_an_operator_in_the_lists_is_named_as_the_letters_that_it_is() -> None:
    watchlist = Watchlist("w", "w", terms=("Qwen OR 千问",), context=("AT&T",), exclude=("ORACLE", "a NEAR/5 b"))
    assert [(finding.kind, finding.text) for finding in lint(watchlist, frequency=lambda _: 0.0)] == [
        ("operator", f'"{entry}" is sought as it stands, {word} and all: make it two entries, or write a query')
        for entry, word in (("Qwen OR 千问", "OR"), ("a NEAR/5 b", "NEAR/5"))
    ]


def test_frequencies_come_from_both_languages() -> None:
    assert 3 < zipf("avocado") < 4 < zipf("apple") < zipf("the")
    assert 3 < zipf("小米") < zipf("问题")
    assert zipf("問題") == zipf("问题")
    assert zipf("Qwen") == zipf("汪滔滔") == 0
