"""`FeedState` to the flat fields of a Redis hash, and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec

from monitor.errors import StoreError
from monitor.model import FeedState

#: Raised when the meaning of a field changes, or a reader that does not know a new one would do harm.
SCHEMA_VERSION = 1


def to_fields(state: FeedState) -> dict[str, str]:
    """Write every field, "" for what is not known, so that writing them leaves nothing of an older state."""
    return {"v": str(SCHEMA_VERSION), **{name: write(getattr(state, name)) for name, write in _WRITTEN.items()}}


def changed_fields(old: FeedState, new: FeedState) -> dict[str, str]:
    """Write only the fields in which a state differs from the one that is stored."""
    return {
        name: write(value)
        for (name, write), before, value in zip(_WRITTEN.items(), _values(old), _values(new), strict=True)
        if value != before
    }


def from_fields(fields: Mapping[str, str]) -> FeedState:
    """Read what `to_fields` wrote; no fields are the state of a feed that was never polled.

    Raises StoreError for what a newer version wrote.
    """
    version = int(fields.get("v") or SCHEMA_VERSION)
    if version > SCHEMA_VERSION:
        raise StoreError("feed state", f"has schema version {version}; this version reads up to {SCHEMA_VERSION}")
    return FeedState(
        url=fields.get("url", ""),
        etag=fields.get("etag") or None,
        last_modified=fields.get("last_modified") or None,
        body_hash=fields.get("body_hash") or None,
        seen_before=bool(fields.get("seen_before")),
        failures=int(fields.get("failures") or 0),
        last_error=fields.get("last_error") or None,
        polled_at=_time(fields.get("polled_at")),
        succeeded_at=_time(fields.get("succeeded_at")),
        next_due_at=_time(fields.get("next_due_at")),
        asked_url=fields.get("asked_url", ""),
        resting=_times(fields.get("resting")),
        hub=fields.get("hub", ""),
        topic=fields.get("topic", ""),
        push_until=_time(fields.get("push_until")),
        subscribed=fields.get("subscribed", ""),
    )


def _text(text: str | None) -> str:
    return text or ""


def _flag(flag: bool) -> str:
    return "1" if flag else ""


def _iso(time: datetime | None) -> str:
    return time.isoformat() if time else ""


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _json(times: Mapping[str, datetime]) -> str:
    return msgspec.json.encode(times).decode() if times else ""


def _times(text: str | None) -> dict[str, datetime]:
    return msgspec.json.decode(text, type=dict[str, datetime]) if text else {}


#: Field of a state -> how it is written.
_WRITTEN: dict[str, Callable[[Any], str]] = {
    "url": _text,
    "etag": _text,
    "last_modified": _text,
    "body_hash": _text,
    "seen_before": _flag,
    "failures": str,
    "last_error": _text,
    "polled_at": _iso,
    "succeeded_at": _iso,
    "next_due_at": _iso,
    "asked_url": _text,
    "resting": _json,
    "hub": _text,
    "topic": _text,
    "push_until": _iso,
    "subscribed": _text,
}
_values = attrgetter(*_WRITTEN)
