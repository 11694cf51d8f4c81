"""Hours and days to skip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.windows import after_windows
from monitor.model import Wishes


def sunday(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, 3, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "wishes", "moved"),
    [
        (sunday(3, 30), Wishes(), sunday(3, 30)),
        (sunday(3, 30), Wishes(skip_hours=(4,)), sunday(3, 30)),
        (sunday(3, 30), Wishes(skip_hours=(3,)), sunday(4)),
        (sunday(3, 30), Wishes(skip_hours=(3, 4, 5, 7)), sunday(6)),
        (sunday(23, 30), Wishes(skip_hours=(0, 1, 23)), datetime(2026, 5, 4, 2, tzinfo=UTC)),
        (sunday(3, 30), Wishes(skip_days=(6,)), datetime(2026, 5, 4, tzinfo=UTC)),
        (sunday(3, 30), Wishes(skip_days=(6, 0), skip_hours=(0,)), datetime(2026, 5, 5, 1, tzinfo=UTC)),
        (sunday(3, 30), Wishes(skip_days=(0, 1, 2, 3, 4, 5), skip_hours=(3,)), sunday(4)),
    ],
)
def test_a_time_to_skip_moves_to_its_end(time: datetime, wishes: Wishes, moved: datetime) -> None:
    assert after_windows(time, wishes) == moved


def test_who_leaves_no_hour_means_something_else() -> None:
    wishes = Wishes(skip_hours=tuple(range(12)), skip_days=tuple(range(7)))
    assert after_windows(sunday(3, 30), wishes) == sunday(3, 30)


@given(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),
    st.sets(st.integers(0, 23), max_size=23),
    st.sets(st.integers(0, 6), max_size=6),
)
def test_what_is_chosen_is_allowed_and_never_sooner(time: datetime, hours: set[int], days: set[int]) -> None:
    chosen = after_windows(time, Wishes(skip_hours=tuple(hours), skip_days=tuple(days)))
    assert chosen >= time
    assert chosen.hour not in hours
    assert chosen.weekday() not in days
