"""Figures in both languages: one form for each, and which of them may be one."""

from __future__ import annotations

import pytest

from monitor.stories.figures import Figure, figures_in, may_equal
from monitor.text.normal import normalised

READ = {
    "Meta pays $14.3B for it": ("usd", 14.3e9),
    "143亿美元": ("usd", 14.3e9),
    "14.3 billion dollars": ("usd", 14.3e9),
    "US$14.3bn": ("usd", 14.3e9),
    "1,234万元": ("cny", 12.34e6),
    "€41.50 a share": ("eur", 41.5),
    "49%": ("%", 49),
    "49 percent": ("%", 49),
    "22 万张 GPU": ("n", 220_000),
    "24 people": ("n", 24),
    "July 15": ("d", 715),
    "15 July": ("d", 715),
    "7月15日": ("d", 715),
    "Sept. 3": ("d", 903),
    "sales in May": ("m", 5),
    "5月销量": ("m", 5),
    "on Tuesday": ("w", 1),
    "星期二": ("w", 1),
    "Q2": ("q", 2),
    "第二季度": ("q", 2),
    "in 2026": ("y", 2026),
    "2026年": ("y", 2026),
    "episode 112": ("#", 112),
    "day 1,250": ("#", 1250),
    "第2025083期": ("#", 2025083),
    "第十二次": ("#", 12),
    "GPT-5.5": ("v", 5.5),
    "iPhone 17": ("v", 17),
    "微信8.0.61正式版": ("v", 8.061),
    "Node.js v24.4.0": ("v", 24.4),
}


@pytest.mark.parametrize(("text", "expected"), READ.items(), ids=list(READ))
def test_one_form_whatever_the_spelling(text: str, expected: tuple[str, float]) -> None:
    (figure,), _ = figures_in(normalised(text))
    assert (figure.kind, round(figure.value, 6)) == expected


@pytest.mark.parametrize("text", ["", "no figure at all", "今日要闻", "S26 Ultra", "may be"])
def test_nothing_is_read_where_nothing_stands(text: str) -> None:
    assert figures_in(normalised(text)) == ((), normalised(text))


def test_what_is_left_has_no_figure() -> None:
    figures, rest = figures_in(normalised("Meta pays $14.3B for 49% of Scale AI"))
    assert len(figures) == 2
    assert rest.split() == ["meta", "pays", "for", "of", "scale", "ai"]


def of(text: str) -> Figure:
    (figure,), _ = figures_in(normalised(text))
    return figure


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$14.3B", "$14 billion"),
        ("$5 billion", "356亿元"),
        ("$5 billion", "50亿"),
        ("14%", "14.2 percent"),
        ("€9.3B", "93亿欧元"),
        ("7月15日", "July 15"),
    ],
)
def test_rounding_and_currencies_make_no_difference(one: str, other: str) -> None:
    assert may_equal(of(one), of(other))
    assert may_equal(of(other), of(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$14B", "$15B"),
        ("14%", "14"),
        ("GPT-5.5", "GPT-5.4"),
        ("July 15", "July 16"),
        ("15", "$15"),
    ],
)
def test_others_are_two_figures(one: str, other: str) -> None:
    assert not may_equal(of(one), of(other))
