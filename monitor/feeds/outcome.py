"""What one request for a feed comes to: nothing new, the same bytes, a document that was parsed, or an error."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from monitor.errors import FeedError
from monitor.feeds.fetch import NotModified
from monitor.feeds.reading.entries import ParsedFeed
from monitor.model import Document


@dataclass(frozen=True, slots=True)
class SameBody:
    """A document with the very bytes of the last one that was parsed."""

    document: Document


@dataclass(frozen=True, slots=True)
class NewBody:
    """A document that had to be parsed."""

    document: Document
    parsed: ParsedFeed


Outcome = NotModified | SameBody | NewBody | FeedError


def body_hash(document: Document) -> str:
    """Hash a document's body: SHA-256, hex."""
    return hashlib.sha256(document.body).hexdigest()
