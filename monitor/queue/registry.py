"""What workers and channels say of themselves, what hosts have asked for, and what was decided against the settings.

Beats, channel states and held hosts may be lost; overrides, which the service or a reader decides, are facts of their
own (design: promise 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any

from monitor.queue.codec import SCHEMA, decode, encode
from monitor.queue.store import Script, Store, mapping

_NOTE = Script.load("note")
_DROP = Script.load("drop_record")

CHANNEL_DISABLED = "channel-disabled"

_NEVER = datetime.max.replace(tzinfo=UTC)

#: A worker that has not beaten for so long does not count as one, seconds.
SILENT_S = 10.0


@dataclass(frozen=True, slots=True)
class Beat:
    """A worker's word that it lives."""

    worker: str
    role: str
    host: str
    pid: int
    started_at: str
    beat_at: str
    #: Version of the settings that it runs, and why it does not run a newer one.
    settings_version: int
    settings_error: str = ""
    #: What it is doing, in words.
    doing: str = ""

    def silence_s(self, now: datetime) -> float:
        """Give the seconds since it was said."""
        return (now - datetime.fromisoformat(self.beat_at)).total_seconds()


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel is doing."""

    channel: str
    #: "good", "waiting" (at fault, or asked to wait; tried again), or by an override "disabled" or "paused".
    state: str
    since: str
    answer: str = ""
    next_probe_at: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """A decision of the running service or of a reader, until a person undoes it or its time is over."""

    id: str
    #: "channel-disabled", a kind of notice, or one of `monitor.queue.silences`.
    kind: str
    #: Id of the channel, feed or watchlist.
    subject: str
    reason: str
    decided_at: str
    #: Digest of the feed's address in the settings, for which alone it holds; "" where it holds for any.
    address: str = ""
    #: When its time is over; "": never.
    until: str = ""
    #: The channel, and its recipient, for which alone a watchlist is concerned; "" where it is for all.
    channel: str = ""
    recipient: str = ""

    @property
    def ends_at(self) -> datetime:
        """When its time is over: far away where it has no end."""
        return datetime.fromisoformat(self.until) if self.until else _NEVER

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.ends_at <= now


@dataclass(frozen=True, slots=True)
class HeldHost:
    """A host that has asked a poller to wait."""

    #: Scheme, host and, where it is not the usual one, port.
    host: str
    until: str


class Registry:
    """Beats, channel states, held hosts and overrides."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def beat(self, beat: Beat) -> None:
        """Write a worker's beat."""
        await self._note(self._store.keys.workers, beat.worker, beat)

    async def leave(self, *workers: str) -> None:
        """Take workers off the list: on a clean end, or when known to be dead."""
        if workers:
            await self._store.run("HDEL", self._store.keys.workers, *workers)

    async def workers(self) -> list[Beat]:
        """List all workers that ever beat and did not leave, by name."""
        return [Beat(**fields) for fields in await self._records(self._store.keys.workers, Beat)]

    async def alive(self, role: str, *, now: datetime, within_s: float = SILENT_S) -> list[str]:
        """Name the workers of a role that beat lately."""
        return [beat.worker for beat in await self.workers() if beat.role == role and beat.silence_s(now) < within_s]

    async def set_channel(self, state: ChannelState) -> None:
        """Write how a channel is doing."""
        await self._note(self._store.keys.channel_states, state.channel, state)

    async def channels(self) -> dict[str, ChannelState]:
        """Read how the channels are doing."""
        records = await self._records(self._store.keys.channel_states, ChannelState)
        return {fields["channel"]: ChannelState(**fields) for fields in records}

    async def hold(self, held: HeldHost) -> None:
        """Write until when a host is not to be asked."""
        await self._note(self._store.keys.held_hosts, held.host, held)

    async def held_hosts(self) -> list[HeldHost]:
        """Read which hosts are not to be asked, and those whose time is over and that nobody released yet."""
        return [HeldHost(**fields) for fields in await self._records(self._store.keys.held_hosts, HeldHost)]

    async def release(self, held: Iterable[HeldHost]) -> None:
        """Drop hosts whose time is over, unless they have asked anew meanwhile."""
        for each in held:
            await self._store.script(_DROP, [self._store.keys.held_hosts], [each.host, _written(each)])

    async def decide(self, override: Override) -> None:
        """Put an override in force."""
        await self._note(self._store.keys.overrides, override.id, override)

    async def extend(self, override: Override, *, now: datetime) -> Override:
        """Put an override in force, unless one of its id that ends no sooner is; return the one that is in force."""
        standing = await self.override(override.id)
        if standing and not standing.is_over(now) and standing.ends_at >= override.ends_at:
            return standing
        await self.decide(override)
        return override

    async def overrides(self, *, now: datetime | None = None) -> list[Override]:
        """List the overrides in force; without `now`, those too whose time is over and that nobody cleared yet."""
        found = [Override(**fields) for fields in await self._records(self._store.keys.overrides, Override)]
        return found if now is None else [each for each in found if not each.is_over(now)]

    async def override(self, override_id: str) -> Override | None:
        """Read one override; None where there is none of that id."""
        found = await self._store.run("HGET", self._store.keys.overrides, override_id)
        records = _read([found] if found else [], Override)
        return Override(**records[0]) if records else None

    async def clear(self, overrides: Iterable[Override]) -> None:
        """Drop overrides whose time is over, unless they were decided anew meanwhile."""
        for each in overrides:
            await self._store.script(_DROP, [self._store.keys.overrides], [each.id, _written(each)])

    async def stands(self, override: Override) -> bool:
        """Tell whether an override is still in force."""
        return bool(await self._store.run("HEXISTS", self._store.keys.overrides, override.id))

    async def undo(self, override_id: str) -> bool:
        """Take an override back; False where there is none of that id. `monitor.queue.reversal` does what follows."""
        return bool(await self._store.run("HDEL", self._store.keys.overrides, override_id))

    async def _note(self, key: str, name: str, record: Any) -> None:
        await self._store.script(_NOTE, [key], [name, _written(record)])

    async def _records(self, key: str, kind: type[Any]) -> list[dict[str, Any]]:
        found = mapping(await self._store.run("HGETALL", key))
        return _read([text for _, text in sorted(found.items())], kind)


def _written(record: Any) -> str:
    return encode({"v": SCHEMA, **asdict(record)})


def _read(texts: Iterable[str], kind: type[Any]) -> list[dict[str, Any]]:
    """Read records, but for those of a newer version; fields that this one does not know are left out."""
    names = {each.name for each in fields_of(kind)}
    return [
        {name: value for name, value in fields.items() if name in names}
        for fields in map(decode, texts)
        if fields.get("v", SCHEMA + 1) <= SCHEMA
    ]


def channel_disabled(channel: str, *, reason: str, now: datetime) -> Override:
    """Make the override that a channel's answer 410 leads to."""
    return Override(f"{CHANNEL_DISABLED}:{channel}", CHANNEL_DISABLED, channel, reason, now.isoformat())


def feed_decided(kind: str, feed_id: str, *, reason: str, address: str, now: datetime) -> Override:
    """Make the override that a poll leads to; `address` is a digest."""
    return Override(f"{kind}:{feed_id}", kind, feed_id, reason, now.isoformat(), address)
