"""Edits proposed from feedback: each does what it says, on items that were judged and on those that were not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from monitor.model import Feedback, Item, Watchlist
from monitor.text.frequency import zipf
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.examples import example_item
from monitor.watchlists.match import find_matches
from monitor.watchlists.suggest import Suggestion, judged_items, suggest
from monitor.watchlists.telling import by_lot, own_words, telling
from tests.watchlists.judged import judged, said

QUERY = Watchlist("avocado", "Avocado", query="Avocado OR 牛油果")
LISTS = Watchlist("avocado", "Avocado", terms=("Avocado", "牛油果"))


def proposed(watchlist: Watchlist, feedback: Sequence[Feedback]) -> list[Suggestion]:
    return suggest(watchlist, judged_items(watchlist, feedback), frequency=zipf)


def matches(watchlist: Watchlist, item: Item) -> bool:
    return len(find_matches(item, compile_watchlists([watchlist]))) == 1


@pytest.mark.parametrize("watchlist", [QUERY, LISTS], ids=["query", "lists"])
def test_what_an_edit_says_that_it_does_it_does(watchlist: Watchlist) -> None:
    feedback = judged(20, 20, seed=3)
    found = proposed(watchlist, feedback)
    assert {each.kind for each in found} == {"not", "and"}
    for each in found:
        assert each.spares
        assert len(each.kept) + len(each.dropped) == 40
        assert all(matches(each.edited, one.item) for one in each.kept)
        assert not any(matches(each.edited, one.item) for one in each.dropped)
        assert len(each.loses) == sum(one.relevant for one in each.dropped)


@pytest.mark.parametrize("seed", range(5))
def test_an_edit_holds_for_items_that_nobody_judged(seed: int) -> None:
    """Of unseen fruit most is spared and no unseen model lost; AND drops all fruit, and loses what it does not know."""
    best = {
        kind: next(e for e in proposed(QUERY, judged(30, 30, seed=seed)) if e.kind == kind) for kind in ("not", "and")
    }
    unseen = [(each.items[0].item, each.verdict == "yes") for each in judged(60, 60, seed=seed + 100)]
    spared, lost = {}, {}
    for kind, each in best.items():
        spared[kind] = sum(not relevant and not matches(each.edited, item) for item, relevant in unseen) / 60
        lost[kind] = sum(relevant and not matches(each.edited, item) for item, relevant in unseen) / 60
    assert (spared["not"] > 0.6, lost["not"] < 0.05) == (True, True), (spared, lost)
    assert (spared["and"] > 0.9, lost["and"] < 0.35) == (True, True), (spared, lost)


def test_words_are_found_in_both_languages_and_the_watchlists_own_are_not() -> None:
    words = {word.text.casefold() for each in proposed(QUERY, judged(30, 30, seed=1)) for word in each.words}
    assert {"recipe", "食谱"} <= words
    assert {"meta"} & words
    assert not {word for word in words if "avocado" in word or "牛油果" in word}
    # Of both alike, and of every item: neither says anything.
    assert not words & {"analysts", "monday", "市场", "业内人士", "the", "记者", "report"}


def test_the_best_clause_leaves_out_what_single_words_leave_out_together() -> None:
    first, *rest = [each for each in proposed(QUERY, judged(30, 30, seed=1)) if each.kind == "not"]
    assert len(first.words) > 1
    assert first.loses == ()
    assert all(len(first.spares) >= len(each.spares) for each in rest)
    assert first.edited.query == f"(Avocado OR 牛油果) {first.clause}"


@pytest.mark.parametrize(
    ("watchlist", "kind", "edited"),
    [
        (QUERY, "not", {"query": "(Avocado OR 牛油果) NOT (食谱)"}),
        (QUERY, "and", {"query": "(Avocado OR 牛油果) AND (模型)"}),
        (LISTS, "not", {"exclude": ("食谱",)}),
        (LISTS, "and", {"context": ("模型",)}),
        (replace(LISTS, exclude=("大疆",)), "not", {"exclude": ("大疆", "食谱")}),
        (
            replace(LISTS, context=("新店", "新闻"), exclude=("大疆",)),
            "and",
            {
                "query": "((Avocado OR 牛油果) AND (新店 OR 新闻) AND NOT 大疆) AND (模型)",
                "terms": (),
                "context": (),
                "exclude": (),
            },
        ),
    ],
    ids=["query not", "query and", "lists not", "lists and", "more exclusions", "a second context"],
)
def test_an_edit_has_the_form_of_the_watchlist(watchlist: Watchlist, kind: str, edited: dict[str, object]) -> None:
    tails = ("新店", "新闻") * 3
    feedback = [said(n, "no", (f"牛油果食谱，{tail}", "")) for n, tail in enumerate(tails)]
    feedback += [said(n + 10, "yes", (f"牛油果模型，{tail}", "")) for n, tail in enumerate(tails)]
    found = {(each.kind, each.words[0].text): each for each in proposed(watchlist, feedback) if len(each.words) == 1}
    word = "食谱" if kind == "not" else "模型"
    assert found[kind, word].edited == replace(watchlist, **edited)


def test_a_clause_that_would_drop_something_relevant_says_so_or_is_not_proposed() -> None:
    feedback = [said(n, "no", (f"Avocado recipe number {n}", "")) for n in range(10)]
    feedback += [said(n + 20, "yes", (f"Avocado by Meta, model {n}", "")) for n in range(19)]
    feedback.append(said(90, "yes", ("Avocado by Meta: no recipe yet", "")))
    (recipe,) = [each for each in proposed(QUERY, feedback) if each.clause == "NOT (recipe)"]
    assert [one.item.key for one in recipe.loses] == ["k90"]
    assert len(recipe.spares) == 10
    feedback += [said(n + 91, "yes", (f"Avocado by Meta: recipe for {n} chips", "")) for n in range(4)]
    assert not [each for each in proposed(QUERY, feedback) if each.clause == "NOT (recipe)"]


def test_what_an_edit_has_settled_since_is_not_proposed_again() -> None:
    feedback = [said(n, "no", (f"Avocado recipe number {n}", "")) for n in range(9)]
    assert proposed(QUERY, feedback)
    edited = replace(QUERY, query="(Avocado OR 牛油果) NOT recipe")
    assert judged_items(edited, feedback) == []
    assert proposed(edited, feedback) == []


def test_a_long_text_whose_end_is_not_kept_still_counts_for_the_version_that_alerted_it() -> None:
    both = replace(QUERY, query="Avocado AND harvest", version="v7")  # "harvest" stood where nothing is kept
    feedback = [said(n, "no", (f"Avocado recipe {n}", "")) for n in range(9)]
    assert proposed(both, feedback) == []
    found = proposed(both, [replace(each, watchlist_version="v7") for each in feedback])
    assert [(each.clause, len(each.spares)) for each in found] == [("NOT (recipe)", 9)]


def test_little_feedback_proposes_little() -> None:
    assert proposed(QUERY, []) == []
    assert proposed(QUERY, judged(10, 0, seed=1)) == []
    assert proposed(QUERY, judged(0, 1, seed=1)) == []
    # Four relevant ones: nothing is asked for, since the fifth may say something else.
    assert {each.kind for each in proposed(QUERY, judged(4, 12, seed=1))} == {"not"}


def test_few_judgements_are_called_weak_and_many_are_not() -> None:
    few = {each.clause: each.is_weak for each in proposed(QUERY, judged(4, 4, seed=2))}
    assert all(few.values())
    many = {each.clause: each.is_weak for each in proposed(QUERY, judged(60, 60, seed=1))}
    assert many["NOT (recipe)"] is False


def test_a_digests_verdict_is_of_no_item() -> None:
    both = [replace(one, items=(*one.items, *other.items)) for one, other in pairwise(judged(5, 5, seed=1))]
    assert judged_items(QUERY, both) == []


@pytest.mark.parametrize("seed", range(6))
def test_what_chance_alone_makes_telling_is_called_weak(seed: int) -> None:
    """The verdicts are drawn by lot."""
    chance = Random(seed)
    feedback = [replace(each, verdict=chance.choice(["yes", "no"])) for each in judged(60, 0, seed=seed)]
    assert all(each.is_weak for each in proposed(QUERY, feedback))


# Words.


@pytest.mark.parametrize(
    ("counts", "likelihood"),
    # The lady tasting tea: all of four cups right, three of four, and nothing that could tell.
    [((4, 0, 4, 4), 1 / 70), ((3, 1, 4, 4), 17 / 70), ((0, 0, 4, 4), 1.0), ((1, 4, 1, 4), 1.0), ((2, 0, 2, 0), 1.0)],
)
def test_chance_is_fishers(counts: tuple[int, int, int, int], likelihood: float) -> None:
    assert by_lot(*counts) == pytest.approx(likelihood)


def nobody_counted(word: str) -> float:
    return 0.0


def test_a_common_word_must_be_met_more_often_than_a_rare_one() -> None:
    frequency = {"water": 5.8, "guacamole": 2.5}
    first = ["the water of the guacamole"] * 3
    found = {each.text: each for each in telling(first, ["chips"] * 3, frequency=lambda word: frequency.get(word, 0.0))}
    assert found["guacamole"].z > found["water"].z
    assert found["guacamole"].rarity > found["water"].rarity


def test_spellings_are_one_word_and_the_usual_one_is_shown() -> None:
    first = ["iPhone 食譜 Meta's", "IPHONE 食谱 Meta", "iPhone 食谱 meta"]
    found = {each.text: (each.first, each.second) for each in telling(first, ["x", "y"], frequency=nobody_counted)}
    assert found == {"iPhone": (3, 0), "食谱": (3, 0), "Meta": (3, 0)}


def test_one_and_many_are_one_word_and_a_clause_names_both() -> None:
    first = ["easy recipes", "a recipe", "two Recipes", "berries", "a berry", "the bus", "AI"]
    found = {each.text: (each.first, each.also) for each in telling(first, ["x"], frequency=nobody_counted, fewest=2)}
    assert found == {"recipes": (3, ("recipe",)), "berry": (2, ("berries",))}
    feedback = [said(n, "no", (f"Avocado {tail}", "")) for n, tail in enumerate(("recipe", "recipes", "recipe book"))]
    assert "NOT (recipe OR recipes)" in [each.clause for each in proposed(QUERY, feedback)]
    assert proposed(LISTS, feedback)[0].edited.exclude == ("recipe", "recipes")


def test_a_phrase_is_named_where_its_words_alone_tell_less() -> None:
    first = ["the black market", "a black market", "black market prices"]
    second = ["the market is black", "black friday", "stock market"]
    assert telling(first, second, frequency=nobody_counted)[0].text == "black market"


def test_words_that_never_stand_apart_are_one_name_and_common_ones_are_not() -> None:
    """The tokenizer cuts 扎克伯格 in two, neither of which anybody would look for."""
    first = ["扎克伯格说模型", "据扎克伯格", "扎克伯格称", "recipe number one", "a recipe number", "my recipe number"]
    found = {each.text for each in telling(first, ["x"], frequency=zipf, fewest=2)}
    assert "扎克伯格" in found
    assert not found & {"扎克", "伯格", "recipe number"}


def test_common_words_of_two_items_alone_are_not_proposed() -> None:
    feedback = [
        said(n, "no", (f"牛油果{tail}", "")) for n, tail in enumerate(("，每天吃", "，每天一个", "食谱", "的食谱"))
    ]
    feedback += [said(n + 10, "yes", (f"牛油果模型{n}", "")) for n in range(4)]
    words = {word.text for each in proposed(QUERY, feedback) for word in each.words}
    assert "食谱" in words
    assert "每天" not in words


def test_examples_are_kept_where_that_can_be_and_said_where_it_cannot() -> None:
    feedback = [said(n, "no", (f"Avocado recipe with toast {n}", "")) for n in range(6)]
    feedback += [said(n + 10, "yes", (f"Meta trains Avocado, a model {n}", "")) for n in range(6)]
    judged_ = judged_items(QUERY, feedback)
    kept = suggest(QUERY, judged_, frequency=zipf, examples=["Avocado: no toast, a model of Meta", "Meta's Avocado"])
    assert {each.kind for each in kept} == {"not", "and"}
    assert all(matches(each.edited, example_item("Meta's Avocado")) for each in kept)
    assert not any("toast" in each.clause or each.breaks for each in kept)
    (one,) = [each for each in suggest(QUERY, judged_, frequency=zipf, examples=["Avocado"]) if each.kind == "and"]
    assert one.breaks == ("Avocado",)


@pytest.mark.parametrize(
    ("word", "own"),
    [("Qwen", True), ("qwen", True), ("Scale", True), ("scale ai", True), ("Scale deal", True), ("distilled", False),
     ("蒸馏", True), ("馏", True), ("蒸馏水", False), ("蒸馏威士忌", True), ("蒸餾", True), ("千问", False)],
)  # fmt: skip
def test_a_watchlists_own_words(word: str, own: bool) -> None:
    counted = {"蒸馏水": 3.0}
    assert own_words(["Qwen", "Scale AI", "蒸馏"], frequency=lambda each: counted.get(each, 0.0))(word) is own
