"""When a feed is polled next."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FeedError, FetchError, ParseError
from monitor.feeds.limits import PollingLimits
from monitor.feeds.rhythm import next_due
from tests.feeds.made import FEED, NOW

LIMITS = PollingLimits(interval_s=300, max_interval_s=21_600, first_poll_max_age_s=86_400, max_known=100)


class Middle(random.Random):
    """Chance that never strays from the middle."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def pause_s(
    failures: int = 0,
    error: FeedError | None = None,
    *,
    interval_s: float | None = None,
    rng: random.Random | None = None,
) -> float:
    feed = replace(FEED, interval_s=interval_s)
    due_at = next_due(feed=feed, failures=failures, error=error, now=NOW, rng=rng or Middle(), limits=LIMITS)
    return (due_at - NOW).total_seconds()


def answered(status: int, retry_after_s: float | None = None) -> FetchError:
    return FetchError("x", "y", phase="status", status=status, retry_after_s=retry_after_s)


@pytest.mark.parametrize(
    ("failures", "pause"), [(0, 300), (1, 600), (2, 1_200), (3, 2_400), (7, 21_600), (10_000, 21_600)]
)
def test_failures_double_the_pause_up_to_the_limit(failures: int, pause: float) -> None:
    assert pause_s(failures, ParseError("x", "y") if failures else None) == pause


def test_a_feed_slower_than_the_limit_is_never_polled_sooner_for_failing() -> None:
    assert pause_s(1, answered(500), interval_s=86_400) == 86_400


def test_a_feed_may_have_an_interval_of_its_own() -> None:
    assert pause_s(interval_s=60) == 60


@pytest.mark.parametrize(
    ("status", "asked_s", "at_least_s"),
    [(429, 7_200, 7_200), (503, 100_000, 100_000), (429, 1, 300), (503, 30 * 86_400, 7 * 86_400)],
)
def test_a_wish_to_wait_outranks_the_ladder(status: int, asked_s: float, at_least_s: float) -> None:
    pause = pause_s(9, answered(status, asked_s))
    assert at_least_s <= pause <= at_least_s * 1.1


@pytest.mark.parametrize("error", [answered(429), answered(500, 7_200), answered(404, 7_200)])
def test_only_429_and_503_with_a_time_are_a_wish_to_wait(error: FetchError) -> None:
    assert pause_s(1, error) == 600


@given(st.integers(), st.integers(0, 100))
def test_the_pause_strays_by_a_tenth_at_most(seed: int, failures: int) -> None:
    error = answered(500) if failures else None
    middle = pause_s(failures, error)
    assert middle * 0.9 <= pause_s(failures, error, rng=random.Random(seed)) <= middle * 1.1


def test_feeds_added_together_do_not_stay_together() -> None:
    rng = random.Random(1)
    assert len({pause_s(rng=rng) for _ in range(100)}) == 100
