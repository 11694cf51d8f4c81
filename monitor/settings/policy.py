"""The form of the tables `policy`: when alerts are sent, said for all, a watchlist, a channel, or one on the other.

Pure data with validation of single entries. Every key may be left out; which table's word counts, and what holds where
none says anything, is decided in `workers.policies`. Local times and rates stay as they were written, as a snapshot of
the settings carries them. Every key is explained in docs/policy.md and docs/settings.md.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from monitor.settings.section import Section
from monitor.settings.values import Id, Text, TimeZone, seconds_of

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)
#: A rate that undoes the one of a wider table.
UNLIMITED = "unlimited"

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_RATE = re.compile(r"([1-9]\d{0,3})\s*/\s*(\S+(?: \S+)?)")
_DAY_MIN = 24 * 60
#: Alerts are remembered so long, at most, to keep a rate.
_LONGEST_RATE_S = 7 * 86400.0


def local_time(text: str) -> time:
    """Read a local time "07:00". Raises ValueError."""
    if not (found := _TIME.fullmatch(text.strip())):
        raise ValueError("no local time")
    return time(int(found[1]), int(found[2]))


def quiet_hours(text: str) -> tuple[time, time]:
    """Read hours "22:00-07:00"; "24:00" is the end of the day. Raises ValueError."""
    start, _, end = text.partition("-")
    return local_time(start), time(0) if end.strip() == "24:00" else local_time(end)


def rate_of(text: str) -> tuple[int, float] | None:
    """Read a rate "10/1h" or "10/h" as alerts and seconds; None for "unlimited". Raises ValueError."""
    if text == UNLIMITED:
        return None
    found = _RATE.fullmatch(text)
    span_s = seconds_of(found[2] if found[2][0].isdigit() else f"1{found[2]}") if found else None
    if found is None or span_s is None or not 0 < span_s <= _LONGEST_RATE_S:
        raise ValueError("no rate")
    return int(found[1]), span_s


def _local_time(value: str) -> str:
    try:
        local_time(value)
    except ValueError:
        raise PydanticCustomError("local_time", 'a time of the day such as "08:00"') from None
    return value


def _quiet_hours(value: str) -> str:
    try:
        start, end = quiet_hours(value)
    except ValueError:
        raise PydanticCustomError("quiet_hours", 'hours such as "22:00-07:00"') from None
    if start == end:
        raise PydanticCustomError(
            "no_hours", 'hours that end at another time than they begin, such as "22:00-07:00"; to send nothing, mute'
        )
    return value


def _rate(value: str) -> str:
    if re.match(r"0+\s*/", value):
        raise PydanticCustomError("no_rate", "at least 1 alert in a span of time; to send nothing, mute")
    try:
        rate_of(value)
    except ValueError:
        raise PydanticCustomError(
            "rate", 'alerts in a span of time of at most 7 days, such as "10/1h", or "unlimited"'
        ) from None
    return value


def _some_loud(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse quiet hours that leave no minute of the day to send in."""
    quiet: set[int] = set()
    for start, end in map(quiet_hours, value):
        first, last = (each.hour * 60 + each.minute for each in (start, end))
        quiet.update(range(first, last) if first < last else [*range(first, _DAY_MIN), *range(last)])
    if len(quiet) == _DAY_MIN:
        raise PydanticCustomError("always_quiet", "hours that leave some of the day to send in; to send nothing, mute")
    return value


LocalTime = Annotated[str, AfterValidator(_local_time)]
QuietHours = Annotated[str, AfterValidator(_quiet_hours)]
Rate = Annotated[str, AfterValidator(_rate)]


class PolicySettings(Section):
    """One table `policy`, of a channel or of a watchlist's channel; what is unset is left to the wider table."""

    send: Literal["immediate", "hourly", "daily", "weekly"] | None = None
    #: Local time, and day, at which a daily or weekly digest is sent.
    at: LocalTime | None = None
    weekday: Weekday | None = None
    #: Zone of `at` and `quiet`.
    time_zone: TimeZone | None = None
    #: Local hours in which nothing is sent; `[]` undoes those of a wider table.
    quiet: Annotated[tuple[QuietHours, ...], AfterValidator(_some_loud)] | None = None
    #: Alerts in a span of time, above which they are collected into one.
    rate: Rate | None = None
    #: Different outlets that must tell of a story before it is told.
    min_sources: int | None = Field(default=None, ge=1, le=100)
    #: Whether an alert of high severity passes digests, quiet hours and the rate.
    high_passes: bool | None = None
    #: Whether what comes after a story's first alert is told.
    updates: bool | None = None


class GeneralPolicySettings(PolicySettings):
    """`[alerts.policy]`: what holds where nothing nearer says otherwise."""

    #: What a title must say, in the language of watchlists, for its story to be of high severity.
    high: Text | None = None


class WatchlistPolicySettings(GeneralPolicySettings):
    """A watchlist's own `policy`."""

    #: By channel: what holds for this watchlist there.
    channels: dict[Id, PolicySettings] = Field(default_factory=dict)
