"""When a feed is polled next. Pure: the time and the chance that spreads the polls are arguments."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from monitor.errors import FeedError, FetchError
from monitor.feeds.limits import PollingLimits
from monitor.model import Feed

#: Share by which an interval varies, so that feeds added together do not stay together.
_JITTER = 0.1
#: A longer Retry-After is more likely a mistake than a wish.
_MAX_RETRY_AFTER_S = 7 * 86400.0
_ASK_TO_WAIT = frozenset((429, 503))


def next_due(
    *,
    feed: Feed,
    failures: int,
    error: FeedError | None,
    now: datetime,
    rng: random.Random,
    limits: PollingLimits,
) -> datetime:
    """Choose when to poll a feed again, after `failures` polls in a row have failed, the last with `error`.

    Failures double the interval up to the limit. Where a publisher asks to wait, that holds instead, if it is longer
    than the feed's interval.
    """
    interval_s = feed.interval_s or limits.interval_s
    asked_s = _asked_s(error)
    if asked_s is not None:
        # Late is polite, early is not.
        return now + timedelta(seconds=max(asked_s, interval_s) * rng.uniform(1, 1 + _JITTER))
    # The exponent is bounded: a feed may fail for years.
    pause_s = min(interval_s * 2 ** min(failures, 32), max(interval_s, limits.max_interval_s))
    return now + timedelta(seconds=pause_s * rng.uniform(1 - _JITTER, 1 + _JITTER))


def _asked_s(error: FeedError | None) -> float | None:
    if not isinstance(error, FetchError) or error.status not in _ASK_TO_WAIT or error.retry_after_s is None:
        return None
    return min(error.retry_after_s, _MAX_RETRY_AFTER_S)
