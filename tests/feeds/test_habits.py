"""What items teach of the feed that brings them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.feeds.habits import expected_gap_s, in_a_hurry, is_silent, with_first, with_news
from monitor.model import Habits, Item
from tests.feeds.made import NOW, entry

DAY = timedelta(days=1)


def items(*days_ago: float) -> list[Item]:
    return [entry("a", hours_ago=24 * days).item for days in days_ago]


def test_items_are_counted_by_day() -> None:
    habits = with_first(Habits(), items(0, 0, 1, 3), NOW)
    assert (habits.day, habits.counts) == (NOW.toordinal(), (2, 1, 0, 1))
    assert with_news(habits, items(0, 3), NOW).counts == (3, 1, 0, 2)
    assert with_news(habits, items(0), NOW + 2 * DAY).counts == (3, 1, 0, 1), "an item that is late counts for its day"


def test_four_weeks_are_kept() -> None:
    habits = with_first(Habits(), items(*range(60)), NOW)
    assert habits.counts == (1,) * 28
    assert with_news(habits, items(0), NOW).counts == (2, *(1,) * 27)


def test_the_first_document_says_nothing_of_latency_and_undated_items_nothing_of_days() -> None:
    habits = with_first(Habits(), [entry("a", hours_ago=None).item], NOW)
    assert habits == Habits(news_at=NOW)


def test_later_an_undated_item_is_of_the_time_it_was_seen() -> None:
    habits = with_news(Habits(), [entry("a", hours_ago=None).item], NOW)
    assert (habits.counts, habits.latency_s) == ((1,), None)


def test_a_date_in_the_future_is_todays() -> None:
    habits = with_news(Habits(), items(-0.9), NOW)
    assert (habits.day, habits.newest_at, habits.latency_s) == (NOW.toordinal(), NOW, 0)


def test_latency_follows_the_middle_of_what_comes() -> None:
    habits = with_news(Habits(), [entry(name, hours_ago=hours).item for name, hours in zip("abc", (1, 2, 99))], NOW)  # noqa: B905 -- a literal
    assert habits.latency_s == 7_200
    assert with_news(habits, [entry("d", hours_ago=7).item], NOW).latency_s == 7_200 + 0.2 * 18_000


def test_without_news_nothing_is_learned() -> None:
    habits = Habits(5, (1,), NOW, NOW)
    assert with_news(habits, [], NOW + DAY) is habits


@pytest.mark.parametrize(
    ("days_ago", "silent_after"),
    [
        ([0, 1, 2], 3),
        ([0, 1, 2, 5], 9),
        ([0, 7, 14, 21], 21),
        ([2, 3, 4], 1),
        ([0, 1], None),
        ([0, 0, 0, 0], None),
        ([400, 401, 402, 403], None),
    ],
)
def test_silence_is_three_times_the_longest_pause(days_ago: list[float], silent_after: int | None) -> None:
    silent_at = with_first(Habits(), items(*days_ago), NOW).silent_at
    assert silent_at == (None if silent_after is None else NOW + silent_after * DAY)


def test_who_is_silent_is_so_once_the_time_has_come() -> None:
    habits = with_first(Habits(), items(0, 1, 2), NOW)
    assert [is_silent(habits, NOW + days * DAY) for days in (0, 2, 3, 9)] == [False, False, True, True]
    assert not is_silent(replace(habits, silent_at=None), NOW + 9 * DAY)


def test_news_ends_a_silence() -> None:
    assert not with_news(Habits(silent=True), items(0), NOW).silent


@given(st.lists(st.floats(-1, 100), min_size=1, max_size=80), st.floats(0, 40))
def test_whatever_comes_the_expectation_is_a_time(days_ago: list[float], later_days: float) -> None:
    habits = with_news(with_first(Habits(), items(*days_ago), NOW), items(0), NOW)
    later: datetime = NOW + timedelta(days=later_days)
    assert 0 <= expected_gap_s(habits, later) <= later_days * 86_400 + 1
    assert in_a_hurry(habits, later) == (later - NOW < timedelta(hours=1))
    assert habits.counts[-1] > 0
    assert sum(habits.counts) <= len(days_ago) + 1
