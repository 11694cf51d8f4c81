"""Measured precision, with the interval that few answers leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Feedback
from monitor.watchlists.precision import Measured, by_version, measured, wilson

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def said(version: str, verdict: str, day: int) -> Feedback:
    return Feedback(f"alt_{version}_{day}", "w", version, verdict, NOW + timedelta(days=day), "link", ())


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    # R's prop.test(correct = FALSE), and the closed forms n/(n+z²) and z²/(n+z²) at the ends.
    [
        (9, 10, 0.5958, 0.9821),
        (81, 263, 0.2553, 0.3662),
        (3, 3, 0.4385, 1.0),
        (0, 3, 0.0, 0.5615),
        (1, 2, 0.0945, 0.9055),
    ],
)
def test_the_interval_is_wilsons(successes: int, total: int, low: float, high: float) -> None:
    assert wilson(successes, total) == pytest.approx((low, high), abs=6e-5)


def test_nothing_said_is_no_precision() -> None:
    assert (measured([]), measured([]).precision, measured([]).interval) == (Measured(0, 0), None, None)
    assert by_version([]) == []


def test_each_version_is_measured_by_itself_the_latest_first() -> None:
    every = [said("a", "yes", 1), said("a", "no", 9), said("b", "yes", 5), said("b", "yes", 6), said("c", "no", 2)]
    assert by_version(every) == [
        Measured(1, 1, NOW + timedelta(days=9), "a"),
        Measured(2, 0, NOW + timedelta(days=6), "b"),
        Measured(0, 1, NOW + timedelta(days=2), "c"),
    ]
    assert measured(every) == Measured(3, 2, NOW + timedelta(days=9))
    assert measured(every).precision == 0.6
