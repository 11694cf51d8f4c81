"""Hours and days in which a publisher does not want to be asked (RSS 2.0: skipHours, skipDays). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Wishes

_WEEK_H = 7 * 24


def after_windows(due_at: datetime, wishes: Wishes) -> datetime:
    """Move a time that falls into hours or days to skip to the end of them; UTC, as GMT is what they are written in.

    Where they leave no hour of the week, they cannot be meant so.
    """
    if not (wishes.skip_hours or wishes.skip_days):
        return due_at
    if not _is_skipped(due_at, wishes):
        return due_at
    hour = due_at.replace(minute=0, second=0, microsecond=0)
    later = (hour + timedelta(hours=step) for step in range(1, _WEEK_H + 1))
    return next((time for time in later if not _is_skipped(time, wishes)), due_at)


def _is_skipped(time: datetime, wishes: Wishes) -> bool:
    return time.hour in wishes.skip_hours or time.weekday() in wishes.skip_days
