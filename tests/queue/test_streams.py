"""Promise 3 at the level of the streams: what a consumer takes is done by it, or by another in its place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

import pytest

from monitor.errors import StoreError
from monitor.queue.codec import SCHEMA, decode_item, encode_item
from monitor.queue.keys import SHARDS
from monitor.queue.letters import DeadLetters
from monitor.queue.store import Store, entries, mapping, streams
from monitor.queue.streams import Message, Reader
from tests.conftest import Valkey
from tests.queue.made import NOW, item

GROUP = "matchers"


def reader(store: Store, consumer: str = "m1") -> Reader:
    return Reader(store, group=GROUP, consumer=consumer, stream=store.keys.items)


async def add(store: Store, count: int, *, shard: int | None = None, version: int = SCHEMA) -> None:
    """Add items k0, k1, ... to one shard, or over all of them in turn."""
    bodies = [encode_item(item(f"k{n}")) for n in range(count)]
    names = [store.keys.items(n % SHARDS if shard is None else shard) for n in range(count)]
    await store.run_all(
        [("XADD", name, "*", "v", version, "item", body) for name, body in zip(names, bodies, strict=True)]
    )


async def take(found: Reader, *, count: int, most: int = 1000) -> list[Message]:
    """Take until there are `count` messages."""
    messages: list[Message] = []
    async with asyncio.timeout(10):
        while len(messages) < count:
            messages += await found.take(most=most, wait_s=0.05)
    return messages


def keys_of(messages: Sequence[Message]) -> list[str]:
    return sorted(decode_item(message.fields).key for message in messages)


async def pending(store: Store, *, shard: int = 0, consumer: str = "") -> list[str]:
    tail = (consumer,) if consumer else ()
    rows = await store.run("XPENDING", store.keys.items(shard), GROUP, "-", "+", 5000, *tail)
    return [row[0] for row in rows or ()]


async def rest(store: Store, messages: Sequence[Message], consumer: str, *, idle_s: float) -> None:
    """Let messages look untouched for a time, without waiting for it."""
    for message in messages:
        command = ("XCLAIM", store.keys.items(message.shard), GROUP, consumer, 0, message.id)
        await store.run(*command, "IDLE", int(idle_s * 1000), "JUSTID")


async def test_a_group_is_created_once_and_reads_from_the_beginning(any_store: Store) -> None:
    await add(any_store, 3)
    for _ in range(2):
        await reader(any_store).ensure()
    found = reader(any_store)
    assert keys_of(await take(found, count=3)) == ["k0", "k1", "k2"]
    await found.close()


async def test_what_is_acknowledged_is_done(any_store: Store) -> None:
    found = reader(any_store)
    await found.ensure()
    await add(any_store, 40)
    messages = await take(found, count=40)
    assert {message.times_taken for message in messages} == {1}
    await found.acknowledge(messages[1:])
    await found.close()
    assert [await pending(any_store, shard=shard) for shard in range(SHARDS)] == [
        [messages[0].id] if shard == messages[0].shard else [] for shard in range(SHARDS)
    ]


async def test_several_consumers_share_the_work(any_store: Store, other_store: Store) -> None:
    first, second = reader(any_store, "m1"), reader(other_store, "m2")
    await first.ensure()
    await add(any_store, 64)
    mine, others = [], []
    async with asyncio.timeout(10):
        while len(mine) + len(others) < 64:
            one, two = await asyncio.gather(first.take(most=1, wait_s=0.05), second.take(most=1, wait_s=0.05))
            mine, others = mine + one, others + two
    assert len(mine) > 5
    assert len(others) > 5
    assert keys_of(mine + others) == sorted(f"k{n}" for n in range(64))
    await first.close()
    await second.close()


async def test_only_the_shards_asked_for_are_read(any_store: Store) -> None:
    found = reader(any_store)
    await found.ensure()
    await add(any_store, 1, shard=3)
    await add(any_store, 1, shard=4)
    async with asyncio.timeout(10):
        while not (messages := await found.take(most=10, wait_s=0.05, shards=[3, 5])):
            pass
    assert [message.shard for message in messages] == [3]
    await found.close()
    assert await found.take(most=10, wait_s=0.001, shards=[]) == []


async def test_a_wait_of_nothing_does_not_wait_for_ever(any_store: Store) -> None:
    found = reader(any_store)
    await found.ensure()
    async with asyncio.timeout(5):
        assert await found.take(most=1, wait_s=0) == []
    await found.close()


async def test_an_untouched_message_is_taken_over_after_the_visibility_time_and_not_before(any_store: Store) -> None:
    dead, heir = reader(any_store, "m1"), reader(any_store, "m2")
    await dead.ensure()
    await add(any_store, 2, shard=0)
    messages = sorted(await take(dead, count=2), key=lambda message: message.id)
    await rest(any_store, messages[:1], "m1", idle_s=16)
    taken = await heir.take_over(idle_s=15)
    assert [(message.id, message.times_taken) for message in taken] == [(messages[0].id, 2)]
    assert taken[0].fields == messages[0].fields
    assert await pending(any_store, consumer="m1") == [messages[1].id]
    assert await heir.take_over(idle_s=15) == []
    await dead.close()


async def test_what_is_held_is_not_taken_over(any_store: Store) -> None:
    slow, other = reader(any_store, "m1"), reader(any_store, "m2")
    await slow.ensure()
    await add(any_store, 32)
    messages = await take(slow, count=32)
    await rest(any_store, messages, "m1", idle_s=60)
    await slow.hold(messages)
    assert await other.take_over(idle_s=15) == []
    await rest(any_store, messages, "m1", idle_s=60)
    assert {message.times_taken for message in await other.take_over(idle_s=15)} == {2}  # holding does not count
    await slow.close()


async def test_each_time_that_a_message_is_taken_counts(any_store: Store) -> None:
    found = reader(any_store, "m1")
    await found.ensure()
    await add(any_store, 5, shard=0)
    await take(found, count=5)
    await found.close()
    for times in range(2, 6):
        taken = await reader(any_store, f"m{times}").take_over(idle_s=0)
        assert [message.times_taken for message in taken] == [times] * 5
    assert [message.times_taken for message in await reader(any_store, "heir").inherit("m5")] == [6] * 5


async def test_a_long_row_of_messages_in_work_hides_none_that_is_abandoned(store: Store) -> None:
    # XAUTOCLAIM looks at ten times its COUNT and stops there.
    busy, dead, heir = reader(store, "busy"), reader(store, "dead"), reader(store, "heir")
    await busy.ensure()
    await add(store, 1500, shard=0)
    await take(busy, count=1500, most=1500)
    await add(store, 1, shard=0)
    lost = await take(dead, count=1)
    await rest(store, lost, "dead", idle_s=60)
    assert [message.id for message in await heir.take_over(idle_s=15)] == [lost[0].id]
    await busy.close()
    await dead.close()


async def test_an_heir_has_all_that_the_dead_had_at_once(any_store: Store) -> None:
    dead, other, heir = reader(any_store, "m1"), reader(any_store, "m2"), reader(any_store, "m3")
    await dead.ensure()
    await add(any_store, 1, shard=0)
    theirs = await take(other, count=1)
    await other.close()
    await add(any_store, 150, shard=0)
    await add(any_store, 20)
    await take(dead, count=170)
    await dead.close()
    taken = await heir.inherit("m1")
    assert len({(message.shard, message.id) for message in taken}) == 170
    assert {message.times_taken for message in taken} == {2}
    assert await pending(any_store, consumer="m2") == [theirs[0].id]
    assert len(await pending(any_store, consumer="m3")) == 152
    consumers = [
        mapping(row)["name"] for row in await any_store.run("XINFO", "CONSUMERS", any_store.keys.items(0), GROUP)
    ]
    assert sorted(consumers) == ["m2", "m3"]
    assert await heir.inherit("m1") == []


async def test_an_heir_passes_over_what_was_deleted_meanwhile(any_store: Store) -> None:
    dead, heir = reader(any_store, "m1"), reader(any_store, "m2")
    await dead.ensure()
    await add(any_store, 3, shard=0)
    messages = sorted(await take(dead, count=3), key=lambda message: message.id)
    await dead.close()
    await any_store.run("XDEL", any_store.keys.items(0), messages[1].id)
    assert [message.id for message in await heir.inherit("m1")] == [messages[0].id, messages[2].id]


async def test_a_buried_message_lies_with_its_reason_and_is_replayed_once(any_store: Store) -> None:
    found, letters = reader(any_store), DeadLetters(any_store)
    await found.ensure()
    await add(any_store, 20)
    messages = await take(found, count=20)
    bad = messages[7]
    assert [await found.tried_alone(bad) for _ in range(2)] == [1, 2]
    for _ in range(2):
        await found.bury(bad, reason="it does not parse: Zeile 1 „x“", now=NOW, most=10)
    await found.acknowledge(messages[:7] + messages[8:])
    assert await pending(any_store, shard=bad.shard) == []
    assert await any_store.run("HLEN", any_store.keys.suspects(bad.shard)) == 0
    (letter,) = await letters.list()
    assert (letter.kind, letter.reason, letter.at) == ("item", "it does not parse: Zeile 1 „x“", NOW.isoformat())

    assert await letters.replay(letter.id)
    assert not await letters.replay(letter.id)
    (back,) = await take(found, count=1)
    await found.close()
    assert (back.shard, dict(back.fields), back.times_taken) == (bad.shard, dict(bad.fields), 1)
    assert await letters.count() == 0


async def test_a_message_of_any_bytes_is_buried_and_replayed_to_the_letter(any_store: Store) -> None:
    odd = item("k1", title="牛油果 \x00\x1f\x7f\u2028 \"'/\\ 🥑 \ud7ff")
    found = reader(any_store)
    await found.ensure()
    await any_store.run("XADD", any_store.keys.items(0), "*", "v", SCHEMA, "item", encode_item(odd))
    (message,) = await take(found, count=1)
    await found.bury(message, reason="r", now=NOW, most=10)
    (letter,) = await DeadLetters(any_store).list()
    assert await DeadLetters(any_store).replay(letter.id)
    (back,) = await take(found, count=1)
    await found.close()
    assert decode_item(back.fields) == odd


async def test_a_suspect_that_did_well_is_one_no_more(any_store: Store) -> None:
    found = reader(any_store)
    await found.ensure()
    message = Message(0, "1-0", {})
    assert await found.tried_alone(message) == 1
    await found.cleared(message)
    assert await found.tried_alone(message) == 1


async def test_entries_of_a_newer_schema_stay_pending_for_a_newer_worker(any_store: Store) -> None:
    found, heir = reader(any_store, "m1"), reader(any_store, "m2")
    await found.ensure()
    await add(any_store, 2, shard=0, version=SCHEMA + 1)
    await add(any_store, 1, shard=0)
    messages = await take(found, count=1)
    await found.acknowledge(messages)
    await found.close()
    assert found.newer == 2
    assert len(await pending(any_store, consumer="m1")) == 2
    assert await heir.take_over(idle_s=0) == []
    assert await reader(any_store, "m3").inherit("m2") == []
    assert len(await pending(any_store, consumer="m3")) == 2
    assert await DeadLetters(any_store).count() == 0


@pytest.mark.parametrize("version", ["", "x", "-1", "²", "1.0", str(SCHEMA + 1)])
async def test_a_version_that_is_none_of_ours_is_left_alone(store: Store, version: str) -> None:
    found = reader(store)
    await found.ensure()
    await store.run("XADD", store.keys.items(0), "*", "v", version, "item", "{}")
    async with asyncio.timeout(10):
        while not found.newer:
            assert await found.take(most=1, wait_s=0.05) == []
    await found.close()
    assert len(await pending(store)) == 1


@pytest.mark.parametrize("payload", ["", "{}", "null", '{"key": 1}', "[]", "{"], ids=str)
def test_a_damaged_item_is_named_and_not_tried_again(payload: str) -> None:
    with pytest.raises(StoreError, match="item: cannot be read") as caught:
        decode_item({"v": "1", "item": payload})
    assert not caught.value.temporary


ENTRY = ["1-0", ["v", "1", "item", "x"]]
FIELDS = {"v": "1", "item": "x"}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ([["s", [ENTRY]]], [("s", [("1-0", FIELDS)])]),
        ({"s": [ENTRY]}, [("s", [("1-0", FIELDS)])]),
        ({"s": [["1-0", FIELDS]]}, [("s", [("1-0", FIELDS)])]),
        ([["s", []], ["t", [ENTRY, ENTRY]]], [("s", []), ("t", [("1-0", FIELDS)] * 2)]),
        ([["s", [["1-0", None]]]], [("s", [("1-0", {})])]),
        (None, []),
        ([], []),
        ({}, []),
    ],
)
def test_streams_are_read_in_the_shape_of_either_protocol(reply: object, expected: object) -> None:
    assert streams(reply) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [([], {}), (None, {}), ({}, {}), (["a", "1", "b", "2"], {"a": "1", "b": "2"}), ({"a": "1"}, {"a": "1"})],
)
def test_mappings_are_read_in_the_shape_of_either_protocol(reply: object, expected: object) -> None:
    assert mapping(reply) == expected


def test_entries_that_are_gone_are_passed_over() -> None:
    assert entries([ENTRY, None]) == [("1-0", FIELDS)]
    assert entries(None) == []


async def test_a_client_of_protocol_3_reads_the_same(valkey: Valkey) -> None:
    store = await Store.open(f"{valkey.url}?protocol=3", prefix="p3:")
    hello = mapping(await store.run("HELLO"))
    assert int(hello["proto"]) == 3
    found, heir = reader(store, "m1"), reader(store, "m2")
    await found.ensure()
    await add(store, 3, shard=0)
    messages = await take(found, count=3)
    assert keys_of(messages) == ["k0", "k1", "k2"]
    await found.hold(messages)
    await found.acknowledge(messages[:1])
    assert keys_of(await heir.take_over(idle_s=0)) == ["k1", "k2"]
    assert keys_of(await found.inherit("m2")) == ["k1", "k2"]
    await found.bury(messages[1], reason="r", now=NOW, most=10)
    (letter,) = await DeadLetters(store).list()
    shown = await DeadLetters(store).show(letter.id)
    assert shown is not None
    assert json.loads(shown[1]["payload"])[:2] == ["v", str(SCHEMA)]
    await found.close()
    await store.close()


async def test_a_lost_connection_is_a_passing_failure_and_the_next_call_works(
    start_valkey: Callable[..., Valkey],
) -> None:
    server = start_valkey("--appendonly", "yes", "--appendfsync", "always")
    store = await Store.open(server.url, prefix="t:")
    found = reader(store)
    await found.ensure()
    waiting = asyncio.create_task(found.take(most=1, wait_s=5))
    await blocked(store)
    server.stop()
    with pytest.raises(StoreError) as caught:
        await waiting
    assert caught.value.temporary
    with pytest.raises(StoreError) as caught:
        await add(store, 1, shard=0)
    assert caught.value.temporary

    start_valkey("--appendonly", "yes", "--appendfsync", "always", folder=server.folder)
    await add(store, 1, shard=0)
    assert keys_of(await take(found, count=1)) == ["k0"]
    await found.close()
    await store.close()


async def test_one_failed_read_does_not_lose_what_another_took(cluster: Valkey) -> None:
    store = await Store.open(cluster.url, prefix="lost:")
    found = reader(store)
    await found.ensure()
    await store.run("DEL", store.keys.items(5))
    await add(store, 1, shard=4)
    interrupted = asyncio.create_task(found.take(most=1, wait_s=1, shards=[4, 5]))
    await asyncio.sleep(0)
    interrupted.cancel()
    # Both reads have come to their end by now, so that the next call meets the failed one and the good one together.
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
    assert keys_of(await found.take(most=1, wait_s=1, shards=[4, 5])) == ["k0"]
    await found.close()
    with pytest.raises(StoreError, match="NOGROUP"):
        await found.take(most=1, wait_s=1, shards=[5])
    await store.close()


async def blocked(store: Store) -> None:
    """Wait until a client waits in a blocking read."""
    async with asyncio.timeout(10):
        while "blocked_clients:0" in await store.run("INFO", "clients"):
            pass
