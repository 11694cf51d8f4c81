"""Which titles are of high severity."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import Watchlist
from monitor.watchlists.examples import example_item
from monitor.watchlists.severity import Severity

RECALL = "recall* OR 召回"
RULES = [
    Watchlist("a", "a", query=RECALL),
    Watchlist("b", "b", query=RECALL),
    Watchlist("c", "c", query="@meta AND lawsuit", entities={"meta": ("Meta", "脸书")}),
]


@pytest.mark.parametrize(
    ("title", "high"),
    [
        ("Tesla recalls 46,000 Cybertrucks", {"a", "b"}),
        ("特斯拉召回4.6万辆Cybertruck", {"a", "b"}),
        ("Meta faces a lawsuit after a recall", {"a", "b", "c"}),
        ("Tesla opens a factory", set()),
    ],
)
def test_a_title_is_high_for_the_watchlists_whose_words_it_says(title: str, high: set[str]) -> None:
    assert Severity(RULES).high(example_item(title), ["a", "b", "c", "unknown"]) == high


def test_only_those_are_named_that_were_asked_for() -> None:
    assert Severity(RULES).high(example_item("Recall"), ["b"]) == {"b"}


def test_what_stands_below_the_title_does_not_count() -> None:
    item = replace(example_item("Tesla opens a factory"), summary="After a recall", content="recall, recall, recall")
    assert not Severity(RULES).high(item, ["a"])


def test_without_rules_nothing_is_high() -> None:
    assert not Severity([]).high(example_item("Recall"), ["a"])
