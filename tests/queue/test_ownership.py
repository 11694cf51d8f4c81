"""Who owns what for a time, by the server's clock."""

from __future__ import annotations

import asyncio

from monitor.queue.ownership import Ownership
from monitor.queue.store import Store


async def test_a_key_has_one_owner_at_a_time(any_store: Store, other_store: Store) -> None:
    keys = [any_store.keys.owner(shard) for shard in range(8)]
    one, two = Ownership(any_store, worker="n1", ttl_s=60), Ownership(other_store, worker="n2", ttl_s=60)
    mine, others = await asyncio.gather(one.hold(keys), two.hold(list(reversed(keys))))
    assert sorted(mine + others) == keys
    assert sorted(await one.hold(keys)) == sorted(mine)
    assert sorted(await two.hold(keys)) == sorted(others)


async def test_holding_prolongs_the_ownership(any_store: Store) -> None:
    key = any_store.keys.owner(0)
    await Ownership(any_store, worker="n1", ttl_s=5).hold([key])
    await Ownership(any_store, worker="n1", ttl_s=60).hold([key])
    assert 59_000 < int(await any_store.run("PTTL", key)) <= 60_000


async def test_an_ownership_runs_out(any_store: Store) -> None:
    key = any_store.keys.owner(0)
    assert await Ownership(any_store, worker="n1", ttl_s=60).hold([key]) == [key]
    await any_store.run("PEXPIRE", key, 1)
    heir = Ownership(any_store, worker="n2", ttl_s=60)
    async with asyncio.timeout(5):
        while not await heir.hold([key]):
            pass
    assert await Ownership(any_store, worker="n1", ttl_s=60).hold([key]) == []


async def test_a_dead_predecessors_place_is_taken_at_once_and_nobody_elses(any_store: Store) -> None:
    first, second = any_store.keys.owner(0), any_store.keys.owner(1)
    await Ownership(any_store, worker="n1", ttl_s=60).hold([first])
    await Ownership(any_store, worker="n10", ttl_s=60).hold([second])
    heir = Ownership(any_store, worker="n2", ttl_s=60, predecessor="n1")
    assert await heir.hold([first, second]) == [first]
    assert await any_store.run("GET", first) == "n2"


async def test_what_is_given_up_is_free_at_once_and_only_by_its_owner(any_store: Store) -> None:
    key = any_store.keys.owner(0)
    one, two = Ownership(any_store, worker="n1", ttl_s=60), Ownership(any_store, worker="n2", ttl_s=60)
    await one.hold([key])
    await two.give_up([key])
    assert await two.hold([key]) == []
    await one.give_up([key])
    assert await two.hold([key]) == [key]
