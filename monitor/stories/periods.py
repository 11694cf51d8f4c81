"""Local times of a time zone to instants: when a digest's period ends, and until when quiet hours last. Pure.

Clocks change. A local time that does not exist is the moment at which the clock jumps over it. One that exists twice
ends a period at its first time, so that no day has two digests, and quiet hours at its last, so that nothing is sent
while the clock on the wall still shows quiet hours. All instants are aware UTC datetimes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Send = Literal["immediate", "hourly", "daily", "weekly"]
#: Local times of start and end; crosses midnight where the end is not the later one.
Quiet = tuple[time, time]

_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
#: Between the day before, whose end may still come where a zone skips a day, and the same day next week.
_DAYS = range(-1, 9)


def next_end(send: Send, *, at: time, weekday: int, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the first end of a period after `now`; `now` itself where nothing is put off."""
    if send == "immediate":
        return now
    if send == "hourly":
        return _next_hour(now, zone)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=step) for step in _DAYS)
    ends = (instant(day, at, zone) for day in days if send == "daily" or day.weekday() == weekday)
    return next(end for end in ends if end > now)


def quiet_end(quiet: Sequence[Quiet], *, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which `now` lies, those that follow at once included; None outside of them.

    Hours that leave no minute of the day would hold for ever: they count as none.
    """
    until: datetime | None = None
    for _ in range(2 * len(quiet) + 1):
        end = _window_end(quiet, zone, until or now)
        if end is None:
            return until
        until = end
    return None


def instant(day: date, at: time, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """Return when the clocks of a zone show a local time; the first or the last time where they show it twice."""
    wall = datetime.combine(day, at, tzinfo=zone)
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second < first:  # PEP 495: by the offset after the gap it is earlier
        return _jump(second, first, zone)
    return second if last else first


def _window_end(quiet: Sequence[Quiet], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the last end of the windows in which a time lies."""
    today = now.astimezone(zone).date()
    ends = []
    for day in (today - timedelta(days=1), today):
        for start, end in quiet:
            until = instant(day if start < end else day + timedelta(days=1), end, zone, last=True)
            if instant(day, start, zone) <= now < until:
                ends.append(until)
    return max(ends, default=None)


def _next_hour(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clocks next show a full hour; in steps, since they may be set by less than one."""
    local = now.astimezone(zone)
    while True:
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        local = (local.astimezone(UTC) + _HOUR - past).astimezone(zone)
        if not (local.minute or local.second):
            return local.astimezone(UTC)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between two instants at which the clocks were set."""
    before = before.replace(microsecond=0)
    old = before.astimezone(zone).utcoffset()
    seconds = range(int((after - before).total_seconds()) + 1)
    return before + _SECOND * bisect_left(
        seconds, True, key=lambda second: (before + second * _SECOND).astimezone(zone).utcoffset() != old
    )
