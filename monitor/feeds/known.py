"""What is kept of an entry that was seen, in one small text: "<ms since 1970>:<sketch>:<start of its item key>:<mark>".

Older versions wrote the first two parts with another hash; those entries are known, and cannot be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.feeds.entries import ParsedEntry

#: Too old for an alert at the first poll: also when its words change, it is not news.
REMEMBERED = "r"
#: Held back by the flood breaker, until a person lets it through.
QUARANTINED = "q"

_KEY_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Known:
    """One entry that was seen."""

    seen_ms: int
    sketch: str
    #: "" where an older version saw it.
    key_start: str
    #: REMEMBERED, QUARANTINED, or "" where its item went to the matchers.
    mark: str


def written(entry: ParsedEntry, *, seen_ms: int, mark: str = "") -> str:
    """Write what is kept of an entry."""
    return f"{seen_ms}:{entry.content_hash}:{key_start(entry)}:{mark}"


def read(value: str) -> Known:
    """Read what was kept of an entry, by this version or an older one."""
    seen, sketch, key, mark, *_ = (*value.split(":"), "", "", "")
    return Known(int(seen) if seen.isascii() and seen.isdigit() else 0, sketch, key, mark)


def key_start(entry: ParsedEntry) -> str:
    """Give the start of an entry's item key, which is one of its canonical link."""
    return entry.item.key[:_KEY_DIGITS]


def milliseconds(time: datetime) -> int:
    """Give a time as milliseconds since 1970."""
    return int(time.timestamp() * 1000)
