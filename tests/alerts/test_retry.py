"""When a failed delivery is tried again, and when a waiting channel tries itself."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.outcome import Later, MessageAtFault
from monitor.alerts.retry import LADDER_S, Dead, Retry, next_attempt, probe_after_s
from tests.alerts.samples import NOW


class Fixed(Random):
    """Chance that always says the same."""

    def __init__(self, value: float) -> None:
        super().__init__(0)
        self._value = value

    def random(self) -> float:
        return self._value


def wait_s(attempts: int, outcome: Later, chance: float = 0.0) -> float:
    decided = next_attempt(attempts, outcome, now=NOW, rng=Fixed(chance))
    assert isinstance(decided, Retry)
    return (decided.at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("attempts", "expected_s"),
    [(1, 5), (2, 30), (3, 120), (4, 600), (5, 3_600), (6, 14_400), (7, 43_200), (8, 86_400)],
)
def test_each_failed_attempt_waits_one_rung_longer(attempts: int, expected_s: float) -> None:
    assert wait_s(attempts, Later("500")) == expected_s


def test_after_the_last_rung_the_delivery_is_dead_and_keeps_the_answer() -> None:
    decided = next_attempt(len(LADDER_S) + 1, Later("HTTP 500"), now=NOW, rng=Fixed(0))
    assert isinstance(decided, Dead)
    assert "HTTP 500" in decided.reason


def test_a_message_at_fault_is_dead_at_once() -> None:
    assert next_attempt(1, MessageAtFault("HTTP 422"), now=NOW, rng=Fixed(0)) == Dead("HTTP 422")


@pytest.mark.parametrize(
    ("attempts", "retry_after_s", "expected_s"),
    [
        (1, 90.0, 90.0),
        (3, 90.0, 120.0),
        (1, 0.0, 5.0),
        # The second failure waits for the second rung, although the first was stretched over it.
        (2, None, 30.0),
    ],
)
def test_retry_after_stretches_a_rung_and_skips_none(
    attempts: int, retry_after_s: float | None, expected_s: float
) -> None:
    assert wait_s(attempts, Later("429", retry_after_s)) == expected_s


@given(st.integers(1, len(LADDER_S)), st.floats(0, 86_400) | st.none(), st.floats(0, 1, exclude_max=True))
def test_chance_adds_up_to_a_fifth_of_the_rung_and_never_shortens_it(
    attempts: int, retry_after_s: float | None, chance: float
) -> None:
    rung = LADDER_S[attempts - 1]
    least = max(rung, retry_after_s or 0.0)
    assert least - 1e-5 <= wait_s(attempts, Later("503", retry_after_s), chance) <= least + rung / 5 + 1e-5


@pytest.mark.parametrize(
    ("failures", "expected_s"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (8, 300), (5_000, 300)]
)
def test_a_waiting_channel_probes_after_five_seconds_rising_to_five_minutes(failures: int, expected_s: float) -> None:
    assert probe_after_s(failures, Fixed(0.0)) == expected_s
    assert expected_s <= probe_after_s(failures, Fixed(0.999)) <= min(expected_s * 1.2, 300)


def test_two_deliveries_that_failed_together_do_not_come_back_together() -> None:
    rng = Random(7)  # no secret
    decided = {next_attempt(4, Later("500"), now=NOW, rng=rng) for _ in range(50)}
    assert len(decided) == 50
    assert all(isinstance(d, Retry) and d.at >= NOW + timedelta(seconds=600) for d in decided)
