"""Settings become named parts of bytes, and parts become settings: the form in which workers receive them.

    Settings ──► "core" · "channels" · "feeds/00".."feeds/ff" · "watchlists/00".."watchlists/ff"

An entry's bucket is a hash of its id, so that one changed watchlist among 225,000 changes one part. Equal settings give
equal parts in whatever order their entries were written; what comes back is in order of bucket and id. Empty buckets
have no part. Every part names its schema version, and a part of a newer one is refused. Values of secrets are not in
the settings, so they are not in here either.
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from monitor.errors import StoreError
from monitor.settings.bulk import Entry, compact, without_collector
from monitor.settings.channels import Channel
from monitor.settings.schema import FeedSettings, Settings, WatchlistSettings

#: Raise it when a part that this version writes could not be read by the version before.
SCHEMA = 4
#: Below this size compression saves less than it costs.
_WORTH_COMPRESSING_BYTES = 512

_BUCKETS = 256

_WHAT = "settings snapshot"
_ID = attrgetter("id")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Settings and the parts that say the same."""

    settings: Settings
    parts: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Kind(Generic[Entry]):
    """One of the two lists that are split into buckets."""

    name: str
    adapter: TypeAdapter[tuple[Entry, ...]]


_NOTHING = Snapshot(Settings(), {})
_CORE = TypeAdapter(Settings)
_CHANNELS: TypeAdapter[tuple[Channel, ...]] = TypeAdapter(tuple[Channel, ...])
_FEEDS = _Kind("feeds", TypeAdapter(tuple[FeedSettings, ...]))
_WATCHLISTS = _Kind("watchlists", TypeAdapter(tuple[WatchlistSettings, ...]))


def to_parts(settings: Settings, *, previous: Snapshot | None = None) -> Mapping[str, bytes]:
    """Return the parts of settings by name; buckets whose entries `previous` has too are taken from there."""
    before = previous or _NOTHING
    return {
        # Whole, defaults too: a worker of another version must not fill in other ones.
        "core": _packed(settings.model_dump_json(exclude={"feeds", "channels", "watchlists"}).encode()),
        "channels": _packed(_CHANNELS.dump_json(settings.channels)),
        **_to_buckets(_FEEDS, settings.feeds, before.settings.feeds, before.parts),
        **_to_buckets(_WATCHLISTS, settings.watchlists, before.settings.watchlists, before.parts),
    }


def is_wanted(name: str, lists: Container[str]) -> bool:
    """Say whether a part concerns who needs, of the two long lists, only these ("feeds", "watchlists")."""
    kind, bucket, _ = name.partition("/")
    return not bucket or kind in lists


def from_parts(parts: Mapping[str, bytes], *, previous: Snapshot | None = None) -> Settings:
    """Return the settings that the parts hold; buckets whose bytes `previous` has too are taken from there.

    Raises StoreError for a part of a newer schema (temporary: keep the former settings, an upgrade is under way) and
    for one that cannot be read.
    """
    newest = max((_schema(name, part) for name, part in parts.items()), default=0)
    if newest > SCHEMA:
        raise StoreError(_WHAT, f"its schema {newest} is newer than {SCHEMA}, which this worker reads: upgrade it")
    if not {"core", "channels"} <= parts.keys():
        raise StoreError(_WHAT, "it is not complete: core or channels is missing", temporary=False)
    before = previous or _NOTHING
    core = _read("core", parts["core"], _CORE)
    return core.model_copy(
        update={
            "channels": _read("channels", parts["channels"], _CHANNELS),
            "feeds": _from_buckets(_FEEDS, parts, before.settings.feeds, before.parts),
            "watchlists": _from_buckets(_WATCHLISTS, parts, before.settings.watchlists, before.parts),
        }
    )


def sections_of(core: bytes) -> Settings:
    """Return the sections that the part "core" holds, without feeds, channels and watchlists. Raises StoreError."""
    if (schema := _schema("core", core)) > SCHEMA:
        raise StoreError(_WHAT, f"its schema {schema} is newer than {SCHEMA}, which this worker reads: upgrade it")
    return _read("core", core, _CORE)


def _to_buckets(
    kind: _Kind[Entry], entries: tuple[Entry, ...], old: tuple[Entry, ...], kept: Mapping[str, bytes]
) -> dict[str, bytes]:
    before = _buckets(kind, old) if kept else {}
    return {
        # Entries that were not read anew are the same objects, so this comparison is one of addresses.
        name: kept[name] if name in kept and before.get(name) == bucket else _packed(_dumped(kind, bucket))
        for name, bucket in _buckets(kind, entries).items()
    }


def _dumped(kind: _Kind[Entry], bucket: Iterable[Entry]) -> bytes:
    # Without defaults, which are most of a bucket; those of an entry are part of the schema.
    return kind.adapter.dump_json(tuple(sorted(bucket, key=_ID)), exclude_defaults=True)


def _from_buckets(
    kind: _Kind[Entry], parts: Mapping[str, bytes], old: tuple[Entry, ...], kept: Mapping[str, bytes]
) -> tuple[Entry, ...]:
    before = _buckets(kind, old) if kept else {}
    entries: list[Entry] = []
    for name in sorted(name for name in parts if name.startswith(f"{kind.name}/")):
        if name in before and kept.get(name) == parts[name]:
            entries += sorted(before[name], key=_ID)
        else:
            read: tuple[Entry, ...] = _read(name, parts[name], kind.adapter)
            entries += map(compact, read)
    return tuple(entries)


def _buckets(kind: _Kind[Entry], entries: tuple[Entry, ...]) -> dict[str, list[Entry]]:
    """Return the entries by the name of their part, in their order."""
    buckets: list[list[Entry]] = [[] for _ in range(_BUCKETS)]
    for entry in entries:
        buckets[zlib.crc32(entry.id.encode()) % _BUCKETS].append(entry)
    return {f"{kind.name}/{number:02x}": bucket for number, bucket in enumerate(buckets) if bucket}


def _packed(body: bytes) -> bytes:
    """Return a part: one line that says schema and form, then the JSON, compressed where that pays."""
    squeezed = zlib.compress(body) if len(body) >= _WORTH_COMPRESSING_BYTES else body
    form, body = ("zlib", squeezed) if len(squeezed) < len(body) else ("json", body)
    return f"settings {SCHEMA} {form}\n".encode() + body


def _schema(name: str, part: bytes) -> int:
    try:
        word, schema, _form = part.partition(b"\n")[0].split(b" ", 2)
        if word == b"settings":
            return int(schema)
    except ValueError:
        pass  # said below, as of any other first line
    raise StoreError(_WHAT, f"part {name} is not one of settings", temporary=False)


Read = TypeVar("Read")


def _read(name: str, part: bytes, adapter: TypeAdapter[Read]) -> Read:
    head, _newline, body = part.partition(b"\n")
    try:
        with without_collector():
            return adapter.validate_json(zlib.decompress(body) if head.endswith(b" zlib") else body)
    except (zlib.error, ValidationError) as error:
        raise StoreError(_WHAT, f"part {name} cannot be read: {type(error).__name__}", temporary=False) from error
