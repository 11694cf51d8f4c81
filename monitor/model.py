"""The vocabulary of the service: frozen records that pass between stations, without behaviour of their own.

All times are aware UTC datetimes (`*_at`), all spans seconds (`*_s`). Records that travel through Redis (`Item`,
`Alert`, `Delivery`) are encoded by `monitor.queue.codec`, which carries the schema version beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """A source that we poll. Secrets are resolved: made by the worker that polls, never stored or logged whole."""

    id: str
    #: The address to fetch; may itself be a secret.
    url: str
    #: What readers see as the source when an entry names none; the document's own title where None.
    name: str | None = None
    #: Extra request headers, e.g. an API key.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Credentials for HTTP basic authentication, (user, password).
    credentials: tuple[str, str] | None = None
    #: Seconds between polls while all is well; None: the service's default.
    interval_s: float | None = None
    #: Language tag that overrides detection for all items of the feed.
    language: str | None = None
    #: The address without its secrets, for logs and status.
    shown_url: str = ""
    #: Whether the address is a question that edits of a watchlist change: what another question finds may be old.
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class FeedState:
    """What we remember of a feed between polls."""

    #: The address that the validators and the body hash belong to; after a change of address they do not count.
    url: str = ""
    #: Validators of the last 200 answer, to the letter.
    etag: str | None = None
    last_modified: str | None = None
    #: SHA-256 (hex) of the last body that was parsed.
    body_hash: str | None = None
    #: Whether a first poll has been committed: until then items are held to `polling.first_poll_max_age`.
    seen_before: bool = False
    #: Consecutive failures.
    failures: int = 0
    last_error: str | None = None
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_due_at: datetime | None = None
    #: The address that was asked for the last document that was parsed.
    asked_url: str = ""
    #: Instances of RSSHub that have asked us to wait, and until when.
    resting: Mapping[str, datetime] = field(default_factory=dict)
    #: What the last document that was polled names as its hub and its own address there; "" where it names none.
    hub: str = ""
    topic: str = ""
    #: Until when a hub is relied on to push changes; written with its subscription, and cleared when it fails us.
    push_until: datetime | None = None
    #: The offer, and our address for it, that the feed's subscriptions were last brought in line with.
    subscribed: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What one fetch returned."""

    #: Address that was asked for, and the one that answered after redirects.
    requested_url: str
    url: str
    status: int
    #: Response headers with lower-case names.
    headers: Mapping[str, str]
    #: The body after content decoding (gzip, br, deflate).
    body: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One news item, normalised."""

    #: One id across feeds (see `monitor.feeds.identity`): 32 hex digits.
    key: str
    #: Id of the feed that brought it.
    feed: str
    #: Absolute canonical link, or "" where the entry has none.
    url: str
    #: Plain text (see `monitor.text.html`); evidence offsets are code points of these three strings.
    title: str
    summary: str
    content: str
    #: Name of the outlet.
    source: str
    author: str
    #: When the publisher says it was published; `seen_at` where it says nothing possible.
    published_at: datetime
    seen_at: datetime
    #: "zh-Hans", "zh-Hant", "zh" where the script cannot be told, "en", ...; "und" where nothing can be told.
    language: str
    #: True where `published_at` is a stand-in.
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in an item which term stood."""

    #: "title", "summary" or "content".
    field: str
    #: Half-open range in code points of that field's stored plain text.
    start: int
    end: int
    #: The term as its author wrote it.
    term: str


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A named subject: a query, or three lists (any of `terms`, one of `context` where given, none of `exclude`)."""

    id: str
    name: str
    #: In the language of `monitor.watchlists.language`; "" where the three lists say it.
    query: str = ""
    terms: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    #: Alias sets that `@name` may name.
    entities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Ids of the channels that its alerts go to, in order.
    channels: tuple[str, ...] = ()
    #: Twelve hex digits of what decides a verdict; two watchlists with one version give the same verdicts.
    version: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """This item belongs to this watchlist, because of this evidence, under this watchlist version."""

    watchlist: str
    version: str
    #: In order of field (title, summary, content), then start; never empty.
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class AlertItem:
    """One item of an alert with the evidence that put it there."""

    item: Item
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """The decision to tell."""

    #: Derived of watchlist, item key of the story's first item, kind and number (see `monitor.alerts.identity`).
    id: str
    #: "alert.created".
    type: str
    watchlist_id: str
    watchlist_name: str
    watchlist_version: str
    story_id: str
    story_first_seen_at: datetime
    items: tuple[AlertItem, ...]
    #: One sentence that says why, in words.
    why: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert to one recipient of one channel, with its rendered body, which never changes between attempts."""

    #: Derived of alert, channel and recipient.
    id: str
    alert_id: str
    watchlist_id: str
    channel_id: str
    #: Mail address, webhook channel's id, or mailbox folder's name: never a secret.
    recipient: str
    #: Complete message (RFC 5322 bytes as text for mail and mailbox, JSON for a webhook).
    body: str
    created_at: datetime
    #: Attempts whose answer counted against the message.
    attempts: int = 0
