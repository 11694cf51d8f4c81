"""How figures are written in both languages: the patterns that find them, and what their words stand for.

Patterns are for normalised text. Which figure a match makes is decided in `monitor.stories.figures`.
"""

from __future__ import annotations

import re

SCALES = {
    "trillion": 1e12, "tn": 1e12, "t": 1e12, "billion": 1e9, "bn": 1e9, "b": 1e9, "million": 1e6, "mn": 1e6,
    "m": 1e6, "thousand": 1e3, "k": 1e3, "万亿": 1e12, "兆": 1e12, "千亿": 1e11, "百亿": 1e10, "亿": 1e8, "千万": 1e7,
    "百万": 1e6, "万": 1e4, "千": 1e3, "": 1.0,
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
#: What is written, and the currency's code.
CURRENCY = {written: code for code, names in _CURRENCIES.items() for written in names.split()}
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CHINESE_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
WEEKDAYS = {"mon": 0, "tues": 1, "wednes": 2, "thurs": 3, "fri": 4, "satur": 5, "sun": 6, **_CHINESE_WEEKDAYS}
QUARTERS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "一": "1", "二": "2", "三": "3", "四": "4"}

_SIGN = "|".join(re.escape(name) for name in sorted(CURRENCY, key=len, reverse=True))
_SCALE = "trillion|billion|million|thousand|bn|mn|tn|万亿|千亿|百亿|千万|百万|[亿万千兆]|[tbmk](?![a-z])"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    "aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_NUMERALS = "[一二三四五六七八九十百]{1,4}"
_GROUPED = r"\d{1,3}(?:,\d{3})+"

#: Without any of these a text has no figure.
MAY_HAVE = re.compile(rf"\d|quarter|季度|第|遥|day\b|周|星期|礼拜|{_MONTH}")
#: What a figure can start with: looked at first, most places of a text are passed over in a third of the time.
_START = r"(?=[\d\#$€£¥₹第周星礼遥一二三四] | (?<![a-z\d])[adefhijmnopqrstuvw])"
FIGURE = re.compile(
    rf"""
    {_START} (?:
      (?P<month>\d{{1,2}})\s?月(?:\s?(?P<day>\d{{1,2}})\s?[日号])?
    | \b(?P<month_en>{_MONTH})\.?\s(?P<day_en>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?(?:{_SCALE}|%|,?\d))
    | \b(?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<month_last>{_MONTH})\b
    | \b(?:in|for|of|since|through)\s(?P<month_only>{_MONTH})\b(?!\.?\s\d)
    | \b(?P<weekday>mon|tues|wednes|thurs|fri|satur|sun)day\b
    | (?:周|星期|礼拜)(?P<weekday_zh>[一二三四五六日天])(?!个|周)
    | \bq(?P<quarter>[1-4])(?!\d) | (?P<quarter_en>first|second|third|fourth)[\s-]quarter
    | 第?(?P<quarter_zh>[一二三四1-4])季度
    | (?:第\s?|\#|\bno\.\s?|\bvol\.?\s|\bissue\s\#?|\bepisode\s|\bep\.?\s|\bweek\s|\bday\s|\bpart\s)
      (?P<issue>{_GROUPED}|\d{{1,8}})(?!\d)
    | 第(?P<ordinal>{_NUMERALS})(?=[次期届轮批集季章回]) | 遥(?P<flight>{_NUMERALS})
    | (?<=[\u4e00-\u9fff])
      (?P<release>\d+(?:\.\d+){{2,3}} | \d+(?:\.\d+)?(?=\s?(?:正式版|版发布|版本|[a-z]{{2,}}))
                | \d+\.\d+(?=发布|上线|推送))
    | (?<![\d.])(?P<year>(?:19|20)\d\d)(?:年|(?![\d.,%]|\s?(?:{_SCALE}|{_SIGN})))
    | (?:(?P<sign>(?:us|hk|nt)?\$|[€£¥₹]|\brmb)\s?|(?<![a-z\d.]))
      (?P<number>{_GROUPED}(?:\.\d+)?|\d+(?:\.\d+)?)
      (?:\s?-?(?P<scale>{_SCALE}))?\+?
      (?:\s?(?P<unit>%|percent|per\scent|pct|{_SIGN}))?
    )
    """,
    re.VERBOSE,
)

#: Words after which a number with a blank between names a version, whatever follows it.
_VERSIONED = (
    "iphone|ipad|ios|ipados|macos|watchos|visionos|windows|android|harmonyos|galaxy|pixel|watch|airpods|playstation|ps|"
    "xbox|switch|gpt|chatgpt|claude|opus|sonnet|haiku|fable|mythos|gemini|gemma|llama|qwen|kimi|grok|deepseek|mistral|"
    "phi|veo|sora|imagen|seedance|flux|midjourney|falcon|starship|flight|boeing|airbus|model|mark|series|season|"
    "chapter|gen|generation|version|release|core|ryzen|snapdragon|dimensity|rtx|gtx|python|node|rust|java|php|ubuntu|"
    "fedora|debian|linux|kernel|firefox|chrome|safari|fold|flip|note|mate|nova|reno|magic|redmi|su|yu"
)
VERSION = re.compile(
    rf"""
    (?<![a-z\d])
    (?: (?P<known>{_VERSIONED})[ -]?v?(?=\d) | (?P<name>[a-z]+?)(?:-?v?(?=\d) | \sv(?=\d) | \s(?=\d+\.\d)) )
    (?P<number>\d+(?:\.\d+)*)(?P<tail>[ac-fh-jln-su-z]?)
    (?![\d%,a-z] | \.\d | -?\s?(?:{_SCALE}|%|percent))
    """,
    re.VERBOSE,
)
_COUNTED = """
a about after almost and around as at be but by cut cuts down fell for from gains has hits in into is just least less
more most nearly no of off on only or over q raise raised raises reach reaches rose s than the to top under up us with
rmb rs usd hk nt
"""
#: Words after which a number counts or measures something.
COUNTED = frozenset(_COUNTED.split())
