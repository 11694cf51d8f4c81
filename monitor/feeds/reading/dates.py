"""A date as a feed writes it, in any of the ways that feeds do, to a time in UTC; never to a time that it does not say.

RFC 822, ISO 8601 (W3C-DTF), asctime and Unix seconds; dates in words of a dozen languages, Chinese and Korean ones
among them; dates in numbers alone. A day that its month does not have is no date. A time without a zone is in UTC.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_tz

from monitor.feeds.reading.months import month_of, weekday_of
from monitor.feeds.reading.zones import named_offset

#: Longer texts are no dates.
_MAX_LENGTH = 120

#: What most feeds write, for the library's readers, which are ten times as fast as ours.
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:T(?:[01]\d|2[0-3]):\d\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_RFC_822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [12]\d{3} "
    r"\d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|GMT|UTC?|[ECMP][SD]T)",
    re.ASCII,
)

_SECONDS = re.compile(r"\d{9,10}|\d{13}", re.ASCII)
#: ISO 8601's basic format, its ordinal dates, and the two-digit years of its first edition.
_BASIC = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?)?(?![\d:])", re.ASCII)
_ORDINAL = re.compile(r"((?:19|20)\d\d)-?(\d{3})(?![\d:-])", re.ASCII)
_SHORT = re.compile(r"(\d\d)-?(\d\d)-?(\d\d)(?![\d:-])", re.ASCII)

#: Chinese, Japanese and Korean units, by what stands for them elsewhere.
_UNITS = str.maketrans(
    dict.fromkeys("年년月월", "-") | dict.fromkeys("日일号號秒초", " ") | dict.fromkeys("时時点點시分분", ":")
)
_HAS_UNITS = re.compile("[年년月월]")
#: Between the units, blanks mean nothing; at the end, minutes or seconds are left out.
_LOOSE_UNITS = re.compile(r"(?<=[-:])\s+(?=\d)|(?<=\d)\s+(?=[-:])")
_LAST_UNIT = re.compile(r":(?=\s*$)")
_HALF_BEFORE = re.compile(r"(?:(上午|午前|오전|凌晨|早上)|(下午|午後|오후|晚上))\s*(\d{1,2}(?::\d{1,2}){0,2})")
_KOREAN = re.compile("[년월일시분초]|오전|오후")

_TIME = re.compile(
    r"(?<![\d:+-])(\d{1,2})\s?[:h]\s?(\d{1,2})(?:[:.](\d{1,2})(?:[.,:]\d{2,}|[.,]\d)?)?(?!\d|:\d)\s*(?:([ap])\s?\.?m\b\.?)?",
    re.ASCII,
)
#: A clock with full stops, right after the year: elsewhere it would be a day.
_DOTTED_TIME = re.compile(r"(?<=\d{4} )(\d\d)\.(\d\d)\.(\d\d)()(?![.\d])", re.ASCII)
_OFFSET = re.compile(
    r"(?<![\d\w])(?:gmt|utc?|z)?[:\s]*-?([+-])\s?(?:0(?=\d\d:))?(\d{1,2})(?::?(\d\d))?(?::\d\d)?(?!\d)", re.ASCII
)
_WORD = re.compile(r"[^\W\d_]+(?:[/_+-][^\W\d_]+)*")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[-/.]\s?0?(\d{1,2})(?:\s?[-/.]\s?(\d{1,2}))?(?!\d)", re.ASCII)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?([-/. ])\s?(\d{1,2})\s?[-/. ]\s?(\d{4}|\d\d)(?!\d)", re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)
#: A zone further from UTC than any is one that the publisher's clock does not have: then the time is taken for UTC.
_EAST, _WEST = timedelta(hours=14), timedelta(hours=-12)


def read_date(text: str) -> datetime | None:
    """Read a date, to the second; None where `text` is none, or one that the calendar does not have."""
    text = text.strip()
    if not text or len(text) > _MAX_LENGTH:
        return None
    try:
        return _usual(text) or _unusual(unicodedata.normalize("NFKC", text).lower())
    except (ValueError, OverflowError, OSError):
        return None


def _usual(text: str) -> datetime | None:
    if _ISO.fullmatch(text):
        return _utc(datetime.fromisoformat(text))
    parts = parsedate_tz(text) if _RFC_822.fullmatch(text) else None
    return _utc(datetime(*parts[:5], min(parts[5], 59)), timedelta(seconds=parts[9] or 0)) if parts else None


def _unusual(text: str) -> datetime | None:
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    if found := _BASIC.match(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return _in_zone(datetime(year, month, day, hour, minute, second), text[found.end() :])
    plain = text
    if _HAS_UNITS.search(plain):
        plain = _LAST_UNIT.sub(":00", _LOOSE_UNITS.sub("", plain.translate(_UNITS)))
    return _in_words(_HALF_BEFORE.sub(_half_after, plain), default=timedelta(hours=9 if _KOREAN.search(text) else 0))


def _half_after(found: re.Match[str]) -> str:
    return f"{found[3]} {'am' if found[1] else 'pm'}"


def _in_words(text: str, *, default: timedelta) -> datetime | None:
    clock = _TIME.search(text) or _DOTTED_TIME.search(text)
    before, after = (text[: clock.start()], text[clock.end() :]) if clock else (text, "")
    offset = _OFFSET.search(after)
    if offset:
        after = f"{after[: offset.start()]} {after[offset.end() :]}"
    day = _day(f"{before} {after}")
    if day is None:
        return None
    local = datetime.combine(day, time()) + (_since_midnight(clock) if clock else timedelta())
    if offset:
        return _utc(local, _written(offset))
    return _utc(local, _named(after if clock else before, local, default))


def _in_zone(local: datetime, zone: str) -> datetime:
    offset = _OFFSET.search(zone)
    return _utc(local, _written(offset) if offset else _named(zone, local, timedelta()))


def _utc(local: datetime, offset: timedelta = timedelta()) -> datetime:
    if local.tzinfo is not None:
        return local.astimezone(UTC).replace(microsecond=0)
    return local.replace(tzinfo=UTC) - (offset if _WEST <= offset <= _EAST else timedelta())


def _written(found: re.Match[str]) -> timedelta:
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -size if found[1] == "-" else size


def _named(text: str, local: datetime, default: timedelta) -> timedelta:
    offsets = (named_offset(word, local) for word in _WORD.findall(text))
    return next((offset for offset in offsets if offset is not None), default)


def _since_midnight(clock: re.Match[str]) -> timedelta:
    hour, minute, second = (int(part or 0) for part in clock.groups()[:3])
    if clock[4] and 0 < hour <= 12:
        hour = hour % 12 + (12 if clock[4] == "p" else 0)
    if (hour, minute, second) == (24, 0, 0):  # ISO 8601: the end of the day
        return timedelta(days=1)
    at = time(hour, minute, min(second, 59) if second == 60 else second)
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _day(text: str) -> date | None:
    """Read the day; what is left of a date when its time and offset are taken out."""
    words = [word for whole in _WORD.findall(text) for word in whole.split("-")]
    month = next(filter(None, map(month_of, words[::-1])), None)
    if found := _YEAR_FIRST.search(text):
        return date(int(found[1]), int(found[2]), int(found[3] or 1))
    if month:
        return _with_month(month, _NUMBER.findall(text))
    if found := _ORDINAL.match(text.strip()):
        return _of_year(int(found[1]), int(found[2]))
    if found := _SHORT.fullmatch(text.strip(" t")):
        return date(_full_year(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.search(text):
        return _from_numbers(found, next((day for day in map(weekday_of, words) if day is not None), None))
    return date(int(text), 1, 1) if re.fullmatch(r"(?:19|20)\d\d", text.strip()) else None


def _of_year(year: int, number: int) -> date | None:
    day = date(year, 1, 1) + timedelta(days=number - 1)
    return day if day.year == year else None


def _with_month(month: int, numbers: list[str]) -> date | None:
    years = [number for number in numbers if len(number) == 4]
    others = [number for number in numbers if len(number) <= 2]
    if len(years) + len(others) != len(numbers) or not 1 <= len(numbers) <= 2:
        return None
    if years:
        return date(int(years[0]), month, int(others[0]) if others else 1)
    return date(_full_year(others[1]), month, int(others[0])) if len(others) == 2 else None


def _from_numbers(found: re.Match[str], weekday: int | None) -> date | None:
    """Read a date whose month is a number: Americans write it first, with slashes; where both ways are possible, the
    weekday tells.
    """
    first, second, year = int(found[1]), int(found[3]), _full_year(found[4])
    ways = [(second, first), (first, second)] if found[2] != "/" else [(first, second), (second, first)]
    possible = [date(year, month, day) for month, day in ways if month <= 12 and _has_day(year, month, day)]
    fitting = [day for day in possible if day.weekday() == weekday]
    return next(iter(fitting or possible), None)


def _has_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _full_year(digits: str) -> int:
    # RFC 5322, section 4.3.
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 50 else 1900)
