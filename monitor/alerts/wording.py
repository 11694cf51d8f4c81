"""Turns hostile text into text that is safe to show: one bounded line without control or bidi characters."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

#: Half of a surrogate pair: no UTF-8 can carry it.
_SURROGATE = re.compile("[\ud800-\udfff]")
#: C0 and C1 controls, line and paragraph separators, and the characters that turn the reading direction around, with
#: which a title can pass itself off as another.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")
_ELLIPSIS = "…"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def encodable(text: str) -> str:
    """Return `text` with each lone surrogate replaced by U+FFFD; character by character, so that offsets still hold."""
    return _SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return `text` as one line of visible characters with single spaces."""
    return spaced(text).strip()


def spaced(text: str) -> str:
    """Do as `one_line`, but keep one space at either end: for a piece of a line."""
    return _SPACES.sub(" ", _UNSEEN.sub(" ", encodable(text)))


def clip(text: str, limit: int) -> str:
    """Return `text`, cut to at most `limit` characters with "…" at its end where something is missing."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rstrip() + _ELLIPSIS if limit > 0 else ""


def local_time(at: datetime, time_zone: str, language: str) -> str:
    """Return "2026年7月10日 14:03" for readers of Chinese and Japanese, and "10 July 2026, 14:03" for all others.

    Month names by hand: `strftime` writes those of the machine's locale.
    """
    local = at.astimezone(ZoneInfo(time_zone))
    if language.partition("-")[0] in ("zh", "ja"):
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def web_link(url: str) -> str:
    """Return `url` where it is an http(s) address without blanks, else "": others could run code or hide a target."""
    return url if re.fullmatch(r"(?i)https?://[^\s\x00-\x20\x7f]{1,2000}", encodable(url)) else ""
