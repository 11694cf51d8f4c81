"""Turns an alert into the JSON of a webhook (docs/webhook.md, docs/alert.schema.json): bounded, and valid UTF-8. Pure.

Texts are shortened here, never in the stored item, so evidence offsets refer to the stored text.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from monitor.alerts.wording import clip, encodable
from monitor.model import Alert, AlertItem, Evidence, Notice

#: Largest body in bytes of UTF-8; many receivers refuse more.
MAX_PAYLOAD_BYTES = 64 * 1024
#: Type of an operator's notice.
NOTICE = "operator.notice"
_MAX_TITLE = 500
_MAX_NOTICE = 2_000
_MAX_NAME = 200
_MAX_WHY = 1_000
_MAX_URL = 2_048
#: Characters of a summary, and pieces of evidence per item: the first pair whose body fits is taken.
_LEVELS = ((2_000, 50), (500, 10), (0, 1))


def webhook_payload(alert: Alert) -> str:
    """Return the alert as JSON: one alert, the same text. Later versions add fields and rename none."""
    body = ""
    for max_summary, max_evidence in _LEVELS:
        body = json.dumps(_alert(alert, max_summary, max_evidence), ensure_ascii=False, separators=(",", ":"))
        if len(body.encode()) <= MAX_PAYLOAD_BYTES:
            break
    return body


def notice_payload(notice: Notice, notice_id: str) -> str:
    """Return an operator's notice as JSON: one notice, the same text."""
    return json.dumps(
        {
            "type": NOTICE,
            "id": notice_id,
            "created_at": _timestamp(notice.noticed_at),
            "notice": {
                "kind": notice.kind,
                "subject": _text(notice.subject, _MAX_NAME),
                "title": _text(notice.title, _MAX_TITLE),
                "text": _text(notice.text, _MAX_NOTICE),
            },
            "why": _text(notice.title, _MAX_WHY),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _alert(alert: Alert, max_summary: int, max_evidence: int) -> dict[str, Any]:
    story = alert.stories[0]
    return {
        "type": alert.type,
        "id": alert.id,
        "created_at": _timestamp(alert.created_at),
        "watchlist": {
            "id": alert.watchlist_id,
            "name": _text(alert.watchlist_name, _MAX_NAME),
            "version": alert.watchlist_version,
        },
        "story": {"id": story.id, "first_seen_at": _timestamp(story.first_seen_at)},
        "items": [_item(entry, max_summary, max_evidence) for entry in story.items],
        "why": _text(alert.why, _MAX_WHY),
    }


def _item(entry: AlertItem, max_summary: int, max_evidence: int) -> dict[str, Any]:
    item = entry.item
    return {
        "key": item.key,
        "title": _text(item.title, _MAX_TITLE),
        # Half an address leads elsewhere.
        "url": encodable(item.url) if len(item.url) <= _MAX_URL else "",
        "source": _text(item.source, _MAX_NAME),
        "language": item.language,
        "published_at": _timestamp(item.published_at),
        "seen_at": _timestamp(item.seen_at),
        "summary": _text(item.summary, max_summary),
        "evidence": [_evidence(found, entry) for found in entry.evidence[:max_evidence]],
    }


def _evidence(found: Evidence, entry: AlertItem) -> dict[str, Any]:
    texts = {"title": entry.item.title, "summary": entry.item.summary, "content": entry.item.content}
    return {
        "field": found.field,
        "start": found.start,
        "end": found.end,
        "term": _text(found.term, _MAX_NAME),
        "text": _text(texts[found.field][found.start : found.end], _MAX_NAME),
    }


def _text(text: str, limit: int) -> str:
    return clip(encodable(text), limit)


def _timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, milliseconds, "Z"."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
