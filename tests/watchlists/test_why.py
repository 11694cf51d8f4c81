"""The sentence that tells a reader why an alert came."""

from __future__ import annotations

import pytest

from monitor.model import Item, Watchlist
from monitor.watchlists.why import why
from tests.watchlists.made import a_watchlist, an_item, matches

SENTENCES = {
    "one word": (an_item("Qwen3 is out"), a_watchlist("qwen"), "Qwen stands in the title."),
    "a term before its context": (
        an_item("被曝蒸馏Qwen"),
        a_watchlist("Qwen", context=("蒸馏",)),
        "Qwen and 蒸馏 stand in the title.",
    ),
    "two fields": (
        an_item("Qwen", "by Alibaba"),
        a_watchlist("Qwen", context=("Alibaba",)),
        "Qwen stands in the title, Alibaba in the summary.",
    ),
    "a repeated word is told once": (an_item("Qwen", "Qwen qwen"), a_watchlist("Qwen"), "Qwen stands in the title."),
    "many words are counted": (
        an_item("a1x b1x c1x d1x e1x f1x"),
        a_watchlist("a1x", "b1x", "c1x", "d1x", "e1x", "f1x"),
        "a1x, b1x, c1x and 3 more stand in the title.",
    ),
    "blanks and line ends are one blank": (
        an_item("", "", "Alexandr\nWang"),
        a_watchlist("Alexandr Wang"),
        "Alexandr Wang stands in the content.",
    ),
}


@pytest.mark.parametrize(("item", "watchlist", "sentence"), SENTENCES.values(), ids=SENTENCES.keys())
def test_why(item: Item, watchlist: Watchlist, sentence: str) -> None:
    (match,) = matches(item, watchlist)
    assert why(match, item, watchlist) == sentence
