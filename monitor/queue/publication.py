"""The settings in force, as Redis holds them: published whole by one worker, read part by part by all others.

Parts are bytes by name with a digest each, so that a change of one watchlist costs one small part. What the parts mean
is `monitor.settings.snapshot`'s; here they are only kept, versioned and compared. Promise 6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import StoreError
from monitor.queue.codec import SCHEMA, decode, encode
from monitor.queue.store import Script, Store, mapping

_PUBLISH = Script.load("publish_settings")
#: Parts read in one command.
_FETCH = 64


@dataclass(frozen=True, slots=True)
class Edition:
    """One published version."""

    version: int
    #: Of all parts together: two files with one digest say the same.
    digest: str
    #: Host and file that it came from.
    origin: str
    published_at: str
    #: Part name -> digest.
    manifest: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a host's file is not in force."""

    origin: str
    reason: str
    refused_at: str


class Publication:
    """The place of the settings in force."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key = store.keys.settings

    async def version(self) -> int:
        """Tell the version in force; 0 before the first publication."""
        return int(await self._store.run("HGET", self._key, "version") or 0)

    async def edition(self) -> Edition | None:
        """Read what is in force, without its parts. Raises StoreError where a newer version of us wrote it."""
        names = ("version", "digest", "origin", "published_at", "manifest", "v")
        values = await self._store.run("HMGET", self._key, *names)
        fields = dict(zip(names, values, strict=True))
        if fields["version"] is None:
            return None
        if int(fields["v"]) > SCHEMA:
            raise StoreError("settings in force", "were published by a newer version: upgrade this worker")
        return Edition(
            int(fields["version"]),
            fields["digest"],
            fields["origin"],
            fields["published_at"],
            decode(fields["manifest"]),
        )

    async def publish(self, parts: Mapping[str, bytes], *, origin: str, now: datetime, replaces: Edition | None) -> int:
        """Put settings in force in place of `replaces`; returns the new version.

        Only changed parts are sent. Raises StoreError (temporary) where another edition is in force by now.
        """
        manifest = _manifest(parts)
        old = replaces.manifest if replaces else {}
        changed = [
            value for name in parts if manifest[name] != old.get(name) for value in (f"part:{name}", parts[name])
        ]
        dropped = [f"part:{name}" for name in old if name not in manifest]
        expected = replaces.version if replaces else 0
        done = await self._store.script(
            _PUBLISH,
            [self._key],
            [
                *(expected, expected + 1, _whole(manifest), origin, SCHEMA, now.isoformat(), encode(manifest)),
                *(len(changed), *changed, *dropped),
            ],
        )
        if not int(done):
            raise StoreError("settings", "others were published at the same time")
        return expected + 1

    async def fetch(self, edition: Edition, *, have: Mapping[str, str]) -> dict[str, bytes]:
        """Read the parts of an edition that differ from those whose digests are in `have`.

        Raises StoreError (temporary) where the edition was replaced meanwhile: read the new one.
        """
        wanted = [name for name, digest in edition.manifest.items() if have.get(name) != digest]
        parts: dict[str, bytes] = {}
        for start in range(0, len(wanted), _FETCH):
            names = wanted[start : start + _FETCH]
            values = await self._store.run("HMGET", self._key, *(f"part:{name}" for name in names), binary=True)
            parts |= dict(zip(names, values, strict=True))
        for name, part in parts.items():
            if part is None or _digest(part) != edition.manifest[name]:
                raise StoreError("settings", f"version {edition.version} was replaced while it was read")
        return parts

    async def read(self) -> tuple[Edition, dict[str, bytes]] | None:
        """Read what is in force with all its parts, a newer edition where it is replaced meanwhile; None before the
        first publication. Raises StoreError.
        """
        edition = await self.edition()
        while edition is not None:
            try:
                return edition, await self.fetch(edition, have={})
            except StoreError:
                newer = await self.edition()
                if newer is not None and newer.version == edition.version:
                    raise
                edition = newer
        return None

    async def refuse(self, origin: str, *, reason: str, now: datetime) -> None:
        """Note why a file is not in force, for `status`."""
        record = encode({"reason": reason[:4000], "refused_at": now.isoformat()})
        await self._store.run("HSET", self._store.keys.refusals, origin, record)

    async def accept(self, origin: str) -> None:
        """Forget an earlier refusal of this file."""
        await self._store.run("HDEL", self._store.keys.refusals, origin)

    async def refusals(self) -> list[Refusal]:
        """List the files that are not in force, with the reasons."""
        found = mapping(await self._store.run("HGETALL", self._store.keys.refusals))
        records = [(origin, decode(text)) for origin, text in sorted(found.items())]
        return [Refusal(origin, str(each.get("reason")), str(each.get("refused_at"))) for origin, each in records]


def digest_of(parts: Mapping[str, bytes]) -> str:
    """Give the digest of all parts together, as an edition of them would carry it."""
    return _whole(_manifest(parts))


def _manifest(parts: Mapping[str, bytes]) -> dict[str, str]:
    return {name: _digest(part) for name, part in parts.items()}


def _whole(manifest: Mapping[str, str]) -> str:
    return _digest(encode(dict(sorted(manifest.items()))).encode())


def _digest(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()[:32]
