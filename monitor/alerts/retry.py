"""Turns an answer that was no delivery into the moment of the next attempt, or into the end of all attempts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from monitor.alerts.outcome import Later, MessageAtFault

#: Seconds from a failed attempt to the next one: after the first, the second, ... After the last: a dead letter.
LADDER_S = (5.0, 30.0, 120.0, 600.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0)
#: Share of a rung that chance adds, so that what failed together does not come back together.
_JITTER = 0.2
_FIRST_PROBE_S, _LAST_PROBE_S = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the same delivery again, not before this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Dead:
    """Give the delivery up as a dead letter, with the reason."""

    reason: str


def next_attempt(attempts: int, outcome: Later | MessageAtFault, *, now: datetime, rng: Random) -> Retry | Dead:
    """Return when to try again after the `attempts`-th counted attempt (from 1) ended in `outcome`.

    Never earlier than the rung, nor than the server's Retry-After; a Retry-After does not skip a rung.
    """
    if isinstance(outcome, MessageAtFault):
        return Dead(outcome.answer)
    if attempts > len(LADDER_S):
        return Dead(f"given up after {attempts} attempts; the last answer: {outcome.answer}")
    rung_s = LADDER_S[max(attempts, 1) - 1]
    least_s = max(rung_s, outcome.retry_after_s or 0.0)
    return Retry(now + timedelta(seconds=least_s + rng.random() * _JITTER * rung_s))


def probe_after_s(failures: int, rng: Random) -> float:
    """Return the seconds until a waiting channel tries itself again, after so many failed tries in a row (from 1)."""
    doubled = _FIRST_PROBE_S * 2.0 ** min(max(failures, 1) - 1, 10)
    return min(doubled * (1 + rng.random() * _JITTER), _LAST_PROBE_S)
