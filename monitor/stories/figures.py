"""Normalised text to the figures in it: amounts, percentages, dates and versions, each in one form whatever its spelling.

"$14.3B", "143亿美元" and "14.3 billion dollars" are one amount of money; "15 %" and "15 percent" one share; "July 15"
and "7月15日" one day; "GPT-5.5" and "gpt 5.5" one version. Exchange rates are never looked up: two amounts in yuan and
dollars are compared by the range in which the rate has long been.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

#: Kinds whose other value in an otherwise equal title makes another event: the next day, issue, quarter or version.
SERIAL = frozenset("dqyv#")

_SCALES = {
    "trillion": 1e12, "tn": 1e12, "t": 1e12, "billion": 1e9, "bn": 1e9, "b": 1e9, "million": 1e6, "mn": 1e6, "m": 1e6,
    "thousand": 1e3, "k": 1e3, "万亿": 1e12, "兆": 1e12, "千亿": 1e11, "百亿": 1e10, "亿": 1e8, "千万": 1e7, "百万": 1e6,
    "万": 1e4, "千": 1e3, "": 1.0,
}  # fmt: skip
_CURRENCIES = {
    "usd": "$ us$ usd dollar dollars 美元 美金 美刀",
    "cny": "¥ rmb cny yuan renminbi 元 人民币 块钱",
    "eur": "€ eur euro euros 欧元",
    "gbp": "£ gbp pound pounds 英镑",
    "jpy": "jpy yen 日元 日圆",
    "krw": "krw won 韩元",
    "hkd": "hk$ hkd 港元 港币",
    "twd": "nt$ twd 新台币 台币",
    "inr": "₹ inr rupee rupees rs 卢比",
}
_CURRENCY = {written: code for code, names in _CURRENCIES.items() for written in names.split()}
#: Dollars for one unit: the middle of where the rate was in the last ten years.
_DOLLARS = {"usd": 1.0, "cny": 0.145, "eur": 1.12, "gbp": 1.3, "jpy": 0.0078, "krw": 0.0008, "hkd": 0.128, "twd": 0.032}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()

_SIGN = "|".join(re.escape(name) for name in sorted(_CURRENCY, key=len, reverse=True))
_SCALE = "trillion|billion|million|thousand|bn|mn|tn|万亿|千亿|百亿|千万|百万|[亿万千兆]|[tbmk](?![a-z])"
_MONTH = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_FIGURE = re.compile(
    rf"""
      (?P<month>\d{{1,2}})\s?月(?:\s?(?P<day>\d{{1,2}})\s?[日号])?
    | \b(?P<month_en>{_MONTH})\.?\s(?P<day_en>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?(?:{_SCALE}|%|,?\d))
    | \b(?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<month_last>{_MONTH})\b
    | \bq(?P<quarter>[1-4])(?!\d) | (?P<quarter_en>first|second|third|fourth)[\s-]quarter
    | 第?(?P<quarter_zh>[一二三四1-4])季度
    | (?:第\s?|\#|\bno\.\s?|\bvol\.?\s|\bissue\s\#?|\bepisode\s|\bep\.?\s|\bweek\s|\bday\s|\bpart\s)(?P<issue>\d{{1,5}})(?!\d)
    | (?<![\d.])(?P<year>(?:19|20)\d\d)(?:年|(?![\d.,%]|\s?(?:{_SCALE}|{_SIGN})))
    | (?:(?P<sign>(?:us|hk|nt)?\$|[€£¥₹]|\brmb)\s?|(?<![a-z\d.])) (?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
      (?:\s?-?(?P<scale>{_SCALE}))?\+?
      (?:\s?(?P<unit>%|percent|per\scent|pct|{_SIGN}))?
    """,
    re.VERBOSE,
)
#: Words after which a number with a blank between names a version, whatever follows it.
_VERSIONED = (
    "iphone|ipad|ios|ipados|macos|watchos|visionos|windows|android|harmonyos|galaxy|pixel|watch|airpods|playstation|ps|"
    "xbox|switch|gpt|chatgpt|claude|opus|sonnet|haiku|fable|mythos|gemini|gemma|llama|qwen|kimi|grok|deepseek|mistral|"
    "phi|veo|sora|imagen|seedance|flux|midjourney|falcon|starship|flight|boeing|airbus|model|mark|series|season|chapter|"
    "gen|generation|version|release|core|ryzen|snapdragon|dimensity|rtx|gtx|python|node|rust|java|php|ubuntu|fedora|debian|"
    "linux|kernel|firefox|chrome|safari|fold|flip|note|mate|nova|reno|magic|redmi|su|yu"
)
_VERSION = re.compile(
    rf"""
    (?<![a-z\d])
    (?: (?P<known>{_VERSIONED})[ -]?v?(?=\d) | (?P<name>[a-z]+?)(?:-?v?(?=\d) | \sv(?=\d) | \s(?=\d+\.\d)) )
    (?P<number>\d+(?:\.\d+)*)(?P<tail>[ac-fh-jln-su-z]?)
    (?![\d%,a-z] | \.\d | -?\s?(?:{_SCALE}|%|percent))
    """,
    re.VERBOSE,
)
#: Words after which a number counts or measures something.
_NO_NAMES = frozenset(
    "a about after almost and around as at be but by cut cuts down fell for from gains has hits in into is just least "
    "less more most nearly no of off on only or over raise raised raises reach reaches rose s than the to top under up "
    "us with rmb rs usd hk nt".split()
)
_QUARTERS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "一": "1", "二": "2", "三": "3", "四": "4"}


class Figure(msgspec.Struct, frozen=True, array_like=True):
    """One figure of a text.

    `kind`: a currency's code, "%", "n" (a plain number), "d" (day), "q" (quarter), "y" (year), "#" (issue) or "v"
    (version).
    """

    kind: str
    value: float
    #: As its writer wrote it; for versions the name that it belongs to, too.
    written: str
    #: The word before a version's number; "" elsewhere.
    name: str = ""


def figures_in(text: str) -> tuple[tuple[Figure, ...], str]:
    """Return the figures of a normalised text, in order, and the text without them."""
    if not any(map(str.isdigit, text)) and "quarter" not in text and "季度" not in text:
        return (), text
    found: list[Figure] = []

    def taken(match: re.Match[str]) -> str:
        figures = _read(match)
        found.extend(figures)
        return " " if figures else match[0]

    def version(match: re.Match[str]) -> str:
        name = match["known"] or match["name"]
        if name in _NO_NAMES or _is_date(name, match["number"]):
            return match[0]
        found.append(Figure("v", _versioned(match["number"]), match[0], name))
        return f"{name} {match['tail']} "

    text = _VERSION.sub(version, text)
    text = _FIGURE.sub(taken, text)
    return tuple(found), text


def _is_date(name: str, number: str) -> bool:
    return name == "q" or (len(number) == 4 and number[:2] in ("19", "20"))


def _versioned(number: str) -> float:
    major, _, rest = number.partition(".")
    return float(f"{major}.{rest.replace('.', '')}" if rest else major)


def _read(match: re.Match[str]) -> list[Figure]:
    written = match[0].strip()
    if number := match["number"]:
        return [_amount(match, float(number.replace(",", "")), written)]
    if match["month"] and not match["day"]:
        return [Figure("m", float(match["month"]), written)]
    month, day = match["month"] or match["month_en"] or match["month_last"], ""
    if month:
        day = match["day"] or match["day_en"] or match["day_first"]
        return [Figure("d", _month(month) * 100 + float(day), written)]
    quarter = match["quarter"] or match["quarter_en"] or match["quarter_zh"]
    if quarter:
        return [Figure("q", float(_QUARTERS.get(quarter, quarter)), written)]
    kind = "y" if match["year"] else "#"
    return [Figure(kind, float(match["year"] or match["issue"]), written)]


def _month(written: str) -> int:
    return int(written) if written.isdigit() else _MONTHS.index(written[:3]) + 1


def _amount(match: re.Match[str], number: float, written: str) -> Figure:
    value = number * _SCALES[match["scale"] or ""]
    unit = (match["sign"] or "").strip() or match["unit"] or ""
    if unit in ("%", "percent", "per cent", "pct"):
        return Figure("%", value, written)
    return Figure(_CURRENCY.get(unit, "n"), value, written)


def shared(mine: tuple[Figure, ...], others: tuple[Figure, ...]) -> Iterator[tuple[Figure, Figure]]:
    """Yield each figure of `mine` that some figure of `others` may equal, with that one."""
    for figure in mine:
        match = next((other for other in others if may_equal(figure, other)), None)
        if match is not None:
            yield figure, match


def may_equal(one: Figure, other: Figure) -> bool:
    """Say whether two figures may be one: equal but for rounding, or for a currency that one leaves out or converts."""
    if one.kind == other.kind:
        return one.value == other.value if one.kind in SERIAL else _is_close(one.value, other.value, 0.02)
    kinds = {one.kind, other.kind}
    if kinds & SERIAL or "%" in kinds or "m" in kinds:
        return False
    if "n" in kinds:
        return min(one.value, other.value) >= 1e6 and _is_close(one.value, other.value, 0.02)
    if kinds <= _DOLLARS.keys():
        return _is_close(one.value * _DOLLARS[one.kind], other.value * _DOLLARS[other.kind], 0.06)
    return False


def _is_close(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)
