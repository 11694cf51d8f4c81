"""Examples that do not hold are named, with the reason."""

from __future__ import annotations

import pytest

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.watchlists.examples import Broken, broken_examples, example_item

OTTER = Watchlist("otter", "Otter", query="(Otter OR 水獭) NOT (zoo OR 动物园)")


@pytest.mark.parametrize(
    ("match", "no_match", "broken"),
    [
        ((), (), []),
        (("The Otter model", "水獭模型发布"), ("The badger model", "动物园里的水獭"), []),
        (("The badger model",), (), [("match", 0, "The badger model")]),
        (("水獭模型发布", "动物园里的水獭"), (), [("match", 1, "动物园里的水獭")]),
        ((), ("badger", "Otter"), [("no_match", 1, "Otter")]),
        (("badger",), ("Otter",), [("match", 0, "badger"), ("no_match", 0, "Otter")]),
    ],
)
def test_an_example_holds_where_the_verdict_is_that_of_its_list(
    match: tuple[str, ...], no_match: tuple[str, ...], broken: list[tuple[str, int, str]]
) -> None:
    found = broken_examples(OTTER, match=match, no_match=no_match)
    assert [(each.kind, each.number, each.title) for each in found] == broken


def test_the_reason_says_which_terms_stand_where() -> None:
    (missed, met) = broken_examples(OTTER, match=["Otter in the zoo"], no_match=["Otter"])
    assert missed.reason.startswith("does not match: ")
    assert "zoo" in missed.reason
    assert met == Broken("no_match", 0, "Otter", "matches: Otter in the title.")


def test_an_examples_language_is_told_from_its_text() -> None:
    chinese = Watchlist("zh", "zh", query="lang:zh AND Otter")
    assert not broken_examples(chinese, match=["Otter模型发布,性能提升"], no_match=["The Otter model is here"])
    assert example_item("The Otter model is here").language == "en"


def test_examples_of_a_watchlist_that_does_not_compile_have_no_verdict() -> None:
    with pytest.raises(WatchlistError, match="never closed"):
        broken_examples(Watchlist("a", "a", query="(Otter"), match=["Otter"], no_match=[])
