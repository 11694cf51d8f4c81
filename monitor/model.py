"""The vocabulary of the service: frozen records that pass between stations, without behaviour of their own.

All times are aware UTC datetimes (`*_at`), all spans seconds (`*_s`). Records that travel through Redis (`Item`,
`Alert`, `Delivery`) are encoded by `monitor.queue.codec`, which carries the schema version beside them.

What is made anew in every poll is a `msgspec.Struct`: a copy of a state takes a thirtieth of the time of a dataclass'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec


class Feed(msgspec.Struct, frozen=True):
    """A source that we poll. Secrets are resolved: made by the worker that polls, never stored or logged whole."""

    id: str
    #: The address to fetch; may itself be a secret.
    url: str
    #: What readers see as the source when an entry names none; the document's own title where None.
    name: str | None = None
    #: Extra request headers, e.g. an API key.
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    #: Credentials for HTTP basic authentication, (user, password).
    credentials: tuple[str, str] | None = None
    #: Shortest and longest time between two polls, seconds; None: the service's default.
    interval_s: float | None = None
    max_interval_s: float | None = None
    #: Language tag that overrides detection for all items of the feed.
    language: str | None = None
    #: The address without its secrets, for logs and status.
    shown_url: str = ""
    #: Whether the address is a question that edits of a watchlist change: what another question finds may be old.
    is_question: bool = False
    #: Whether the address is a route of RSSHub: the moves and the end of one instance are none of the feed's.
    is_route: bool = False


class Wishes(msgspec.Struct, frozen=True):
    """What a document asks of those who poll it."""

    #: Seconds to leave between two polls (RSS ttl, sy:updatePeriod); 0: it says nothing.
    ttl_s: float = 0.0
    #: Hours (0 to 23) and days (0: Monday) of UTC in which not to ask.
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


class Habits(msgspec.Struct, frozen=True):
    """How a feed publishes, as far as we have seen it."""

    #: Items per day of UTC: the ordinal of the newest day that had one, and the counts from there back.
    day: int = 0
    counts: tuple[int, ...] = ()
    #: When items last came, or the first poll.
    news_at: datetime | None = None
    #: Newest date of publication.
    newest_at: datetime | None = None
    #: When we last saw that items may have come and gone between two polls.
    missed_at: datetime | None = None
    #: When the feed will have been quiet for so long that its reader should know; None: no telling, or told.
    silent_at: datetime | None = None
    #: Whether that was told, and nothing came since.
    silent: bool = False
    #: Usual seconds from publication to our seeing it.
    latency_s: float | None = None


class Move(msgspec.Struct, frozen=True):
    """A permanent redirect as we saw it from poll to poll."""

    #: The settings' address, for which alone this holds.
    origin: str
    #: Where it leads for good, and in how many polls in a row it did; counted up to `monitor.feeds.moves.STABLE_POLLS`.
    target: str
    polls: int
    #: The target that was stable so long; polled in place of `origin` while the override `feed-moved` is in force.
    address: str = ""


class FeedState(msgspec.Struct, frozen=True):
    """What we remember of a feed between polls."""

    #: The address that answered, after redirects: validators and body hash belong to it, and count nowhere else.
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
    resting: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    #: Seconds for which the last answer that said so is fresh (RFC 9111, section 4.2).
    fresh_s: float = 0.0
    wishes: Wishes = Wishes()
    habits: Habits = Habits()
    move: Move | None = None
    #: Whether a person let through what was quarantined: the next document is taken as it is.
    let_through: bool = False
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
    #: Where permanent redirects, and no other, led; "" where there were none.
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One news item, normalised."""

    #: One id across feeds (see `monitor.feeds.reading.identity`): 32 hex digits.
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
    #: True where the item was seen before, with other words: what was alerted of it is not alerted again.
    is_update: bool = False
    #: True where other items may have the same `url`: a changelog's page, or what an entry encloses.
    shares_url: bool = False


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
class Source:
    """One item of a story as its alerts list it."""

    #: Name of the outlet.
    name: str
    title: str
    url: str
    language: str
    published_at: datetime
    #: Whether it is another's text: the same title, or hardly a word of its own.
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """The items of one watchlist that tell of one event, as far as they are kept."""

    #: Derived of watchlist and the key of the first item.
    id: str
    first_seen_at: datetime
    #: Those that an alert shows: what is news, the latest at the head, then its first item; never empty.
    items: tuple[AlertItem, ...]
    #: One sentence that says, in words, why the first of them matched.
    why: str
    #: One per item, the earliest first; bounded.
    sources: tuple[Source, ...] = ()
    #: All items, those that copy another, and their different outlets, whether `sources` lists them or not.
    items_total: int = 1
    copies_total: int = 0
    sources_total: int = 1
    #: Why items were gathered, the last first: "same title", "names Meta, Scale AI", or "by meaning alone".
    gathered: tuple[str, ...] = ()
    #: "normal" or "high".
    severity: str = "normal"
    #: What is new since the last alert, in words: "now 20 sources", "new words: 开源"; () in a first alert.
    news: tuple[str, ...] = ()
    #: In a digest, why this one comes only now, where that differs from one to the other.
    held: str = ""


# Kinds of alerts.
ALERT_CREATED = "alert.created"
ALERT_UPDATED = "alert.updated"
DIGEST_CREATED = "digest.created"


@dataclass(frozen=True, slots=True)
class Alert:
    """The decision to tell."""

    #: Derived (see `monitor.alerts.identity`): of watchlist, item key of the story's first item, kind and number; of a
    #: digest, of watchlist, channel and end of its period.
    id: str
    #: One of the kinds above.
    type: str
    watchlist_id: str
    watchlist_name: str
    watchlist_version: str
    #: One, but for a digest; never empty.
    stories: tuple[Story, ...]
    #: One sentence that says why, in words.
    why: str
    created_at: datetime
    #: Why it comes later than it could, in words; "" where it does not.
    held: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of an alert, with what it told: the alert itself is forgotten sooner."""

    alert_id: str
    watchlist_id: str
    watchlist_version: str
    #: "yes": it was relevant; "no": it was not.
    verdict: str
    said_at: datetime
    #: "link" or "command".
    by: str
    #: What the alert showed first, of each of its stories; bounded.
    items: tuple[AlertItem, ...]


# Kinds of notices. The last three are overrides too, until somebody undoes them.
FEED_DEAD = "feed-dead"
FEED_SILENT = "feed-silent"
FEED_FLOODED = "feed-flooded"
FEED_MOVED = "feed-moved"
FEED_RETIRED = "feed-retired"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the operator should know of the service itself, once per episode."""

    kind: str
    #: Id of the feed.
    subject: str
    #: Tells one occurrence from the next: what is noticed twice in one episode is one notice.
    episode: str
    #: One line, and a few sentences that say what it means and what to do.
    title: str
    text: str
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert or notice to one recipient of one channel, with its body, which never changes between attempts."""

    #: Derived of alert, channel and recipient.
    id: str
    alert_id: str
    #: "" for a notice.
    watchlist_id: str
    channel_id: str
    #: Mail address, webhook channel's id, or mailbox folder's name: never a secret.
    recipient: str
    #: Complete message (RFC 5322 bytes as text for mail and mailbox, JSON for a webhook).
    body: str
    created_at: datetime
    #: Attempts whose answer counted against the message.
    attempts: int = 0
