"""Records of the model as JSON for Redis, and back. Pure.

Every stream entry, delivery and snapshot carries `v`, the schema version that wrote it: a worker leaves what a newer
version wrote to a newer worker. Adding a field with a default keeps the version; anything else raises it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from monitor.errors import StoreError
from monitor.model import Alert, Delivery, Item, Notice

#: What this version of the service writes, and the newest that it reads.
SCHEMA = 1

_ITEMS = msgspec.json.Decoder(Item)
_ALERTS = msgspec.json.Decoder(Alert)


def readable(fields: Mapping[str, str]) -> bool:
    """Tell whether this version can read the entry."""
    version = fields.get("v", "")
    return version.isascii() and version.isdigit() and int(version) <= SCHEMA


def encode_item(item: Item) -> bytes:
    """Write an item as JSON."""
    return msgspec.json.encode(item)


def decode_item(fields: Mapping[str, str]) -> Item:
    """Read the item of a stream entry. Raises StoreError (not temporary) where it is damaged."""
    try:
        return _ITEMS.decode(fields["item"])
    except (KeyError, msgspec.MsgspecError) as error:
        raise StoreError("item", f"cannot be read: {error!r}", temporary=False) from error


def encode_alert(alert: Alert, deliveries: tuple[Delivery, ...]) -> bytes:
    """Write what the alert stream tells of an alert: all but the texts, which its items and deliveries hold."""
    return msgspec.json.encode(
        {
            "id": alert.id,
            "type": alert.type,
            "watchlist": alert.watchlist_id,
            "version": alert.watchlist_version,
            "stories": [
                {
                    "id": story.id,
                    "first_seen_at": story.first_seen_at,
                    "items": [{"key": entry.item.key, "evidence": entry.evidence} for entry in story.items],
                }
                for story in alert.stories
            ],
            "why": alert.why,
            "created_at": alert.created_at,
            "deliveries": [delivery.id for delivery in deliveries],
            "channels": sorted({delivery.channel_id for delivery in deliveries}),
        }
    )


def encode_told(alert: Alert) -> bytes:
    """Write an alert whole, as it was told."""
    return msgspec.json.encode(alert)


def decode_told(text: str) -> Alert:
    """Read an alert as it was told. Raises StoreError (not temporary) where it is damaged."""
    try:
        return _ALERTS.decode(text)
    except msgspec.MsgspecError as error:
        raise StoreError("alert", f"cannot be read: {error!r}", temporary=False) from error


def encode_notice(notice: Notice, notice_id: str, deliveries: tuple[Delivery, ...]) -> bytes:
    """Write what the alert stream tells of an operator's notice."""
    return msgspec.json.encode(
        {
            "id": notice_id,
            "type": "operator.notice",
            "kind": notice.kind,
            "subject": notice.subject,
            "why": notice.title,
            "created_at": notice.noticed_at,
            "deliveries": [delivery.id for delivery in deliveries],
            "channels": sorted({delivery.channel_id for delivery in deliveries}),
        }
    )


def channels_of(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Read which channels an entry of the alert stream concerns; none where it is damaged (the outbox has the work)."""
    return tuple(decode(fields.get("alert", "")).get("channels", ()))


def delivery_fields(delivery: Delivery) -> list[str]:
    """Write a delivery as the alternating names and values of its hash."""
    return [
        *("alert", delivery.alert_id),
        *("watchlist", delivery.watchlist_id),
        *("channel", delivery.channel_id),
        *("recipient", delivery.recipient),
        *("created_at", delivery.created_at.isoformat()),
        *("body", delivery.body),
    ]


def decode_delivery(delivery_id: str, fields: Mapping[str, str]) -> Delivery:
    """Read a delivery from its hash. Raises StoreError (not temporary) where it is damaged."""
    try:
        return Delivery(
            id=delivery_id,
            alert_id=fields["alert"],
            watchlist_id=fields["watchlist"],
            channel_id=fields["channel"],
            recipient=fields["recipient"],
            body=fields["body"],
            created_at=datetime.fromisoformat(fields["created_at"]),
            attempts=int(fields.get("attempts", 0)),
        )
    except KeyError as error:
        raise StoreError(f"delivery {delivery_id}", f"its record lacks {error}", temporary=False) from error
    except ValueError as error:
        raise StoreError(f"delivery {delivery_id}", f"its record cannot be read: {error}", temporary=False) from error


def encode(value: Any) -> str:
    """Write a small record (a beat, a state, an override) as JSON."""
    return msgspec.json.encode(value).decode()


def decode(text: str) -> dict[str, Any]:
    """Read a small record; an unreadable one is empty."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return {}
    return found if isinstance(found, dict) else {}
