"""What is kept of an entry that was seen, in one small text: "<ms since 1970>:<sketch>:<mark>:<key>:<standing>".

Older versions wrote the first two or three parts, with another hash in the place of the sketch; what they saw is known,
and cannot be compared until it is seen again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.feeds.reading.entries import ParsedEntry

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
    #: Of its bytes (see `monitor.feeds.reading.cut`); "" where there is none.
    mark: str
    #: Start of its item key; "" where an older version saw it.
    key_start: str
    #: REMEMBERED, QUARANTINED, or "" where its item went to the matchers.
    standing: str = ""

    @classmethod
    def of(cls, entry: ParsedEntry, *, seen_ms: int, standing: str = "") -> Known:
        """Say what is kept of an entry."""
        return cls(seen_ms, entry.content_hash, entry.mark, key_start(entry), standing)

    def seen_again(self, entry: ParsedEntry, *, changed: bool) -> Known:
        """Say what is kept of an entry that was known: its time, standing and key, and its words unless they are new.

        While small changes add up, they are measured against the words that were told.
        """
        comparable = len(self.sketch) == len(entry.content_hash)
        return replace(
            self,
            sketch=entry.content_hash if changed or not comparable else self.sketch,
            mark=entry.mark or self.mark,
            key_start=self.key_start or key_start(entry),
        )

    def written(self) -> str:
        """Write it."""
        return f"{self.seen_ms}:{self.sketch}:{self.mark}:{self.key_start}:{self.standing}"


def read(value: str) -> Known:
    """Read what was kept of an entry, by this version or an older one."""
    _, sketch, mark, key, standing, *_ = (*value.split(":"), "", "", "", "")
    return Known(seen_ms_of(value), sketch, mark, key, standing)


def seen_ms_of(value: str) -> int:
    """Read when an entry was seen, and no more."""
    seen = value.partition(":")[0]
    return int(seen) if seen.isascii() and seen.isdigit() else 0


def mark_of(value: str) -> str:
    """Read the mark of an entry's bytes, and no more."""
    parts = value.split(":", 3)
    return parts[2] if len(parts) > 2 else ""


def key_start(entry: ParsedEntry) -> str:
    """Give the start of an entry's item key, which is one of its canonical link."""
    return entry.item.key[:_KEY_DIGITS]


def milliseconds(time: datetime) -> int:
    """Give a time as milliseconds since 1970."""
    return int(time.timestamp() * 1000)
