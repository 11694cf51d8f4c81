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


def local_time(at: datetime, time_zone: str) -> str:
    """Return "2026-07-10 14:03 (Asia/Shanghai)": unambiguous for readers of any language."""
    return f"{at.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M} ({time_zone})"


def web_link(url: str) -> str:
    """Return `url` where it is an http(s) address without blanks, else "": others could run code or hide a target."""
    return url if re.fullmatch(r"(?i)https?://[^\s\x00-\x20\x7f]{1,2000}", encodable(url)) else ""
