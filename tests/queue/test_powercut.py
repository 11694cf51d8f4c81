"""Promises 1 and 2 through a power cut: the log is cut anywhere, and what is left is whole and worth going on from.

A kill never shows this, because the page cache survives it. Here a scripted run of real commits is cut at random bytes
of its log; each time the state must be one that the run could have been in between two commits, and doing the work
again must lead to the same alerts and deliveries, none missing and none other.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from monitor.model import Alert, Delivery, Item
from monitor.queue.codec import decode_item
from monitor.queue.duty import Duty, reconcile
from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.letters import DeadLetters
from monitor.queue.outbox import Outbox
from monitor.queue.store import Store, entries, mapping
from monitor.queue.streams import Message, Reader
from tests.conftest import Valkey, folder_in_memory
from tests.queue.made import NOW, alert, committed, delivery, item

SEED = 20260504
CUTS = 32
LOG = ("--appendonly", "yes", "--appendfsync", "always")
FEEDS = ["openai", "36kr", "qbitai", "heise"]
ROUNDS = 4
#: What each feed's document lists at last; an entry's id is its item's key.
DOCUMENT = {feed: [f"{feed}-{n}" for n in range(2 * ROUNDS)] for feed in FEEDS}
CHANNELS = ["mail", "hook"]


def alerts_of(found: Item) -> list[tuple[Alert, list[Delivery]]]:
    """Decide as a matcher would: each item is of one watchlist, each second one of two."""
    watchlists = ["avocado", "qwen"] if int(found.key.rpartition("-")[2]) % 2 else ["avocado"]
    made = [alert(found.key, watchlist=watchlist) for watchlist in watchlists]
    return [(each, [delivery(each, channel=channel) for channel in CHANNELS]) for each in made]


EXPECTED = {
    made.id: deliveries for key in itertools.chain(*DOCUMENT.values()) for made, deliveries in alerts_of(item(key))
}


class Service:
    """Poller, matcher and notifier in one, each step as the workers do it."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.duty = Duty(store, worker=name, lease_s=3600)
        self.reader = Reader(store, group="matchers", consumer=name, stream=store.keys.items)
        self.outbox = Outbox(store)
        self.outcomes = itertools.cycle(["delivered", "retry", "delivered", "kept", "dead"])

    async def poll(self, *, listed: int) -> None:
        """Poll every feed, whose document lists its first entries."""
        leases, _ = await self.duty.claim(1000)
        assert sorted(lease.feed_id for lease in leases) == sorted(FEEDS)
        for lease in leases:
            known = await self.duty.known(lease.feed_id)
            new = [key for key in DOCUMENT[lease.feed_id][:listed] if key not in known]
            assert await self.duty.commit(
                lease,
                delay_s=0,
                state={"listed": str(listed)},
                items=[item(key, feed=lease.feed_id) for key in new],
                known_add=dict.fromkeys(new, "1"),
            )

    async def match(self, messages: list[Message]) -> None:
        for message in messages:
            for made, deliveries in alerts_of(decode_item(message.fields)):
                await committed(self.store, made, deliveries, remember_s=3600)
            await self.reader.acknowledge([message])

    async def match_new(self) -> None:
        while messages := await self.reader.take(most=3, wait_s=0.01):
            await self.match(messages)

    async def send(self, *, most: int) -> None:
        """Try some of what is due on each channel, with one outcome after the other."""
        for watchlist, channel in itertools.product(["avocado", "qwen"], CHANNELS):
            shard = shard_of(watchlist)
            ids, _ = await self.outbox.due(shard, channel, most=most)
            for delivery_id in ids:
                attempt = await self.outbox.begin(shard, channel, delivery_id)
                assert attempt is not None
                await self._settle(attempt.delivery, next(self.outcomes))

    async def _settle(self, sent: Delivery, outcome: str) -> None:
        match outcome:
            case "delivered":
                await self.outbox.delivered(sent, answer="250", now=NOW, keep_s=3600)
            case "retry":
                await self.outbox.retry(sent, answer="503", now=NOW, delay_s=0)
            case "kept":
                await self.outbox.kept(sent, answer="refused", now=NOW)
            case "dead":
                await self.outbox.dead(sent, reason="400", now=NOW, keep_s=3600, most=1000)

    async def work(self) -> None:
        """Do the whole run."""
        await reconcile(self.store, FEEDS)
        await self.reader.ensure()
        for turn in range(1, ROUNDS + 1):
            await self.poll(listed=2 * turn)
            await self.match_new()
            await self.send(most=4)
        await self.reader.close()

    async def go_on(self, *, after: str) -> None:
        """Take over what a dead one left, and do all that is still to do."""
        await reconcile(self.store, FEEDS)
        await self.reader.ensure()
        await self.duty.release(after)
        await self.match(await self.reader.inherit(after))
        await self.poll(listed=2 * ROUNDS)
        await self.match_new()
        await self.reader.close()


