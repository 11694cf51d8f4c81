"""By how much an entry has changed."""

from __future__ import annotations

import random

import pytest

from monitor.feeds.sketch import has_changed, sketch

WORDS = [f"word{number}" for number in range(5_000)]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (("Teal denies", "text"), ("Teal denies", "text"), False),
        (("Teal denies", ""), ("Teal confirms", ""), True),
        (("Teal denies", ""), ("TEAL  denies!", ""), False),
        (("千问发布", ""), ("千问发布。", ""), False),
        (("千问发布", ""), ("千问开源", ""), True),
        (("T", "一。二。三。四。五。六。七。八。"), ("T", "一。二。三。四。五。六。七。八，"), False),
        (("T", "一。二。三。四。五。六。七。八。"), ("T", "甲。乙。丙。丁。戊。己。庚。辛。"), True),
        (("T", "of the harbour"), ("T", "Of The  Harbour"), False),
        (("T", ""), ("T", "now there is a text of some words here"), True),
        (("\ud800", "\ud800"), ("\ud800", "\ud800"), False),
    ],
)
def test_what_counts_as_changed(before: tuple[str, str], after: tuple[str, str], changed: bool) -> None:
    assert has_changed(sketch(*before), sketch(*after)) is changed


@pytest.mark.parametrize(("share", "at_least", "at_most"), [(0.01, 0, 5), (0.5, 95, 100), (1, 100, 100)])
def test_small_changes_of_a_text_are_none_and_large_ones_are(share: float, at_least: int, at_most: int) -> None:
    rng, changed = random.Random(1), 0
    for _ in range(100):
        text = rng.choices(WORDS, k=200)
        other = [rng.choice(WORDS) if rng.random() < share else word for word in text]
        changed += has_changed(sketch("T", " ".join(text)), sketch("T", " ".join(other)))
    assert at_least <= changed <= at_most


def test_a_sketch_is_20_digits_whatever_the_text() -> None:
    assert {len(sketch(*texts)) for texts in (("", ""), ("T", "x"), ("题", "文" * 99_999))} == {20}


def test_what_an_older_version_wrote_tells_nothing() -> None:
    assert not has_changed("e8f1c7c1a5987f66", sketch("T", "text"))
    assert not has_changed("", sketch("T", "text"))
