"""The open stories of watchlists: read what changed, commit what follows from a match or from the time. Promise 2.

Records are opaque here. Each commit names the version that it was decided on, and is refused where somebody else
changed the watchlist's stories since: its worker reads and decides again, a few times, and then in its turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from monitor.model import DIGEST_CREATED, Alert, Delivery
from monitor.queue.codec import SCHEMA, decode, delivery_fields, encode, encode_alert, encode_told
from monitor.queue.keys import Keys, shard_of
from monitor.queue.ownership import Ownership
from monitor.queue.store import Script, Store, entries, mapping

_READ = Script.load("read_stories")
_COMMIT = Script.load("commit_stories")
#: How long a turn lasts unless it is given up, seconds.
_TURN_S = 5.0

_CLOSED = ("watchlist", "channel", "story", "title", "reason")

#: Names no version: nothing has been read yet.
UNREAD = "-1"


class Outcome(Enum):
    """What became of a commit."""

    #: A digest of this id was told before: its time came twice, by two clocks.
    TAKEN = -4

    DONE = 1
    #: The item was decided before.
    KNOWN = 0
    #: Somebody changed the watchlist's stories since they were read.
    CHANGED = -1
    #: It is somebody else's turn.
    WAIT = -2
    #: A story is not as it was read, although nobody changed it since: a power cut took something back.
    LOST = -3


@dataclass(frozen=True, slots=True)
class Kept:
    """One record as it was read."""

    story: str
    version: str
    record: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What changed since a version."""

    version: str
    #: When each channel was lately told.
    pace: Mapping[str, tuple[datetime, ...]]
    #: All open stories, and the version at which each was last changed.
    open: Mapping[str, str]
    changed: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A story as it is to be kept from now on."""

    story: str
    #: Version that was read, "" for a new one.
    version: str
    #: b"": nothing is kept of it.
    record: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """What was held, and is closed as not sent."""

    watchlist: str
    channel: str
    story: str
    title: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """All that follows from one decision on one watchlist."""

    watchlist: str
    #: That was read and decided on.
    version: str
    changes: Sequence[Change] = ()
    #: Under which it is remembered that this was decided; "" where nothing is.
    mark: str = ""
    #: When the first thing that the watchlist still holds is due.
    due_at: datetime | None = None
    #: None: as before.
    pace: Mapping[str, Sequence[datetime]] | None = None
    alerts: Sequence[tuple[Alert, Sequence[Delivery]]] = ()
    closed: Sequence[Closed] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long things are kept, seconds, and how many."""

    remember_s: float
    keep_told_s: float
    keep_stories_s: float
    most_unsent: int


class Stories:
    """The open stories of all watchlists, for one worker."""

    def __init__(self, store: Store, *, worker: str) -> None:
        self._store = store
        self._worker = worker
        self._turns = Ownership(store, worker=worker, ttl_s=_TURN_S)

    async def read(self, watchlist: str, *, since: str = UNREAD) -> Reading:
        """Read the stories of a watchlist that changed since a version, or all of them."""
        keys = self._store.keys
        names = [keys.stories(watchlist), keys.story_versions(watchlist)]
        version, pace, ids, *changed = await self._store.script(_READ, names, [since])
        kept = (Kept(*changed[at : at + 3]) for at in range(0, len(changed), 3))
        return Reading(version, _pace(pace), mapping(ids), tuple(kept))

    async def commit(self, commit: Commit, *, bounds: Bounds) -> tuple[Outcome, str]:
        """Commit all of it, or nothing; returns the new version of the watchlist's stories where it was done."""
        names, args = _packed(commit, self._store.keys, self._worker, bounds)
        outcome, *version = await self._store.script(_COMMIT, names, args)
        return Outcome(int(outcome)), version[0] if version else ""

    async def were_told(self, watchlist: str, alerts: Sequence[str]) -> bool:
        """Tell whether an alert of any of these ids was told before."""
        shard = shard_of(watchlist)
        return bool(await self._store.run("EXISTS", *(self._store.keys.told(shard, each) for each in alerts)))

    async def take_turn(self, watchlist: str) -> bool:
        """Ask that the stories of a watchlist be changed by nobody else; False where another worker has its turn."""
        return bool(await self._turns.hold([self._store.keys.story_turn(watchlist)]))

    async def end_turn(self, watchlist: str) -> None:
        """Let the others commit again."""
        await self._turns.give_up([self._store.keys.story_turn(watchlist)])

    async def due(self, shard: int, *, now: datetime, most: int) -> list[str]:
        """List watchlists that hold something that is due, the longest first."""
        key = self._store.keys.held(shard)
        return list(await self._store.run("ZRANGEBYSCORE", key, "-inf", _ms(now), "LIMIT", 0, most))

    async def holding(self, shard: int) -> list[str]:
        """List the watchlists that hold anything."""
        return list(await self._store.run("ZRANGE", self._store.keys.held(shard), 0, -1))

    async def unsent(self, shard: int, *, most: int) -> list[Closed]:
        """List what was closed as not sent, the latest first."""
        reply = await self._store.run("XREVRANGE", self._store.keys.unsent(shard), "+", "-", "COUNT", most)
        return [_closed(decode(fields.get("unsent", ""))) for _, fields in entries(reply)]


def _packed(commit: Commit, keys: Keys, worker: str, bounds: Bounds) -> tuple[list[str], list[str | bytes | int]]:
    """Return keys and arguments of the script, in its order."""
    watchlist, shard = commit.watchlist, shard_of(commit.watchlist)
    names = [keys.stories(watchlist), keys.story_versions(watchlist), keys.story_turn(watchlist)]
    names += [keys.alerted(watchlist), keys.held(shard), keys.unsent(shard), keys.alerts(shard), keys.channels(shard)]
    deliveries = [each for _, made in commit.alerts for each in made]
    args: list[str | bytes | int] = [SCHEMA, watchlist, commit.version, worker, commit.mark]
    args += [int(bounds.remember_s * 1000), int(bounds.keep_stories_s * 1000)]
    args += ["" if commit.due_at is None else _ms(commit.due_at)]
    args += ["" if commit.pace is None else encode(commit.pace), bounds.most_unsent]
    # Only a digest tells of things that its id does not name: a second one under its id would pass for a repetition.
    args.append("".join("1" if alert.type == DIGEST_CREATED else "0" for alert, _ in commit.alerts))
    args += [len(commit.changes), len(commit.alerts), len(commit.closed), len(deliveries)]
    for change in commit.changes:
        args += [change.story, change.version, change.record]
    for alert, made in commit.alerts:
        names.append(keys.told(shard, alert.id))
        args += [encode_told(alert), int(bounds.keep_told_s * 1000), encode_alert(alert, tuple(made))]
    args += [encode(closed) for closed in commit.closed]
    fields = [delivery_fields(delivery) for delivery in deliveries]
    args.append(len(fields[0]) if fields else 0)
    for delivery, values in zip(deliveries, fields, strict=True):
        names += [keys.outbox(shard, delivery.channel_id), keys.delivery(shard, delivery.id)]
        args += [delivery.channel_id, delivery.id, *values]
    return names, args


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _pace(text: str) -> dict[str, tuple[datetime, ...]]:
    return {name: tuple(map(datetime.fromisoformat, times)) for name, times in decode(text).items()} if text else {}


def _closed(record: Mapping[str, str]) -> Closed:
    watchlist, channel, story, title, reason = (record.get(name, "") for name in _CLOSED)
    at = datetime.fromisoformat(record["at"]) if "at" in record else datetime.fromtimestamp(0, UTC)
    return Closed(watchlist, channel, story, title, reason, at)
