"""When a feed is polled next."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.errors import FeedError, FetchError, ParseError
from monitor.feeds.limits import PollingLimits
from monitor.feeds.rhythm import next_due
from monitor.model import Habits, Wishes
from tests.feeds.made import FEED, NOW

LIMITS = PollingLimits(interval_s=300, max_interval_s=21_600, first_poll_max_age_s=86_400, max_known=100)
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
TODAY = NOW.toordinal()
#: Nothing is known: as at the first poll.
NO_HABITS = Habits()


class Early(random.Random):
    """Chance that always takes the earliest time."""

    def uniform(self, a: float, b: float) -> float:
        return min(a, b)


class Late(random.Random):
    """Chance that always takes the latest time."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


def habits(per_week: int, *, quiet_s: float = 7 * DAY, missed_s_ago: float | None = None) -> Habits:
    """Make the habits of a feed with so many items in the last week, all of the same day, that was quiet since."""
    missed_at = None if missed_s_ago is None else NOW - timedelta(seconds=missed_s_ago)
    return Habits(TODAY, (per_week,), NOW - timedelta(seconds=quiet_s), missed_at=missed_at)


def pause_s(
    failures: int = 0,
    error: FeedError | None = None,
    *,
    own: tuple[float | None, float | None] = (None, None),
    wishes: Wishes = Wishes(),  # noqa: B008 -- frozen
    fresh_s: float = 0.0,
    known: Habits = NO_HABITS,
    now: datetime = NOW,
    rng: random.Random = Early(),  # noqa: B008 -- stateless
) -> float:
    feed = replace(FEED, interval_s=own[0], max_interval_s=own[1])
    due_at = next_due(
        feed=feed,
        failures=failures,
        error=error,
        wishes=wishes,
        fresh_s=fresh_s,
        habits=known,
        now=now,
        rng=rng,
        limits=LIMITS,
    )
    return (due_at - now).total_seconds()


def answered(status: int, retry_after_s: float | None = None) -> FetchError:
    return FetchError("x", "y", phase="status", status=status, retry_after_s=retry_after_s)


# What the feed's habits suggest.


@pytest.mark.parametrize(
    ("known", "pause"),
    [
        (NO_HABITS, 300),
        (habits(7), 0.1 * DAY),
        (habits(70), 0.01 * DAY),
        (habits(10_000), 300),
        (habits(1), 21_600),
        (habits(0), 21_600),
        # Not later than a tenth of the silence so far: news comes in bursts.
        (habits(7, quiet_s=2 * HOUR), 12 * MINUTE),
        (habits(7, quiet_s=59 * MINUTE), 300),
        (habits(0, quiet_s=20 * HOUR), 2 * HOUR),
        # What may have been missed once may be missed again.
        (habits(1, missed_s_ago=DAY - 1), 300),
        (habits(1, missed_s_ago=DAY + 1), 21_600),
    ],
)
def test_a_feed_is_polled_as_often_as_it_publishes(known: Habits, pause: float) -> None:
    late = pause_s(known=known, rng=Late())
    assert pause_s(known=known) <= pause <= late
    assert late <= pause * 1.1 + 1e-6


def test_the_rate_is_that_of_the_last_week() -> None:
    counts = (0, 0, 0, 0, 0, 0, 7, 100)
    assert pause_s(known=replace(habits(0), counts=counts), rng=Late()) == pytest.approx(0.11 * DAY)
    assert pause_s(known=replace(habits(0), counts=counts, day=TODAY - 1)) == pytest.approx(0.9 * 21_600)


# What the publisher allows.


@pytest.mark.parametrize(
    ("wishes", "fresh_s", "allowed"),
    [
        (Wishes(ttl_s=HOUR), 0, HOUR),
        (Wishes(), HOUR, HOUR),
        (Wishes(ttl_s=HOUR), 2 * HOUR, 2 * HOUR),
        (Wishes(ttl_s=60), 60, 300),
        (Wishes(ttl_s=DAY), 0, 21_600),
        (Wishes(), 365 * DAY, 21_600),
    ],
)
def test_nobody_is_asked_before_the_time_that_was_named(wishes: Wishes, fresh_s: float, allowed: float) -> None:
    assert pause_s(wishes=wishes, fresh_s=fresh_s) == allowed
    assert pause_s(1, answered(500), wishes=wishes, fresh_s=fresh_s) >= allowed


