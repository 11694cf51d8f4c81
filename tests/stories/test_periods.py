"""Periods and quiet hours, on the days too when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.periods import Quiet, Send, instant, next_end, quiet_end

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"
SHANGHAI = "Asia/Shanghai"
ZONES = st.sampled_from(
    [BERLIN, NEW_YORK, LORD_HOWE, SHANGHAI, "UTC", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia"]
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def end_of(send: Send, zone: str, now: str, *, at: time = time(8), weekday: int = 0) -> datetime:
    return next_end(send, at=at, weekday=weekday, zone=ZoneInfo(zone), now=utc(now))


@pytest.mark.parametrize(
    ("zone", "day", "at", "first", "last"),
    [
        (BERLIN, "2026-03-29", "02:30", "2026-03-29T01:00", None),  # 02:00 to 03:00 do not exist
        (BERLIN, "2026-03-29", "03:00", "2026-03-29T01:00", None),
        (BERLIN, "2026-10-25", "02:30", "2026-10-25T00:30", "2026-10-25T01:30"),  # twice
        (NEW_YORK, "2026-03-08", "02:01", "2026-03-08T07:00", None),
        (NEW_YORK, "2026-11-01", "01:59", "2026-11-01T05:59", "2026-11-01T06:59"),
        (LORD_HOWE, "2026-10-04", "02:15", "2026-10-03T15:30", None),  # half an hour forward at 02:00
        (LORD_HOWE, "2026-04-05", "01:45", "2026-04-04T14:45", "2026-04-04T15:15"),
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00", None),  # the day begins at 01:00
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00", None),  # the whole day was left out
        (SHANGHAI, "2026-03-29", "02:30", "2026-03-28T18:30", None),
    ],
)
def test_a_local_time_is_the_moment_of_the_jump_or_its_first_or_its_last(
    zone: str, day: str, at: str, first: str, last: str | None
) -> None:
    asked = (date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert instant(*asked) == utc(first)
    assert instant(*asked, last=True) == utc(last or first)


@pytest.mark.parametrize(
    ("send", "zone", "now", "at", "end"),
    [
        ("immediate", BERLIN, "2026-05-04T06:00", "08:00", "2026-05-04T06:00"),
        ("daily", BERLIN, "2026-05-04T05:59", "08:00", "2026-05-04T06:00"),
        ("daily", BERLIN, "2026-05-04T06:00", "08:00", "2026-05-05T06:00"),  # an end belongs to the next period
        ("daily", BERLIN, "2026-03-28T07:00", "08:00", "2026-03-29T06:00"),  # 23 hours
        ("daily", BERLIN, "2026-10-24T06:00", "08:00", "2026-10-25T07:00"),  # 25 hours
        ("daily", BERLIN, "2026-03-28T12:00", "02:30", "2026-03-29T01:00"),
        ("daily", BERLIN, "2026-10-25T00:30", "02:30", "2026-10-26T01:30"),  # not once more at the second 02:30
        ("daily", SHANGHAI, "2026-05-03T16:30", "00:30", "2026-05-04T16:30"),
        ("daily", SHANGHAI, "2026-05-03T23:59", "08:00", "2026-05-04T00:00"),
        ("weekly", NEW_YORK, "2026-03-07T12:00", "08:00", "2026-03-09T12:00"),  # Monday, an hour less than usual
        ("weekly", NEW_YORK, "2026-03-09T12:00", "08:00", "2026-03-16T12:00"),
        ("hourly", "Asia/Kathmandu", "2026-05-04T06:00", "08:00", "2026-05-04T06:15"),  # UTC+5:45
        ("hourly", BERLIN, "2026-10-25T00:30", "08:00", "2026-10-25T01:00"),
        ("hourly", LORD_HOWE, "2026-04-04T14:45", "08:00", "2026-04-04T15:30"),  # 01:45, set back to 01:30 at 02:00
        ("hourly", LORD_HOWE, "2026-10-03T15:29:59", "08:00", "2026-10-03T16:00"),  # from 02:00 to 02:30
    ],
)
def test_a_period_ends_where_the_clocks_of_its_zone_say(send: Send, zone: str, now: str, at: str, end: str) -> None:
    assert end_of(send, zone, now, at=time.fromisoformat(at)) == utc(end)


def test_a_weekly_digest_comes_on_its_day() -> None:
    assert end_of("weekly", SHANGHAI, "2026-05-04T00:00", weekday=4) == utc("2026-05-08T00:00")


NIGHT = ((time(22), time(7)),)
SPLIT = ((time(22), time(0)), (time(0), time(7)), (time(12), time(13, 30)))


@pytest.mark.parametrize(
    ("quiet", "zone", "now", "end"),
    [
        (NIGHT, SHANGHAI, "2026-05-04T13:59", None),
        (NIGHT, SHANGHAI, "2026-05-04T14:00", "2026-05-04T23:00"),  # 22:00 to 07:00 of the next day
        (NIGHT, SHANGHAI, "2026-05-04T22:59", "2026-05-04T23:00"),
        (NIGHT, SHANGHAI, "2026-05-04T23:00", None),
        (NIGHT, BERLIN, "2026-03-28T22:00", "2026-03-29T05:00"),  # a night of eight hours
        (NIGHT, BERLIN, "2026-10-24T22:00", "2026-10-25T06:00"),  # and one of ten
        (SPLIT, SHANGHAI, "2026-05-04T14:00", "2026-05-04T23:00"),  # one after the other is one
        (SPLIT, SHANGHAI, "2026-05-04T04:30", "2026-05-04T05:30"),
        (((time(1), time(2, 30)),), BERLIN, "2026-10-25T00:45", "2026-10-25T01:30"),  # until the second 02:30
        (((time(1), time(2, 30)),), BERLIN, "2026-03-29T00:59", "2026-03-29T01:00"),
        (((time(2, 10), time(2, 50)),), BERLIN, "2026-03-29T01:00", None),  # hours that the day leaves out
        (((time(0), time(12)), (time(12), time(0))), BERLIN, "2026-05-04T06:00", None),  # no hours at all
        ((), BERLIN, "2026-05-04T06:00", None),
    ],
)
def test_quiet_hours_end(quiet: tuple[Quiet, ...], zone: str, now: str, end: str | None) -> None:
    found = quiet_end(quiet, zone=ZoneInfo(zone), now=utc(now))
    assert found == (utc(end) if end else None)


@given(st.sampled_from(["hourly", "daily", "weekly"]), TIMES, st.integers(0, 6), ZONES, MOMENTS)
def test_periods_follow_each_other_without_gap_or_overlap(
    send: Send, at: time, weekday: int, zone: str, now: datetime
) -> None:
    def next_after(moment: datetime) -> datetime:
        return next_end(send, at=at, weekday=weekday, zone=ZoneInfo(zone), now=moment)

    end = next_after(now)
    longest = {"hourly": timedelta(hours=2), "daily": timedelta(hours=26), "weekly": timedelta(days=7, hours=2)}
    assert now < end <= now + longest[send]
    assert next_after(now + (end - now) / 2) == end
    assert next_after(end - timedelta(microseconds=1)) == end
    assert next_after(end) > end


@given(st.lists(st.tuples(TIMES, TIMES), max_size=3), ZONES, MOMENTS)
def test_it_is_loud_when_quiet_hours_end(quiet: list[Quiet], zone: str, now: datetime) -> None:
    end = quiet_end(quiet, zone=ZoneInfo(zone), now=now)
    if end is not None:
        assert end > now
        assert quiet_end(quiet, zone=ZoneInfo(zone), now=end) is None
