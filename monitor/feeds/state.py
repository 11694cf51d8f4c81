"""`FeedState` to the flat fields of a Redis hash, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.errors import StoreError
from monitor.model import FeedState

#: Raised when the meaning of a field changes, or a reader that does not know a new one would do harm.
SCHEMA_VERSION = 1


def to_fields(state: FeedState) -> dict[str, str]:
    """Write every field, "" for what is not known, so that writing them leaves nothing of an older state."""
    return {
        "v": str(SCHEMA_VERSION),
        "url": state.url,
        "etag": state.etag or "",
        "last_modified": state.last_modified or "",
        "body_hash": state.body_hash or "",
        "seen_before": "1" if state.seen_before else "",
        "failures": str(state.failures),
        "last_error": state.last_error or "",
        "polled_at": _iso(state.polled_at),
        "succeeded_at": _iso(state.succeeded_at),
        "next_due_at": _iso(state.next_due_at),
        "hub": state.hub,
        "topic": state.topic,
        "push_until": _iso(state.push_until),
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
        hub=fields.get("hub", ""),
        topic=fields.get("topic", ""),
        push_until=_time(fields.get("push_until")),
    )


def _iso(time: datetime | None) -> str:
    return time.isoformat() if time else ""


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
