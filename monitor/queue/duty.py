"""Which feeds are due, who polls them, and the one commit of a poll: promise 1.

A feed is taken under a lease (by the server's clock) with a token; its commit succeeds only while the feed still bears
that token, and writes state, known entries, next due time and new items together or not at all.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from monitor.model import Item
from monitor.queue.codec import SCHEMA, encode_item
from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.quiet import QuietCommits
from monitor.queue.store import Script, Store, mapping

#: Feeds taken of one shard at once, if there are so many.
_SHARE = 16
#: Feeds whose keys' names are remembered.
_MOST_KEYS = 20_000

_CLAIM = Script.load("claim_feeds")
_COMMIT = Script.load("commit_poll")
_TAKE = Script.load("take_feed")
_EXTEND = Script.load("extend_leases")
_RELEASE = Script.load("release_feeds")
_RECONCILE = Script.load("reconcile_feeds")


class Lease(msgspec.Struct, frozen=True):
    """The right to commit one poll of one feed."""

    feed_id: str
    token: str
    #: Token of the feed's last commit, "" where there is none that we know of: whoever made that one knows the state.
    last_commit: str = ""


class InWork(Exception):  # noqa: N818 -- no error: a moment later the feed is free
    """Raised when another has a feed under its lease."""


class Duty:
    """The due sets of all shards, as one poller sees them."""

    def __init__(self, store: Store, *, worker: str, lease_s: float) -> None:
        self._store = store
        self._worker = worker
        self._lease_ms = int(lease_s * 1000)
        self._turns = itertools.count()
        self._keys_of = lru_cache(maxsize=_MOST_KEYS)(self._name_keys)
        self._quiet = QuietCommits(store)

    async def claim(self, most: int) -> tuple[list[Lease], float | None]:
        """Take up to `most` due feeds, beginning at another shard each time.

        Returns their leases, and the seconds until the next feed is due (0 where more are due now, None where there
        are no feeds).
        """
        turn = next(self._turns)
        token = f"{self._worker}/{turn}"
        leases: list[Lease] = []
        #: Milliseconds until the next feed of a shard is due: 0 where more may be due now, -1 where it has none.
        waits = {(turn + step) % SHARDS: 0 for step in range(SHARDS)}
        while len(leases) < most and (due := [shard for shard, wait in waits.items() if wait == 0]):
            shares = _shares(most - len(leases), due)
            for shard, (taken, wait) in zip(shares, await self._claim_from(shares, token), strict=True):
                leases += [Lease(feed_id, token, last_commit) for feed_id, last_commit in taken]
                waits[shard] = wait
        return leases, min((wait / 1000 for wait in waits.values() if wait >= 0), default=None)

    async def _claim_from(self, shares: Mapping[int, int], token: str) -> list[tuple[list[tuple[str, str]], int]]:
        keys = self._store.keys
        commands = [
            self._store.script(_CLAIM, [keys.due(shard), keys.leases(shard)], [share, self._lease_ms, token])
            for shard, share in shares.items()
        ]
        replies = await asyncio.gather(*commands)
        return [(list(zip(ids, last_commits, strict=True)), int(wait)) for ids, last_commits, wait in replies]

    async def take(self, feed_id: str) -> tuple[Lease, float] | None:
        """Take one feed, due or not; None where nobody polls it. Raises InWork.

        Returns its lease and the seconds until it would have been due, for the commit to give back.
        """
        keys, shard = self._store.keys, shard_of(feed_id)
        lease = Lease(feed_id, f"{self._worker}/{next(self._turns)}")
        args = [feed_id, self._lease_ms, lease.token]
        wait_ms = int(await self._store.script(_TAKE, [keys.due(shard), keys.leases(shard)], args))
        if wait_ms == -1:
            raise InWork(feed_id)
        return (lease, wait_ms / 1000) if wait_ms >= 0 else None

    async def state(self, feed_id: str) -> dict[str, str]:
        """Read the state fields of a feed; empty for a new one."""
        return mapping(await self._store.run("HGETALL", self._store.keys.feed(feed_id)))

    async def known(self, feed_id: str) -> dict[str, str]:
        """Read the known entries of a feed: entry id -> what is known of it."""
        return mapping(await self._store.run("HGETALL", self._store.keys.known(feed_id)))

    async def commit(
        self,
        lease: Lease,
        *,
        delay_s: float,
        state: Mapping[str, str],
        items: Sequence[Item] = (),
        known_add: Mapping[str, str] | None = None,
        known_drop: Sequence[str] = (),
    ) -> bool:
        """Commit one poll whole. Returns False, with nothing written, where the lease was lost.

        One that brings nothing but a state may wait a moment for others of its shard, to go with them.
        """
        poll, fields = (lease.feed_id, lease.token, int(delay_s * 1000)), _flat(state)
        shard, keys = self._keys_of(lease.feed_id)
        if not items and not known_add and not known_drop:
            return await self._quiet.commit(shard, keys[2], (*poll, len(fields), *fields))
        added = _flat(known_add or {})
        reply = await self._store.script(
            _COMMIT,
            keys,
            [
                *(*poll, SCHEMA),
                *(len(fields), *fields),
                *(len(added), *added),
                *(len(known_drop), *known_drop),
                *(encode_item(item) for item in items),
            ],
        )
        return int(reply) >= 0

    def _name_keys(self, feed_id: str) -> tuple[int, tuple[str, ...]]:
        """Name a feed's shard, and all keys that the commit of a poll touches, in the script's order."""
        keys, shard = self._store.keys, shard_of(feed_id)
        return shard, (keys.due(shard), keys.leases(shard), keys.feed(feed_id), keys.known(feed_id), keys.items(shard))

    async def extend(self, leases: Iterable[Lease]) -> int:
        """Hold on to feeds whose polls are still under way; returns how many of them are still ours."""
        keys, by_shard = self._store.keys, defaultdict[int, list[str]](list)
        for lease in leases:
            by_shard[shard_of(lease.feed_id)] += [lease.feed_id, lease.token]
        commands = [
            self._store.script(_EXTEND, [keys.due(shard), keys.leases(shard)], [self._lease_ms, *part])
            for shard, part in by_shard.items()
        ]
        return sum(int(reply) for reply in await asyncio.gather(*commands))

    async def release(self, worker: str) -> int:
        """Make due again what a dead poller holds; returns how many feeds."""
        keys = self._store.keys
        commands = [
            self._store.script(_RELEASE, [keys.due(shard), keys.leases(shard)], [f"{worker}/"])
            for shard in range(SHARDS)
        ]
        return sum(int(reply) for reply in await asyncio.gather(*commands))


async def reconcile(store: Store, feed_ids: Iterable[str]) -> tuple[int, int]:
    """Make the due sets list exactly these feeds; new ones are due at once. Returns how many came and went."""
    wanted: list[set[str]] = [set() for _ in range(SHARDS)]
    for feed_id in feed_ids:
        wanted[shard_of(feed_id)].add(feed_id)
    came = went = 0
    for shard in range(SHARDS):
        present = set(await store.run("ZRANGE", store.keys.due(shard), 0, -1))
        missing, extra = sorted(wanted[shard] - present), sorted(present - wanted[shard])
        for part in _parts(missing, extra):
            await store.script(_RECONCILE, [store.keys.due(shard), store.keys.leases(shard)], part)
        came += len(missing)
        went += len(extra)
    return came, went


def _shares(most: int, shards: Sequence[int]) -> dict[int, int]:
    """Share out what may be taken: so much of each shard that few are asked, since each costs a script."""
    asked = shards[: -(-most // _SHARE)]
    share, rest = divmod(most, len(asked))
    return {shard: share + (step < rest) for step, shard in enumerate(asked)}


def _parts(missing: list[str], extra: list[str], size: int = 1000) -> Iterable[list[str]]:
    for chunk in _chunks(missing, size):
        yield [str(len(chunk)), *chunk]
    for chunk in _chunks(extra, size):
        yield ["0", *chunk]


def _chunks(values: list[str], size: int) -> Iterable[list[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _flat(pairs: Mapping[str, str]) -> list[str]:
    return [part for pair in pairs.items() for part in pair]
