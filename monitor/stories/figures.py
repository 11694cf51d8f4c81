"""Normalised text to the figures in it: amounts, shares, dates and versions, each in one form whatever its spelling.

"$14.3B", "143亿美元" and "14.3 billion dollars" are one amount of money; "15 %" and "15 percent" one share; "July 15"
and "7月15日" one day; "GPT-5.5" and "gpt 5.5" one version. Exchange rates are never looked up: amounts in two
currencies are compared by the range in which the rate has long been.
"""

from __future__ import annotations

import re

import msgspec

from monitor.stories.figure_forms import (
    COUNTED,
    CURRENCY,
    FIGURE,
    MAY_HAVE,
    MONTHS,
    QUARTERS,
    SCALES,
    VERSION,
    WEEKDAYS,
)

#: Kinds whose other value in an otherwise equal title makes another event: the next day, issue, quarter or version.
SERIAL = frozenset("dwmqyv#")
_PERCENT = frozenset(("%", "percent", "per cent", "pct"))
_DIGITS = "零一二三四五六七八九"
#: Dollars for one unit: the middle of where the rate was in the last ten years, and how far it strayed.
_DOLLARS = {"usd": 1.0, "cny": 0.145, "eur": 1.12, "gbp": 1.3, "jpy": 0.0078, "krw": 0.0008, "hkd": 0.128, "twd": 0.032}
_STRAYED = 0.06
#: What writers round away.
_ROUNDED = 0.025
#: A plain number as large as this may be money whose currency is left out.
_MONEY = 1e6


class Figure(msgspec.Struct, frozen=True, array_like=True):
    """One figure of a text.

    `kind`: a currency's code, "%", "n" (a plain number), "d" (day), "w" (day of the week), "m" (month), "q" (quarter),
    "y" (year), "#" (issue) or "v" (version).
    """

    kind: str
    value: float
    #: As its writer wrote it; for versions the name that it belongs to, too.
    written: str
    #: The word before a version's number; "" elsewhere.
    name: str = ""


def figures_in(text: str) -> tuple[tuple[Figure, ...], str]:
    """Return the figures of a normalised text, in order, and the text without them."""
    if not MAY_HAVE.search(text):
        return (), text
    found: list[Figure] = []

    def version(match: re.Match[str]) -> str:
        name, number = match["known"] or match["name"], match["number"]
        if name in COUNTED or _is_year(number):
            return match[0]
        found.append(Figure("v", _versioned(number), match[0], name))
        return f"{name} {match['tail']} "

    def other(match: re.Match[str]) -> str:
        kind, value = _amount(match) if match["number"] else _serial(match)
        found.append(Figure(kind, value, match[0].strip()))
        return " "

    text = FIGURE.sub(other, VERSION.sub(version, text))
    return tuple(found), text


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")


def _versioned(number: str) -> float:
    major, _, rest = number.partition(".")
    return float(f"{major}.{rest.replace('.', '')}" if rest else major)


def _amount(match: re.Match[str]) -> tuple[str, float]:
    value = float(match["number"].replace(",", "")) * SCALES[match["scale"] or ""]
    unit = match["sign"] or match["unit"] or ""
    return "%" if unit in _PERCENT else CURRENCY.get(unit, "n"), value


def _serial(match: re.Match[str]) -> tuple[str, float]:
    if match["release"]:
        return "v", _versioned(match["release"])
    if ordinal := match["ordinal"] or match["flight"]:
        return "#", _ordinal(ordinal)
    if weekday := match["weekday"] or match["weekday_zh"]:
        return "w", float(WEEKDAYS[weekday])
    if quarter := match["quarter"] or match["quarter_en"] or match["quarter_zh"]:
        return "q", float(QUARTERS.get(quarter, quarter))
    if match["year"]:
        return "y", float(match["year"])
    if match["issue"]:
        return "#", float(match["issue"].replace(",", ""))
    return _date(match)


def _date(match: re.Match[str]) -> tuple[str, float]:
    month = _month(match["month"] or match["month_en"] or match["month_last"] or match["month_only"])
    day = match["day"] or match["day_en"] or match["day_first"]
    return ("d", month * 100 + float(day)) if day else ("m", float(month))


def _month(written: str) -> int:
    return int(written) if written.isdigit() else MONTHS.index(written[:3]) + 1


def _ordinal(written: str) -> float:
    """Return the number that up to four Chinese numerals below a thousand make: 十二, 三十, 一百零三."""
    value, digit = 0, 0
    for numeral in written:
        if numeral in "十百":
            value, digit = value + (digit or 1) * (10 if numeral == "十" else 100), 0
        else:
            digit = _DIGITS.index(numeral)
    return float(value + digit)


def may_equal(one: Figure, other: Figure) -> bool:
    """Say whether two figures may be one: equal but for rounding, or for a currency that one leaves out or converts."""
    if one.kind == other.kind:
        return one.value == other.value if one.kind in SERIAL else _is_close(one.value, other.value, _ROUNDED)
    kinds = {one.kind, other.kind}
    if kinds & SERIAL or "%" in kinds:
        return False
    if "n" in kinds:
        return min(one.value, other.value) >= _MONEY and _is_close(one.value, other.value, _ROUNDED)
    if kinds <= _DOLLARS.keys():
        return _is_close(one.value * _DOLLARS[one.kind], other.value * _DOLLARS[other.kind], _STRAYED)
    return False


def _is_close(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)
