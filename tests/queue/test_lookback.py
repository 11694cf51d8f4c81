"""The items that are still in Redis are found again, those that came in late enough and can be read."""

from __future__ import annotations

from monitor.model import Item
from monitor.queue.codec import SCHEMA, encode_item
from monitor.queue.keys import SHARDS
from monitor.queue.lookback import items_since
from monitor.queue.store import Store
from tests.workers.crew import item


async def put(store: Store, shard: int, entry: Item, *, minutes_ago: float = 0, version: int = SCHEMA) -> None:
    now_s = int((await store.run("TIME"))[0])
    entry_id = f"{int((now_s - 60 * minutes_ago) * 1000)}-*"
    await store.run("XADD", store.keys.items(shard), entry_id, "v", version, "item", encode_item(entry))


async def titles(store: Store, minutes: float) -> list[str]:
    return sorted([found.title async for found in items_since(store, seconds_ago=60 * minutes)])


async def test_nothing_is_found_where_nothing_came(any_store: Store) -> None:
    assert await titles(any_store, 60) == []


async def test_what_came_in_before_is_left_out(any_store: Store) -> None:
    for shard in (0, SHARDS - 1):
        for minutes in (30, 20, 10, 0):
            await put(any_store, shard, item(f"{minutes} min"), minutes_ago=minutes)
    assert await titles(any_store, 15) == ["0 min", "0 min", "10 min", "10 min"]
    assert len(await titles(any_store, 60 * 24)) == 8


async def test_more_than_a_page_is_read_to_its_end(store: Store) -> None:
    body = encode_item(item("one"))
    await store.run_all([("XADD", store.keys.items(3), "*", "v", SCHEMA, "item", body) for _ in range(1_203)])
    assert len(await titles(store, 5)) == 1_203


async def test_what_a_newer_version_wrote_or_is_damaged_is_passed_over(store: Store) -> None:
    await put(store, 1, item("newer"), version=SCHEMA + 1)
    await store.run("XADD", store.keys.items(1), "*", "v", SCHEMA, "item", "{")
    await put(store, 2, item("good"))
    assert await titles(store, 5) == ["good"]
