"""When a feed is polled next. Pure: the time and the chance that spreads the polls are arguments.

What the feed's own habits suggest, no sooner than its publisher and the settings allow, no later than
`max_interval`; a publisher's explicit wish to wait, and hours or days to skip, outrank even that. docs/polling.md has
each rule with its source.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from monitor.errors import FeedError, FetchError
from monitor.feeds.habits import expected_gap_s, in_a_hurry
from monitor.feeds.limits import PollingLimits
from monitor.feeds.windows import after_windows
from monitor.model import Feed, Habits, Wishes

#: Part of the time until the next item, as expected, that lies between two polls: the news is seen that much late.
_SHARE = 0.1
#: Share by which an interval varies, so that feeds added together do not stay together.
_JITTER = 0.1
#: Polls after a window's end are spread over so long: many a publisher has many feeds with one window.
_AFTER_WINDOW_S = 360.0
#: A longer Retry-After is more likely a mistake than a wish.
_MAX_RETRY_AFTER_S = 7 * 86400.0
_ASK_TO_WAIT = frozenset((429, 503))


def next_due(
    *,
    feed: Feed,
    failures: int,
    error: FeedError | None,
    wishes: Wishes,
    fresh_s: float,
    habits: Habits,
    now: datetime,
    rng: random.Random,
    limits: PollingLimits,
) -> datetime:
    """Choose when to poll a feed again, after `failures` polls in a row have failed, the last with `error`.

    Failures double the interval up to the limit. Where a publisher asks to wait, that holds instead, if it is longer
    than the shortest interval.
    """
    least_s = feed.interval_s or limits.interval_s
    asked_s = _asked_s(error)
    if asked_s is None:
        most_s = max(feed.max_interval_s or limits.max_interval_s, least_s)
        allowed_s = min(max(least_s, wishes.ttl_s, fresh_s), most_s)
        wanted_s = least_s if in_a_hurry(habits, now) else expected_gap_s(habits, now) * _SHARE
        # The exponent is bounded: a feed may fail for years.
        ladder_s = least_s * 2 ** min(failures, 32) if failures else 0.0
        pause_s = _spread(min(max(allowed_s, wanted_s, ladder_s), most_s), allowed_s, most_s, rng)
    else:
        # Late is polite, early is not.
        pause_s = max(asked_s, least_s) * rng.uniform(1, 1 + _JITTER)
    due_at = now + timedelta(seconds=pause_s)
    after = after_windows(due_at, wishes)
    return due_at if after is due_at else after + timedelta(seconds=rng.uniform(0, _AFTER_WINDOW_S))


def _spread(pause_s: float, least_s: float, most_s: float, rng: random.Random) -> float:
    """Let chance vary a pause, never out of its bounds."""
    low_s = max(pause_s * (1 - _JITTER), least_s)
    return rng.uniform(low_s, max(min(pause_s * (1 + _JITTER), most_s), low_s))


def _asked_s(error: FeedError | None) -> float | None:
    if not isinstance(error, FetchError) or error.status not in _ASK_TO_WAIT or error.retry_after_s is None:
        return None
    return min(error.retry_after_s, _MAX_RETRY_AFTER_S)
