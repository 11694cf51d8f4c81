"""Counts what is in Redis, for `status`: work waiting, feeds by state, deliveries by outcome. Reads only."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.queue.codec import decode
from monitor.queue.keys import SHARDS
from monitor.queue.store import Store, mapping

_FEED_FIELDS = ("failures", "last_error", "polled_at", "succeeded_at", "next_due_at", "push_until", "habits")


@dataclass(frozen=True, slots=True)
class FeedRow:
    """How a feed is doing. Times are ISO, "" where it never happened."""

    id: str
    failures: int
    last_error: str
    polled_at: str
    succeeded_at: str
    next_due_at: str
    #: Until when a hub is relied on to push it.
    push_until: str
    #: When items may last have come and gone between two polls.
    missed_at: str
    #: Usual seconds from publication to our seeing it; None: not known yet.
    latency_s: float | None
    #: Whether it used to publish and stopped.
    silent: bool

    @property
    def state(self) -> str:
        """Say it in a word: "new", "good", "silent" or "failing"."""
        if self.failures:
            return "failing"
        if self.silent:
            return "silent"
        return "good" if self.succeeded_at else "new"


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """What a channel has done and has still to do."""

    #: Open deliveries: first attempts and retries that are waiting or under way.
    open: int
    delivered: int
    retried: int
    dead: int


async def feed_rows(store: Store, feed_ids: Iterable[str]) -> list[FeedRow]:
    """Read the state of feeds, in the order given."""
    ids = list(feed_ids)
    replies = await store.run_all([("HMGET", store.keys.feed(each), *_FEED_FIELDS) for each in ids])
    return [_feed_row(feed_id, values) for feed_id, values in zip(ids, replies, strict=True)]


async def feed_addresses(store: Store, feed_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read where feeds were asked last and who answered; secrets may stand in these."""
    ids = list(feed_ids)
    replies = await store.run_all([("HMGET", store.keys.feed(each), "asked_url", "url") for each in ids])
    return {each: tuple(filter(None, values)) for each, values in zip(ids, replies, strict=True)}


def _feed_row(feed_id: str, values: list[str | None]) -> FeedRow:
    failures, last_error, polled_at, succeeded_at, next_due_at, push_until, written = (value or "" for value in values)
    habits = decode(written)
    latency_s = habits.get("latency_s")
    return FeedRow(
        feed_id,
        int(failures or 0),
        last_error,
        polled_at,
        succeeded_at,
        next_due_at,
        push_until,
        missed_at=str(habits.get("missed_at", "")),
        latency_s=None if latency_s is None else round(latency_s, 1),
        silent=bool(habits.get("silent")),
    )


async def channel_counts(store: Store, channel_ids: Iterable[str]) -> dict[str, ChannelCount]:
    """Count deliveries by channel and outcome; channels that settings no longer name but still owe are included."""
    named = await asyncio.gather(*(store.run("SMEMBERS", store.keys.channels(shard)) for shard in range(SHARDS)))
    channels = sorted(set(channel_ids).union(*named))
    outcomes = await _outcomes(store)
    opened = await asyncio.gather(*(_open(store, channel) for channel in channels))
    return {
        channel: ChannelCount(count, *(outcomes[f"{channel} {what}"] for what in ("delivered", "retried", "dead")))
        for channel, count in zip(channels, opened, strict=True)
    }


async def _outcomes(store: Store) -> Counter[str]:
    total: Counter[str] = Counter()
    for reply in await store.run_all([("HGETALL", store.keys.outcomes(shard)) for shard in range(SHARDS)]):
        total.update({name: int(count) for name, count in mapping(reply).items()})
    return total


async def _open(store: Store, channel: str) -> int:
    return sum(await store.run_all([("ZCARD", store.keys.outbox(shard, channel)) for shard in range(SHARDS)]))


async def memory(store: Store) -> tuple[int, int]:
    """Read how many bytes the server uses, and its limit (0: none)."""
    info = dict(line.split(":", 1) for line in (await store.run("INFO", "memory")).splitlines() if ":" in line)
    return int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
