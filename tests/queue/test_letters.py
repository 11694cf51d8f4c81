"""Dead letters: listed, shown, replayed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.queue.codec import SCHEMA, encode_item
from monitor.queue.keys import shard_of
from monitor.queue.letters import DeadLetters
from monitor.queue.outbox import Outbox
from monitor.queue.store import Store
from monitor.queue.streams import Reader
from tests.queue.made import NOW, alert, committed, delivery, item


async def bury_item(store: Store, shard: int, *, at: datetime, most: int = 10) -> None:
    reader = Reader(store, group="matchers", consumer="m", stream=store.keys.items)
    await reader.ensure()
    await store.run("XADD", store.keys.items(shard), "*", "v", SCHEMA, "item", encode_item(item(f"k{shard}")))
    messages = []
    while not messages:
        messages = await reader.take(most=1, wait_s=0.05, shards=[shard])
    await reader.close()
    await reader.bury(messages[0], reason=f"item of {shard}", now=at, most=most)


async def kill_delivery(store: Store, watchlist: str, *, at: datetime) -> None:
    made, outbox = alert("k1", watchlist=watchlist), Outbox(store)
    await committed(store, made, [delivery(made)])
    await outbox.dead(delivery(made), reason=f"delivery of {watchlist}", now=at, keep_s=60, most=10)


async def test_letters_of_all_shards_are_listed_newest_first(any_store: Store) -> None:
    for minute, shard in enumerate([5, 0, 15]):
        await bury_item(any_store, shard, at=NOW + timedelta(minutes=2 * minute))
    for minute, watchlist in enumerate(["w", "x"]):
        await kill_delivery(any_store, watchlist, at=NOW + timedelta(minutes=2 * minute + 1))
    letters = DeadLetters(any_store)
    reasons = ["item of 15", "delivery of x", "item of 0", "delivery of w", "item of 5"]
    assert [letter.reason for letter in await letters.list()] == reasons
    assert await letters.count() == 5


async def test_as_many_as_wanted_are_listed_of_each_shard(any_store: Store) -> None:
    for minute in range(3):
        await bury_item(any_store, 4, at=NOW + timedelta(minutes=minute))
    assert [letter.at for letter in await DeadLetters(any_store).list(most=2)] == [
        (NOW + timedelta(minutes=minute)).isoformat() for minute in (2, 1)
    ]


async def test_buried_items_are_bounded(any_store: Store) -> None:
    for minute in range(4):
        await bury_item(any_store, 4, at=NOW + timedelta(minutes=minute), most=2)
    assert await DeadLetters(any_store).count() == 2


async def test_an_item_is_shown_with_its_content(any_store: Store) -> None:
    await bury_item(any_store, 7, at=NOW)
    letters = DeadLetters(any_store)
    (letter,) = await letters.list()
    shown = await letters.show(letter.id)
    assert shown is not None
    assert shown[0] == letter
    assert letter.id.startswith("f07-")
    assert "https://example.org/k7" in shown[1]["payload"].replace("\\", "")


async def test_a_delivery_is_shown_with_its_record(any_store: Store) -> None:
    await kill_delivery(any_store, "w", at=NOW)
    letters = DeadLetters(any_store)
    (letter,) = await letters.list()
    shown = await letters.show(letter.id)
    assert shown is not None
    assert letter.id.startswith(f"a{shard_of('w'):02}-")
    assert shown[1]["body"] == delivery(alert("k1")).body
    assert (shown[1]["state"], shown[1]["answer"]) == ("dead", "delivery of w")


async def test_a_delivery_whose_record_is_gone_cannot_be_replayed(any_store: Store) -> None:
    await kill_delivery(any_store, "w", at=NOW)
    letters, shard = DeadLetters(any_store), shard_of("w")
    (letter,) = await letters.list()
    await any_store.run("DEL", any_store.keys.delivery(shard, letter.delivery))
    assert not await letters.replay(letter.id)
    assert await Outbox(any_store).due(shard, "c", most=10) == ([], None)
    assert await letters.count() == 0


@pytest.mark.parametrize(
    "letter_id",
    ["", "f00", "f00-", "f00-x", "f00-1-1", "f00--", "f00-+", "f16-1-0", "g00-1-0", "a3-1-0", "f00-1-0-0", "f00-1-²"],
)
async def test_an_id_of_no_letter_finds_none(any_store: Store, letter_id: str) -> None:
    letters = DeadLetters(any_store)
    assert await letters.show(letter_id) is None
    assert not await letters.replay(letter_id)
