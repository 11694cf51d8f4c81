"""Dates in the dialects of feeds: the time that they say, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.reading.dates import read_date

EIGHT = datetime(2026, 5, 3, 8, 0, tzinfo=UTC)
MIDNIGHT = EIGHT.replace(hour=0)

SAID = {
    # RFC 822 and what became of it.
    "Sun, 03 May 2026 08:00:00 GMT": EIGHT,
    "Sun, 3 May 2026 08:00 Z": EIGHT,
    "3 May 26 04:00:00 EDT": EIGHT,
    "sun,3 may 2026 10:00:00 +0200": EIGHT,
    "Sun, 03 May, 2026 08:00:00": EIGHT,
    "Sun, 3rd May 2026 08:00:00 +00:00": EIGHT,
    "Sun, 03 May 2026 08:00:00 --0000": EIGHT,
    "Sun, 03 May 2026 10:00:00 GMT+02:00": EIGHT,
    "Sunday, 03-May-26 08:00:00 UTC": EIGHT,
    "Sun, 03 May 2026 08.00.00 GMT": EIGHT,
    "Sun, 03 May 49 08:00:00 GMT": EIGHT.replace(year=2049),
    "Thu, 03 May 79 08:00:00 GMT": EIGHT.replace(year=1979),
    "Sun, 03 May 2026 07:59:60 GMT": EIGHT - timedelta(seconds=1),
    # Zones by name.
    "Sun, 03 May 2026 10:00:00 CEST": EIGHT,
    "Sun, 03 May 2026 17:00:00 JST": EIGHT,
    "Sun, 03 May 2026 16:00:00 Asia/Shanghai": EIGHT,
    "Sun, 03 May 2026 10:00:00 europe/berlin": EIGHT,
    "Sat, 03 Jan 2026 09:00:00 Europe/Berlin": datetime(2026, 1, 3, 8, 0, tzinfo=UTC),
    "Sun, 03 May 2026 08:00:00 Etc/GMT": EIGHT,
    "Sun May 03 2026 10:00:00 GMT+0200 (Central European Summer Time)": EIGHT,
    "Sun, 03 May 2026 08:00:00 Nowhere/Land": EIGHT,
    "2026-05-03 08:00:00+15:00": EIGHT,
    # ISO 8601.
    "2026-05-03T08:00:00Z": EIGHT,
    "2026-05-03T10:00:00.123456789+0200": EIGHT,
    "2026-05-03T10:00+02": EIGHT,
    "2026-05-03T10:00:00:+02:00": EIGHT,
    "2026-05-02T22:00:00-010:00": EIGHT,
    "2026-5-3 8:00": EIGHT,
    "20260503T080000Z": EIGHT,
    "20260503T100000+0200": EIGHT,
    "2026-05-03T10:00:00+02:00Z": EIGHT,
    "2026-05-02T24:00:00Z": MIDNIGHT,
    "2026-123": MIDNIGHT,
    "26-05-03": MIDNIGHT,
    "2026-05": datetime(2026, 5, 1, tzinfo=UTC),
    "2026": datetime(2026, 1, 1, tzinfo=UTC),
    # asctime, date(1), Unix.
    "Sun May  3 08:00:00 2026": EIGHT,
    "Sun May  3 10:00:00 CEST 2026": EIGHT,
    "Sun May  3 10:00:00 +0200 2026": EIGHT,
    "1777795200": EIGHT,
    "1777795200000": EIGHT,
    # Numbers alone: the weekday, or what can be a month, tells the order.
    "05/03/2026 8:00 AM": EIGHT,
    "Sun, 03/05/2026 - 08:00": EIGHT,
    "13/05/2026": MIDNIGHT.replace(day=13),
    "03.05.2026 08:00": EIGHT,
    "03.05.26": MIDNIGHT,
    "2026/05/03 08:00": EIGHT,
    "Sun, 03 05 2026 10:00:00 +0200": EIGHT,
    # In words.
    "May 3, 2026 8:00 a.m.": EIGHT,
    "Sunday, May 3, 2026 - 8:00pm": EIGHT.replace(hour=20),
    "Sun, May 3, 2026 at 04:00 AM EDT": EIGHT,
    "12 May 2026 12:30 am": datetime(2026, 5, 12, 0, 30, tzinfo=UTC),
    "So, 3. Mai 2026 10:00 +0200": EIGHT,
    "dim., 03 mai 2026 10:00:00 +0200": EIGHT,
    "mar., 03 mars 2026 08:00": datetime(2026, 3, 3, 8, 0, tzinfo=UTC),
    "3 de mayo de 2026 08:00": EIGHT,
    "3 мая 2026 г. 08:00": EIGHT,
    "Κυρ, 03 Μάι 2026 08:00:00 GMT": EIGHT,
    "2026-május-03T10:00+02:00": EIGHT,
    "2026年5月3日": MIDNIGHT,
    "2026年05月03日 下午 3时05分": datetime(2026, 5, 3, 15, 5, tzinfo=UTC),
    "２０２６年５月３日 星期日 08:00": EIGHT,
    "2026년 5월 3일 17:00:00": EIGHT,
    "2026-05-03 오후 5:00:00": EIGHT,
}


@pytest.mark.parametrize(("text", "time"), SAID.items(), ids=SAID)
def test_a_date_is_read(text: str, time: datetime) -> None:
    assert read_date(f" {text}\n") == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "Sun, 31 Feb 2026 08:00:00 GMT",
        "2026-02-29T08:00:00Z",
        "2026-13-01",
        "2026-366",
        "Sun, 03 May 2026 25:00:00 GMT",
        "Sun, 03 May 2026 08:61:00 GMT",
        "2026-05-03T08:00:61Z",
        "Sun, 03 Foo 2026 08:00:00 GMT",
        "Sun, 03 May 08:00:00 GMT",
        "20260230T080000Z",
        "31/31/2026",
        "22013",
        "9999-12-31T23:59:59-10:00",
        "1" * 400,
    ],
)
def test_what_the_calendar_does_not_have_is_no_date(text: str) -> None:
    assert read_date(text) is None


TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(
    lambda time: time.replace(microsecond=0)
)


@given(TIMES)
def test_what_is_written_by_the_book_is_read_back(time: datetime) -> None:
    assert read_date(format_datetime(time)) == time
    assert read_date(time.isoformat()) == time
    assert read_date(f"{time:%Y年%m月%d日 %H:%M:%S}") == time
    assert read_date(time.ctime()) == time


@given(st.text(max_size=60) | st.text("0123456789:-+/.,TZ年月日 ", max_size=40))
def test_no_text_does_harm(text: str) -> None:
    read_date(text)
