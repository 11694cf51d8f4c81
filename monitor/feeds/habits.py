"""How a feed publishes: what its items teach us, and what follows for the next poll and for who waits for it. Pure.

Kept per feed: items per day for four weeks, and a handful of times; never the items themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from msgspec.structs import replace

from monitor.model import Habits, Item

#: Days that are counted, and those of them that make the present rate.
_DAYS = 28
_WEEK = 7
_DAY_S = 86400.0
#: News comes in bursts: so long after some, more is expected at any moment.
_BURST = timedelta(hours=1)
#: So long after items may have been missed, the feed is polled as often as it may be.
_CAREFUL = timedelta(days=1)
#: A feed is silent once it has said nothing for so many times its longest pause, and so many days at least; of one
#: with fewer days of news there is no telling.
_PAUSES = 3
_LEAST_SILENCE_DAYS = 3
_DAYS_OF_NEWS = 3
#: Weight of the latest poll in the usual latency.
_LATEST = 0.2


def in_a_hurry(habits: Habits, now: datetime) -> bool:
    """Tell whether the next item may come, or be lost, at any moment."""
    if habits.news_at is None or now - habits.news_at < _BURST:
        return True
    return habits.missed_at is not None and now - habits.missed_at < _CAREFUL


def expected_gap_s(habits: Habits, now: datetime) -> float:
    """Tell how long it takes until the next item: by the last week's rate, or the silence so far where that is shorter.

    Without an item in the last week, and without any, the silence so far is all that we know.
    """
    quiet_s = (now - habits.news_at).total_seconds() if habits.news_at else 0.0
    items = sum(habits.counts[: max(_WEEK - (now.toordinal() - habits.day), 0)])
    return min(quiet_s, _WEEK * _DAY_S / items) if items else quiet_s


def with_first(habits: Habits, items: Iterable[Item], now: datetime) -> Habits:
    """Learn from the items of the first document, which may be old."""
    dates = [item.published_at for item in items if not item.undated]
    learned = replace(_counted(habits, dates, now), news_at=now)
    # Of one that is silent already nobody waits for news.
    return replace(learned, silent_at=silent_at) if (silent_at := _silent_at(learned)) and silent_at > now else learned


def with_news(habits: Habits, items: Sequence[Item], now: datetime) -> Habits:
    """Learn from items that have just come."""
    if not items:
        return habits
    dated = [item for item in items if not item.undated]
    learned = _counted(habits, [item.published_at for item in items], now)
    learned = replace(learned, news_at=now, silent=False, latency_s=_latency_s(habits, dated))
    return replace(learned, silent_at=_silent_at(learned))


def is_silent(habits: Habits, now: datetime) -> bool:
    """Tell whether a feed has now been quiet for so long that its reader should know, and does not yet."""
    return habits.silent_at is not None and now >= habits.silent_at


def _counted(habits: Habits, dates: Sequence[datetime], now: datetime) -> Habits:
    """Count dates into the days; a date in the future is today's."""
    if not dates:
        return habits
    days = Counter({habits.day - back: count for back, count in enumerate(habits.counts)})
    days.update(min(date, now).toordinal() for date in dates)
    newest = max(days)
    counts = [days[newest - back] for back in range(_DAYS)]
    while not counts[-1]:
        counts.pop()
    newest_at = min(max(dates), now)
    return replace(
        habits,
        day=newest,
        counts=tuple(counts),
        newest_at=max(newest_at, habits.newest_at) if habits.newest_at else newest_at,
    )


def _silent_at(habits: Habits) -> datetime | None:
    days = [back for back, count in enumerate(habits.counts) if count]
    if len(days) < _DAYS_OF_NEWS or habits.newest_at is None:
        return None
    longest = max(later - earlier for earlier, later in pairwise(days))
    return habits.newest_at + timedelta(days=max(_PAUSES * longest, _LEAST_SILENCE_DAYS))


def _latency_s(habits: Habits, dated: Sequence[Item]) -> float | None:
    if not dated:
        return habits.latency_s
    latest_s = median(max((item.seen_at - item.published_at).total_seconds(), 0.0) for item in dated)
    usual_s = latest_s if habits.latency_s is None else habits.latency_s
    return usual_s + _LATEST * (latest_s - usual_s)
