"""A story as it is kept between two items: what it tells, what is compared with, and what each channel was told of it.

Written as JSON. What a newer version wrote cannot be read by an older one, which says so and leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import msgspec

from monitor.errors import StoreError
from monitor.model import AlertItem, Story
from monitor.stories.traits import Traits

#: Raised by any change but a new field with a default.
VERSION = 1
#: Characters of a text that are kept, and of what stands behind its first evidence.
_KEPT = 3_000
_AFTER = 300


class Held(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a story one channel is still to be told, and why it has not been."""

    is_update: bool
    #: Of the alert in its story, from 1.
    number: int
    since: datetime
    due_at: datetime
    #: In words, for readers and for `status`.
    reason: str
    #: "alert": told alone where nothing else is due with it; "digest": always in a digest.
    into: Literal["alert", "digest"]
    #: Whether the rate holds it.
    is_queued: bool = False
    news: tuple[str, ...] = ()
    #: The items that are news, the newest first; without the story's first.
    items: tuple[AlertItem, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """One open story of a watchlist."""

    version: int
    #: Its first item alone, and all that is counted.
    story: Story
    #: From then on nothing joins it, and nothing of it waits any longer.
    closes_at: datetime
    #: Version of the watchlist under which its first item matched.
    watchlist_version: str
    #: Keys of its items, and names of its outlets; bounded.
    keys: tuple[str, ...]
    outlets: tuple[str, ...]
    #: Evidence terms met so far.
    terms: tuple[str, ...]
    #: Of the few items that a new one is compared with, the first at the head.
    traits: tuple[Traits, ...]
    #: Updates decided so far.
    updates: int = 0
    #: When each channel was last told, when of an update, and what each is still to be told.
    told: Mapping[str, datetime] = {}
    updated: Mapping[str, datetime] = {}
    held: Mapping[str, Held] = {}

    @property
    def due_at(self) -> datetime | None:
        """When something of it is due; None where nothing is held."""
        return min((held.due_at for held in self.held.values()), default=None)


_DECODER = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """Return a record as it is kept."""
    return msgspec.json.encode(record)


def decode(kept: str) -> Record:
    """Return the record that was kept. Raises StoreError: temporary where a newer version wrote it."""
    try:
        return _DECODER.decode(kept)
    except msgspec.MsgspecError as error:
        newer = _version(kept) > VERSION
        cause = "was written by a newer version" if newer else f"cannot be read: {error}"
        raise StoreError("story", cause, temporary=newer) from error


def kept_entry(entry: AlertItem) -> AlertItem:
    """Return an item as a record keeps it: texts to the first evidence in them at least, and the evidence in those."""
    item = entry.item
    ends = {name: _end(name, getattr(item, name), entry) for name in ("summary", "content")}
    evidence = tuple(found for found in entry.evidence if found.end <= ends.get(found.field, found.end))
    return AlertItem(
        replace(item, summary=item.summary[: ends["summary"]], content=item.content[: ends["content"]]), evidence
    )


def _end(name: str, text: str, entry: AlertItem) -> int:
    first = min((found.end for found in entry.evidence if found.field == name), default=0)
    return min(len(text), max(_KEPT, first + _AFTER))


def _version(kept: str) -> int:
    try:
        found: Any = msgspec.json.decode(kept)
    except msgspec.MsgspecError:
        return 0
    return found.get("version", 0) if isinstance(found, dict) else 0
