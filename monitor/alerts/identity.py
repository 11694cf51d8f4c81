"""Turns what an alert is about into its ids: derived, never random, so that what is made again carries the id it had.

An id is a prefix and 160 bits of SHA-256 over length-delimited parts, in lower-case base32: it needs no escaping in a
header, a file name, a Redis key or a URL.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime


def story_id(watchlist_id: str, item_key: str) -> str:
    """Return the id of the story that this item opened in this watchlist."""
    return _derived("sto", watchlist_id, item_key)


def alert_id(watchlist_id: str, item_key: str, kind: str, number: int) -> str:
    """Return the id of a story's alert: of its first item, its kind ("alert.created") and its number from 1."""
    return _derived("alt", watchlist_id, item_key, kind, str(number))


def digest_id(watchlist_id: str, channel_id: str, due_at: datetime, part: int = 1) -> str:
    """Return the id of a digest: of watchlist, channel, the end of its period, and which part of it, from 1."""
    parts = [str(part)] if part > 1 else []
    return _derived("alt", watchlist_id, channel_id, due_at.astimezone(UTC).isoformat(), *parts)


def notice_id(kind: str, subject: str, episode: str) -> str:
    """Return the id of an operator's notice: an alert of no watchlist."""
    return _derived("alt", "", kind, subject, episode)


def delivery_id(alert_id: str, channel_id: str, recipient: str) -> str:
    """Return the id of an alert's delivery to one recipient; it is the `webhook-id` and stands in the `Message-ID`."""
    return _derived("dlv", alert_id, channel_id, recipient)


def _derived(prefix: str, *parts: str) -> str:
    digest = hashlib.sha256()
    for part in (prefix, *parts):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:%b," % (len(encoded), encoded))
    return f"{prefix}_{base64.b32encode(digest.digest()[:20]).decode('ascii').lower()}"
