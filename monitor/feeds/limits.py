"""The settings of polling, as the pure files of this folder need them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingLimits:
    """How often feeds are polled, and how much of them is kept in mind."""

    #: Shortest and longest time between two polls, for feeds that have none of their own, seconds.
    interval_s: float
    max_interval_s: float
    #: At a feed's first poll, items older than this, and undated ones, are remembered and not alerted.
    first_poll_max_age_s: float
    #: Known entries kept per feed; never fewer than its present document lists.
    max_known: int
    #: Failures in a row after which the operator is told.
    dead_after: int = 10
