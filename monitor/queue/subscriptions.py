"""Subscriptions at hubs as Redis keeps them: records by token for each feed, and a timetable of what is due for them.

What a record says is `monitor.feeds.websub`'s; here records are text, changed only by whoever has read them as they
are. They lie in the slot of their feed, so that one script changes them and what its polls go by together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.store import Script, Store, mapping

_AMEND = Script.load("amend_subscriptions")
_TAKE = Script.load("take_subscriptions")


@dataclass(frozen=True, slots=True)
class Amendment:
    """One subscription as it was read, and as it is to be."""

    token: str
    #: "" for none.
    before: str
    #: "" to forget it.
    after: str
    #: Until something is due for it.
    delay_s: float = 0.0


class Subscriptions:
    """The subscriptions of all feeds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_feed(self, feed_id: str) -> dict[str, str]:
        """Read a feed's records by token."""
        return mapping(await self._store.run("HGETALL", self._store.keys.subscriptions(feed_id)))

    async def one(self, feed_id: str, token: str) -> str:
        """Read one record; "" where there is none."""
        return str(await self._store.run("HGET", self._store.keys.subscriptions(feed_id), token) or "")

    async def amend(
        self,
        feed_id: str,
        amendments: Sequence[Amendment],
        *,
        state: Mapping[str, str] | None = None,
        poll_now: bool = False,
    ) -> bool:
        """Change subscriptions, and fields of the feed's state, together.

        `poll_now` makes the feed due at once, unless its last poll has failed.
        Returns False, with nothing written, where a record is not what was read. Raises StoreError.
        """
        keys, shard = self._store.keys, shard_of(feed_id)
        fields = [part for pair in (state or {}).items() for part in pair]
        parts = [part for a in amendments for part in (a.token, a.before, a.after, max(0, int(a.delay_s * 1000)))]
        reply = await self._store.script(
            _AMEND,
            [
                keys.subscriptions(feed_id),
                keys.timetable(shard),
                keys.feed(feed_id),
                keys.due(shard),
                keys.leases(shard),
            ],
            [feed_id, "1" if poll_now else "", len(fields), *fields, *parts],
        )
        return bool(int(reply))

    async def take_due(self, most: int, *, pause_s: float) -> list[tuple[str, str]]:
        """Take up to `most` subscriptions of each shard for which something is due, as (feed id, token).

        Nobody else takes them for `pause_s`.
        """
        keys, args = self._store.keys, [most, int(pause_s * 1000)]
        replies = await asyncio.gather(
            *(self._store.script(_TAKE, [keys.timetable(shard)], args) for shard in range(SHARDS))
        )
        return [_split(member) for reply in replies for member in reply]

    async def feeds(self) -> set[str]:
        """Name all feeds that have subscriptions."""
        keys = self._store.keys
        replies = await self._store.run_all([("ZRANGE", keys.timetable(shard), 0, -1) for shard in range(SHARDS)])
        return {_split(member)[0] for reply in replies for member in reply}


def _split(member: str) -> tuple[str, str]:
    feed_id, _, token = member.partition("/")
    return feed_id, token
