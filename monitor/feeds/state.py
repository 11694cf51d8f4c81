"""`FeedState` to the flat fields of a Redis hash, and back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import compress
from operator import attrgetter, is_not
from typing import Any, TypeVar

import msgspec
from msgspec.structs import asdict

from monitor.errors import StoreError
from monitor.model import FeedState, Habits, Move, Wishes

_Record = TypeVar("_Record")

#: Raised when the meaning of a field changes, or a reader that does not know a new one would do harm.
SCHEMA_VERSION = 1


def to_fields(state: FeedState) -> dict[str, str]:
    """Write every field, "" for what is not known, so that writing them leaves nothing of an older state."""
    return {"v": str(SCHEMA_VERSION), **{name: write(getattr(state, name)) for name, write in _WRITTEN.items()}}


def changed_fields(old: FeedState, new: FeedState) -> dict[str, str]:
    """Write only the fields in which a state differs from the one that is stored."""
    before, after = _values(old), _values(new)
    # What a poll does not touch is most often the same object.
    touched = compress(zip(_WRITTEN.items(), before, after, strict=True), map(is_not, before, after))
    return {name: write(value) for (name, write), former, value in touched if value != former}


def from_fields(stored: Mapping[str, str]) -> FeedState:
    """Read what `to_fields` wrote; no fields are the state of a feed that was never polled.

    Raises StoreError for what a newer version wrote.
    """
    version = int(stored.get("v") or SCHEMA_VERSION)
    if version > SCHEMA_VERSION:
        raise StoreError("feed state", f"has schema version {version}; this version reads up to {SCHEMA_VERSION}")
    return FeedState(
        url=stored.get("url", ""),
        etag=stored.get("etag") or None,
        last_modified=stored.get("last_modified") or None,
        body_hash=stored.get("body_hash") or None,
        seen_before=bool(stored.get("seen_before")),
        failures=int(stored.get("failures") or 0),
        last_error=stored.get("last_error") or None,
        polled_at=_time(stored.get("polled_at")),
        succeeded_at=_time(stored.get("succeeded_at")),
        next_due_at=_time(stored.get("next_due_at")),
        fresh_s=float(stored.get("fresh_s") or 0),
        wishes=_record(stored.get("wishes"), Wishes) or Wishes(),
        habits=_record(stored.get("habits"), Habits) or Habits(),
        move=_record(stored.get("move"), Move),
        let_through=bool(stored.get("let_through")),
        asked_url=stored.get("asked_url", ""),
        resting=_times(stored.get("resting")),
        hub=stored.get("hub", ""),
        topic=stored.get("topic", ""),
        push_until=_time(stored.get("push_until")),
        subscribed=stored.get("subscribed", ""),
    )


def _text(text: str | None) -> str:
    return text or ""


def _flag(flag: bool) -> str:
    return "1" if flag else ""


def _iso(time: datetime | None) -> str:
    # A sixth of the time of isoformat(); three of these stand in each poll.
    return msgspec.to_builtins(time) if time else ""


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _json(record: msgspec.Struct) -> str:
    """Write what a record says beyond its defaults."""
    # Fields without a default come first.
    usual = dict(zip(reversed(record.__struct_fields__), reversed(record.__struct_defaults__), strict=False))
    said = {name: value for name, value in asdict(record).items() if name not in usual or value != usual[name]}
    return msgspec.json.encode(said).decode() if said else ""


def _json_or_nothing(record: msgspec.Struct | None) -> str:
    return _json(record) if record else ""


def _record(text: str | None, kind: type[_Record]) -> _Record | None:
    """Read a record; a damaged one is learned anew."""
    try:
        return msgspec.json.decode(text, type=kind) if text else None
    except msgspec.MsgspecError:
        return None


def _seconds(span_s: float) -> str:
    return str(span_s) if span_s else ""


def _times_json(times: Mapping[str, datetime]) -> str:
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
    "resting": _times_json,
    "fresh_s": _seconds,
    "wishes": _json,
    "habits": _json,
    "move": _json_or_nothing,
    "let_through": _flag,
    "hub": _text,
    "topic": _text,
    "push_until": _iso,
    "subscribed": _text,
}
_values = attrgetter(*_WRITTEN)
