"""What a document says of when to ask for it: ttl, skipHours and skipDays of RSS, sy:updatePeriod. Pure.

Read from the text of the document outside of its entries, so that it does not matter which reader made sense of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.model import Wishes

_FIRST_ENTRY = re.compile(r"<((?:[\w.-]+:)?(?:item|entry))[\s>/]", re.IGNORECASE)
_TTL = re.compile(r"<ttl\s*>\s*(\d{1,9})\s*</ttl\s*>", re.IGNORECASE)
_PERIOD = re.compile(r"<\w+:updatePeriod\s*>\s*(\w+)\s*</", re.IGNORECASE)
_FREQUENCY = re.compile(r"<\w+:updateFrequency\s*>\s*(\d{1,9})\s*</", re.IGNORECASE)
_SKIPPED = {what: re.compile(rf"<{what}\s*>", re.IGNORECASE) for what in ("skipHours", "skipDays")}
_HOUR = re.compile(r"<hour\s*>\s*(\d{1,2})\s*</hour", re.IGNORECASE)
_DAY = re.compile(r"<day\s*>\s*(mon|tue|wed|thu|fri|sat|sun)\w*\s*</day", re.IGNORECASE)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIODS_S = {"hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0, "monthly": 2592000.0, "yearly": 31536000.0}


def read_wishes(text: str) -> Wishes:
    """Read what an XML document asks of those who poll it; what makes no sense is as if it were not there.

    Sources: RSS 2.0, optional channel elements; RSS 1.0 module Syndication (the period defaults to daily, its
    frequency to once).
    """
    around = _around_entries(text)
    return Wishes(
        ttl_s=max(_ttl_s(around), _period_s(around)),
        skip_hours=_some(
            24, (int(hour) % 24 for hour in _HOUR.findall(_within("skipHours", around)) if int(hour) < 25)
        ),
        skip_days=_some(7, (_DAYS.index(day.lower()) for day in _DAY.findall(_within("skipDays", around)))),
    )


def _around_entries(text: str) -> str:
    """Leave out the entries: in their texts such elements may be quoted, and they are nearly all of the document."""
    first = _FIRST_ENTRY.search(text)
    if first is None:
        return text
    last = text.rfind(f"</{first[1]}")
    return text[: first.start()] + (text[last:] if last > first.start() else "")


def _ttl_s(text: str) -> float:
    found = _TTL.search(text)
    return int(found[1]) * 60.0 if found else 0.0


def _period_s(text: str) -> float:
    found = _PERIOD.search(text)
    period_s = _PERIODS_S.get(found[1].lower(), 0.0) if found else 0.0
    often = _FREQUENCY.search(text)
    return period_s / max(int(often[1]), 1) if often else period_s


def _within(what: str, text: str) -> str:
    found = _SKIPPED[what].search(text)
    return text[found.end() :].partition("</skip")[0] if found else ""


def _some(all_of_them: int, found: Iterable[int]) -> tuple[int, ...]:
    """Sort what is skipped; who skips everything means something else."""
    distinct = tuple(sorted(set(found)))
    return distinct if len(distinct) < all_of_them else ()
