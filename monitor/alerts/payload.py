"""Turns an alert into the JSON of a webhook (docs/webhook.md, docs/alert.schema.json): bounded, and valid UTF-8. Pure.

Texts are shortened here, never in the stored item, so evidence offsets refer to the stored text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from monitor.alerts.identity import notice_id
from monitor.alerts.wording import clip, encodable
from monitor.model import DIGEST_CREATED, Alert, AlertItem, Evidence, Notice, Source, Story

Payload: TypeAlias = dict[str, Any]

#: Largest body in bytes of UTF-8; many receivers refuse more.
MAX_PAYLOAD_BYTES = 64 * 1024
#: Of a digest, which lists a hundred stories.
MAX_DIGEST_BYTES = 256 * 1024
#: Type of an operator's notice.
NOTICE = "operator.notice"
#: Of the form of the JSON; fields are added under the same number.
_VERSION = 1
_MAX_TITLE = 500
_MAX_NOTICE = 2_000
_MAX_NAME = 200
_MAX_WHY = 1_000
_MAX_REASON = 200
_MAX_REASONS = 10
_MAX_URL = 2_048


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of an alert is told."""

    #: Characters of a summary.
    summary: int
    #: Pieces of evidence of an item.
    evidence: int
    #: Sources of a story.
    sources: int
    #: Stories of a digest; items of a story elsewhere.
    entries: int


def details(alert: Alert) -> Iterator[Detail]:
    """Yield, from all to hardly anything, how much of an alert can be told: the first whose body fits is taken."""
    entries = len(alert.stories) if alert.type == DIGEST_CREATED else len(alert.stories[0].items)
    levels = (Detail(2_000, 50, 50, entries), Detail(500, 10, 20, entries), Detail(0, 1, 5, entries))
    yield from levels
    while entries > 1:
        entries = entries * 3 // 4
        yield replace(levels[-1], entries=entries)
    yield Detail(0, 1, 0, 1)


def alert_payload(alert: Alert, detail: Detail, answers: Mapping[str, str] | None = None) -> Payload:
    """Return the alert as JSON knows it: one alert, the same values. Later versions add fields and rename none.

    `answers` are the addresses by which a reader answers, if there are any.
    """
    content = _digest(alert, detail) if alert.type == DIGEST_CREATED else _single(alert, detail)
    return {
        "type": alert.type,
        "version": _VERSION,
        "id": alert.id,
        "created_at": _timestamp(alert.created_at),
        "watchlist": {
            "id": alert.watchlist_id,
            "name": _text(alert.watchlist_name, _MAX_NAME),
            "version": alert.watchlist_version,
        },
        **content,
        "why": _text(alert.why, _MAX_WHY),
        "held": _text(alert.held, _MAX_REASON),
        **({"links": dict(answers)} if answers else {}),
    }


def notice_payload(notice: Notice) -> Payload:
    """Return an operator's notice as JSON knows it: one notice, the same values."""
    return {
        "type": NOTICE,
        "version": _VERSION,
        "id": notice_id(notice.kind, notice.subject, notice.episode),
        "created_at": _timestamp(notice.noticed_at),
        "notice": {
            "kind": notice.kind,
            "subject": _text(notice.subject, _MAX_NAME),
            "title": _text(notice.title, _MAX_TITLE),
            "text": _text(notice.text, _MAX_NOTICE),
        },
        "why": _text(notice.title, _MAX_WHY),
    }


def written(payload: Payload) -> str:
    """Return a payload as the text that is sent."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _single(alert: Alert, detail: Detail) -> Payload:
    (story,) = alert.stories
    return {
        "story": _story(story, detail),
        "items": [_item(entry, detail) for entry in story.items[: detail.entries]],
    }


def _digest(alert: Alert, detail: Detail) -> Payload:
    told = alert.stories[: detail.entries]
    return {
        "period": {
            "start": _timestamp(min(story.first_seen_at for story in alert.stories)),
            "end": _timestamp(alert.created_at),
        },
        "stories": [
            {
                **_story(story, detail),
                "items": [_item(entry, detail) for entry in story.items],
                "why": _text(story.why, _MAX_WHY),
                "held": _text(story.held, _MAX_REASON),
            }
            for story in told
        ],
        "stories_total": len(alert.stories),
        "stories_left_out": len(alert.stories) - len(told),
    }


def _story(story: Story, detail: Detail) -> Payload:
    return {
        "id": story.id,
        "first_seen_at": _timestamp(story.first_seen_at),
        "severity": story.severity,
        "news": [_text(each, _MAX_REASON) for each in story.news[:_MAX_REASONS]],
        "items_total": story.items_total,
        "copies_total": story.copies_total,
        "sources_total": story.sources_total,
        "sources": [_source(each) for each in story.sources[: detail.sources]],
        "gathered": [_text(each, _MAX_REASON) for each in story.gathered[:_MAX_REASONS]],
    }


def _source(source: Source) -> Payload:
    return {
        "name": _text(source.name, _MAX_NAME),
        "title": _text(source.title, _MAX_TITLE),
        "url": _url(source.url),
        "language": source.language,
        "published_at": _timestamp(source.published_at),
        "is_copy": source.is_copy,
    }


def _item(entry: AlertItem, detail: Detail) -> Payload:
    item = entry.item
    return {
        "key": item.key,
        "title": _text(item.title, _MAX_TITLE),
        "url": _url(item.url),
        "source": _text(item.source, _MAX_NAME),
        "language": item.language,
        "published_at": _timestamp(item.published_at),
        "seen_at": _timestamp(item.seen_at),
        "summary": _text(item.summary, detail.summary),
        "evidence": [_evidence(found, entry) for found in entry.evidence[: detail.evidence]],
    }


def _evidence(found: Evidence, entry: AlertItem) -> Payload:
    texts = {"title": entry.item.title, "summary": entry.item.summary, "content": entry.item.content}
    return {
        "field": found.field,
        "start": found.start,
        "end": found.end,
        "term": _text(found.term, _MAX_NAME),
        "text": _text(texts[found.field][found.start : found.end], _MAX_NAME),
    }


def _url(url: str) -> str:
    # Half an address leads elsewhere.
    return encodable(url) if len(url) <= _MAX_URL else ""


def _text(text: str, limit: int) -> str:
    return clip(encodable(text), limit)


def _timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, milliseconds, "Z"."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