class Found:
    """What is in the server, read past the service's own code."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = store.keys

    async def check(self) -> None:
        """Find no torn state: whatever one commit wrote is there as a whole, or not at all."""
        for feed in FEEDS:
            await self._check_feed(feed)
        for watchlist in ("avocado", "qwen"):
            await self._check_watchlist(watchlist)
        for shard in range(SHARDS):
            for found in await self._acknowledged(shard):
                for made, _ in alerts_of(found):
                    key = self._keys.alerted(made.watchlist_id)
                    assert await self._store.run("ZSCORE", key, found.key), f"{found.key} is done without {made.id}"

    async def _check_feed(self, feed: str) -> None:
        known = await self._store.run("HKEYS", self._keys.known(feed))
        streamed = [found.key for _, found in await self._items(shard_of(feed)) if found.feed == feed]
        assert sorted(known) == sorted(streamed)
        listed = await self._store.run("HGET", self._keys.feed(feed), "listed")
        assert len(known) == int(listed or 0)

    async def _check_watchlist(self, watchlist: str) -> None:
        marked = await self._store.run("ZRANGE", self._keys.alerted(watchlist), 0, -1)
        made = {alert(key, watchlist=watchlist).id for key in marked}
        assert sorted(await self.alerts(watchlist)) == sorted(made)
        expected = {each.id for alert_id in made for each in EXPECTED[alert_id]}
        assert await self.deliveries(watchlist) == expected
        assert {
            each.delivery for each in await DeadLetters(self._store).list() if f"_{watchlist}_" in each.delivery
        } == {each for each in expected if await self._state(watchlist, each) == "dead"}

    async def alerts(self, watchlist: str) -> list[str]:
        """List the ids announced for a watchlist."""
        announced = entries(await self._store.run("XRANGE", self._keys.alerts(shard_of(watchlist)), "-", "+"))
        ids = [fields["alert"].partition('"id":"')[2].partition('"')[0] for _, fields in announced]
        return [each for each in ids if each.startswith(f"alt_{watchlist}_")]

    async def deliveries(self, watchlist: str) -> set[str]:
        """List the deliveries of a watchlist; each open one stands in its outbox with its body, no other does."""
        shard = shard_of(watchlist)
        start = self._keys.delivery(shard, f"dlv_alt_{watchlist}_")
        waiting: set[str] = set()
        for channel in CHANNELS:
            ids = await self._store.run("ZRANGE", self._keys.outbox(shard, channel), 0, -1)
            waiting |= {each for each in ids if each.startswith(f"dlv_alt_{watchlist}_")}
        found = {name.rpartition(":")[2] for name in await self._store.run("KEYS", start + "*")}
        states = {each: await self._state(watchlist, each) for each in found}
        assert {each for each, state in states.items() if state == "open"} == waiting
        assert set(states.values()) <= {"open", "delivered", "dead"}
        return found

    async def body(self, sent: Delivery) -> str | None:
        key = self._keys.delivery(shard_of(sent.watchlist_id), sent.id)
        fields = mapping(await self._store.run("HGETALL", key))
        return None if fields["state"] == "delivered" else fields["body"]

    async def _state(self, watchlist: str, delivery_id: str) -> str:
        return str(await self._store.run("HGET", self._keys.delivery(shard_of(watchlist), delivery_id), "state"))

    async def _items(self, shard: int) -> list[tuple[str, Item]]:
        found = entries(await self._store.run("XRANGE", self._keys.items(shard), "-", "+"))
        return [(entry_id, decode_item(fields)) for entry_id, fields in found]

    async def _acknowledged(self, shard: int) -> list[Item]:
        stream = self._keys.items(shard)
        if not await self._store.run("EXISTS", stream):
            return []
        groups = [mapping(row) for row in await self._store.run("XINFO", "GROUPS", stream)]
        if not groups:
            return []
        pending = {row[0] for row in await self._store.run("XPENDING", stream, "matchers", "-", "+", 1000)}
        read = _parsed(groups[0]["last-delivered-id"])
        return [
            found
            for entry_id, found in await self._items(shard)
            if _parsed(entry_id) <= read and entry_id not in pending
        ]


def _parsed(entry_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split("-"))


@asynccontextmanager
async def opened(server: Valkey) -> AsyncIterator[Store]:
    """Open a store on a server that is killed in the end: nothing depends on a clean stop."""
    store = await Store.open(server.url, prefix="p:")
    try:
        yield store
    finally:
        await store.close()
        server.process.kill()
        server.process.wait(10)


def cut(folder: Path, into: Path, at: int) -> Path:
    """Copy a server's log, cut at a byte."""
    shutil.copytree(folder / "appendonlydir", into / "appendonlydir")
    with log_of(into).open("r+b") as file:
        file.truncate(at)
    return into


def log_of(folder: Path) -> Path:
    return max(folder.glob("appendonlydir/*.incr.aof"), key=lambda path: int(path.name.split(".")[-3]))


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder for the logs, whose cut is ours: no disk has to take part."""
    with folder_in_memory() as folder:
        yield folder


async def test_after_a_power_cut_nothing_is_torn_and_nothing_is_lost(
    start_valkey: Callable[..., Valkey], memory: Path
) -> None:
    server = start_valkey(*LOG, folder=memory)
    async with opened(server) as store:
        await Service(store, "first").work()
        await Found(store).check()
        assert {each for name in ("avocado", "qwen") for each in await Found(store).alerts(name)} == set(EXPECTED)
    size, rng = log_of(server.folder).stat().st_size, Random(SEED)
    complete = 0
    for number, at in enumerate([0, size, *(rng.randrange(size) for _ in range(CUTS - 2))]):
        folder = memory / f"{number}"
        folder.mkdir()
        async with opened(start_valkey(*LOG, folder=cut(server.folder, folder, at))) as store:
            found = Found(store)
            await found.check()
            complete += await store.run("EXISTS", store.keys.alerted("avocado"))
            await Service(store, "second").go_on(after="first")
            await found.check()
            made = [each for name in ("avocado", "qwen") for each in await found.alerts(name)]
            assert sorted(made) == sorted(EXPECTED), f"cut at {at} of {size}"
            for sent in itertools.chain(*EXPECTED.values()):
                assert await found.body(sent) in (None, sent.body)
    assert complete > CUTS / 2  # the cuts fell among the alerts, not only before them
