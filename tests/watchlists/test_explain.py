"""What people are told of a verdict: the clause that failed, what nearly stood there, what is doubtful."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model import Item, Watchlist
from monitor.watchlists.explain import explain

NOW = datetime(2026, 5, 4, tzinfo=UTC)
ENTITIES = {"meta": ("Meta", "Facebook", "扎克伯格")}
HEAD = '"Alexandr Wang" OR (("Alex Wang" OR 汪滔) NEAR/40 (@meta OR "Scale AI")) NOT (大疆 OR DJI)'


def item(title: str, summary: str = "", *, language: str = "zh-Hans") -> Item:
    """Make an item."""
    return Item("k", "f", "", title, summary, "", "Reuters", "", NOW, NOW, language)


@pytest.mark.parametrize(
    ("query", "title", "summary", "line"),
    [
        (
            HEAD,
            "汪滔出席活动",
            "",
            "汪滔 stands in the title; none of @meta, Scale AI stands in title, summary or content.",
        ),
        (
            HEAD,
            "汪滔出席活动",
            "Meta",
            "汪滔 stands in the title; none of @meta, Scale AI within 40 words of it: they stand in different fields.",
        ),
        (HEAD, "大疆的汪滔谈Meta", "", "汪滔, Meta stand in the title; 大疆 stands in the title, which NOT forbids."),
        (HEAD, "今天下雨", "", "Alexandr Wang does not stand in title, summary or content."),
        ("千问", "万千问题", "", "千问 stands in the title only as part of 万千, which the dictionary knows."),
        ("=Meta", "a meta analysis", "", "meta in the title has other capitals than =Meta."),
        ("COUNT(Qwen) >= 3", "Qwen and Qwen3", "", "Qwen stands 2 times; 3 are needed."),
        ("COUNT(Qwen) >= 2", "Qwen", "", "Qwen stands 1 time; 2 are needed."),
        ("SENTENCE(Qwen AND 蒸馏)", "", "Qwen好。蒸馏", "No single sentence holds Qwen AND 蒸馏."),
        ("Qwen NEAR 蒸馏", "", "Qwen好。蒸馏", "Qwen stands in the summary; none of 蒸馏 in the same sentence"),
        ("lang:en Qwen", "Qwen", "", "Qwen stands in the title; its lang is 'zh-Hans', not en."),
        ("source:Bloomberg Qwen", "Qwen", "", "Qwen stands in the title; its source is 'Reuters', not Bloomberg."),
        ("title:Qwen", "", "Qwen", "In the title: Qwen does not stand there."),
    ],
)
def test_a_miss_names_the_clause_that_failed(query: str, title: str, summary: str, line: str) -> None:
    told = explain(item(title, summary), Watchlist("w", "w", query=query, entities=ENTITIES))
    assert not told.matched
    assert told.lines[0].startswith(line)


def test_a_match_tells_where_it_stands() -> None:
    told = explain(item("汪滔与扎克伯格"), Watchlist("w", "w", query=HEAD, entities=ENTITIES))
    assert told.matched
    assert told.lines == ("It matches: 汪滔, 扎克伯格 in the title.",)
    assert [(each.start, each.end) for each in told.evidence] == [(0, 2), (3, 7)]


def test_a_doubtful_match_says_so() -> None:
    told = explain(item("汪滔宇宣布"), Watchlist("w", "w", query="汪滔"))
    assert told.matched
    assert told.lines[1].startswith("Doubtful: 汪滔 in the title may belong to 汪滔宇")


def test_the_three_lists_are_explained_like_a_query() -> None:
    watchlist = Watchlist("w", "w", terms=("Qwen",), context=("蒸馏",), exclude=("whisky",))
    assert explain(item("Qwen ships"), watchlist).lines[0].startswith("Qwen stands in the title; 蒸馏 does not stand")
    assert "which NOT forbids" in explain(item("Qwen 蒸馏 whisky"), watchlist).lines[0]