@pytest.mark.parametrize(
    ("status", "asked_s", "at_least_s"),
    [(429, 7_200, 7_200), (503, 100_000, 100_000), (429, 1, 300), (503, 30 * 86_400, 7 * 86_400)],
)
def test_a_wish_to_wait_outranks_ladder_and_limit(status: int, asked_s: float, at_least_s: float) -> None:
    error = answered(status, asked_s)
    assert pause_s(9, error) == at_least_s
    assert pause_s(9, error, rng=Late()) == pytest.approx(at_least_s * 1.1)


@pytest.mark.parametrize("error", [answered(429), answered(500, 7_200), answered(404, 7_200)])
def test_only_429_and_503_with_a_time_are_a_wish_to_wait(error: FetchError) -> None:
    assert pause_s(1, error) == 540


def test_hours_to_skip_outrank_the_limit() -> None:
    late_evening = datetime(2026, 5, 3, 23, 58, tzinfo=UTC)
    pause = pause_s(wishes=Wishes(skip_hours=tuple(range(8))), now=late_evening)
    assert pause == 8 * HOUR + 2 * MINUTE
    assert pause_s(wishes=Wishes(skip_hours=(0,)), now=late_evening, rng=Late()) <= HOUR + 8 * MINUTE + 1


# What the settings say.


@pytest.mark.parametrize(
    ("own", "busy", "quiet"),
    [
        ((None, None), 300, 21_600),
        ((60, None), 60, 21_600),
        ((None, 600), 300, 600),
        ((60, 60), 60, 60),
        ((DAY, None), DAY, DAY),
        ((DAY, 60), DAY, DAY),
    ],
)
def test_a_feed_may_have_bounds_of_its_own(own: tuple[float | None, float | None], busy: float, quiet: float) -> None:
    assert pause_s(known=habits(100_000), own=own) == busy
    assert pause_s(known=habits(0), own=own, rng=Late()) == quiet


@pytest.mark.parametrize(("failures", "pause"), [(1, 600), (2, 1_200), (3, 2_400), (7, 21_600), (10_000, 21_600)])
def test_failures_double_the_pause_up_to_the_limit(failures: int, pause: float) -> None:
    assert pause_s(failures, ParseError("x", "y")) == pytest.approx(pause * 0.9)
    assert pause_s(failures, ParseError("x", "y"), rng=Late()) == pytest.approx(min(pause * 1.1, 21_600))


def test_a_feed_is_never_polled_sooner_for_failing() -> None:
    assert pause_s(1, answered(500), own=(DAY, None)) == DAY
    assert pause_s(1, answered(500), known=habits(1)) == pause_s(known=habits(1))


# What holds in any case.


@given(
    st.integers(),
    st.integers(0, 100),
    st.integers(0, 5_000),
    st.floats(0, 40 * DAY),
    st.floats(0, 10 * DAY),
    st.floats(0, 10 * DAY),
)
def test_no_pause_leaves_its_bounds(
    seed: int, failures: int, per_week: int, quiet_s: float, ttl_s: float, fresh_s: float
) -> None:
    error = answered(500) if failures else None
    known, rng = habits(per_week, quiet_s=quiet_s), random.Random(seed)
    pause = pause_s(failures, error, wishes=Wishes(ttl_s=ttl_s), fresh_s=fresh_s, known=known, rng=rng)
    assert min(max(300, ttl_s, fresh_s), 21_600) - 1e-5 <= pause <= 21_600 + 1e-5


def test_feeds_added_together_do_not_stay_together() -> None:
    rng = random.Random(1)
    assert len({pause_s(rng=rng) for _ in range(100)}) == 100
