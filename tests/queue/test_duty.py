"""Promise 1 at the level of the scripts: one poll, one commit, fenced by its lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from monitor.errors import StoreError
from monitor.queue.duty import Duty, Lease, reconcile
from monitor.queue.failures import ServerFullError
from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.store import Store, entries
from tests.conftest import Valkey
from tests.queue.made import item

FEEDS = [f"feed-{n}" for n in range(40)]


async def claim_all(duty: Duty) -> dict[str, Lease]:
    leases, _ = await duty.claim(1000)
    return {lease.feed_id: lease for lease in leases}


async def test_every_feed_is_claimed_once(any_store: Store) -> None:
    await reconcile(any_store, FEEDS)
    first, second = Duty(any_store, worker="p1", lease_s=60), Duty(any_store, worker="p2", lease_s=60)
    mine, others = await claim_all(first), await claim_all(second)
    assert sorted(mine) == sorted(FEEDS)
    assert others == {}


async def test_a_commit_writes_state_known_entries_items_and_next_time_together(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    duty = Duty(any_store, worker="p1", lease_s=60)
    lease = (await claim_all(duty))["f"]
    assert await duty.commit(
        lease,
        delay_s=300,
        state={"etag": '"x"', "failures": "0"},
        items=[item("k1"), item("k2")],
        known_add={"e1": "1"},
    )
    assert (await duty.state("f"))["etag"] == '"x"'
    assert await duty.known("f") == {"e1": "1"}
    stream = entries(await any_store.run("XRANGE", any_store.keys.items(shard_of("f")), "-", "+"))
    assert [fields["v"] for _, fields in stream] == ["1", "1"]
    leases, wait_s = await duty.claim(1000)
    assert leases == []
    assert wait_s is not None
    assert 290 < wait_s <= 300


async def test_a_lost_lease_commits_nothing(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    slow, quick = Duty(any_store, worker="p1", lease_s=0), Duty(any_store, worker="p2", lease_s=60)
    lost = (await claim_all(slow))["f"]
    won = (await claim_all(quick))["f"]
    assert not await slow.commit(lost, delay_s=300, state={"etag": "old"}, items=[item("k1")], known_add={"e": "1"})
    assert await slow.state("f") == {}
    assert await slow.known("f") == {}
    assert await any_store.run("XLEN", any_store.keys.items(shard_of("f"))) == 0
    assert await quick.commit(won, delay_s=300, state={"etag": "new"}, items=[item("k1")])
    assert not await quick.commit(won, delay_s=300, state={"etag": "again"}, items=[item("k1")])
    assert await any_store.run("XLEN", any_store.keys.items(shard_of("f"))) == 1


async def test_a_removed_feed_commits_nothing_and_keeps_its_state(store: Store) -> None:
    await reconcile(store, ["f", "g"])
    duty = Duty(store, worker="p1", lease_s=60)
    leases = await claim_all(duty)
    await duty.commit(leases["g"], delay_s=300, state={"etag": "kept"})
    assert await reconcile(store, []) == (0, 2)
    assert not await duty.commit(leases["f"], delay_s=300, state={"etag": "x"}, items=[item("k1")])
    assert (await duty.state("g"))["etag"] == "kept"
    assert await duty.claim(1000) == ([], None)


async def test_what_a_dead_poller_holds_is_due_again_at_once(any_store: Store) -> None:
    await reconcile(any_store, FEEDS)
    dead, heir = Duty(any_store, worker="p1", lease_s=600), Duty(any_store, worker="p10", lease_s=600)
    held = await claim_all(dead)
    assert await heir.release("p1") == len(held) == len(FEEDS)
    assert sorted(await claim_all(heir)) == sorted(FEEDS)
    assert not await dead.commit(held["feed-1"], delay_s=1, state={})
    assert await heir.release("p1") == 0


async def test_a_small_room_is_filled_each_time_until_no_feed_is_due(store: Store) -> None:
    await reconcile(store, FEEDS)
    duty = Duty(store, worker="p1", lease_s=60)
    claimed: list[str] = []
    wait_s: float | None = 0.0
    while wait_s == 0.0:
        leases, wait_s = await duty.claim(3)
        assert len(leases) == min(3, len(FEEDS) - len(claimed))
        claimed += [lease.feed_id for lease in leases]
    assert sorted(claimed) == sorted(FEEDS)
    assert wait_s == pytest.approx(60, abs=5)


@pytest.mark.parametrize("most", [1, 15, 16, 17, 20, 31, 33, 100])
async def test_a_claim_takes_no_more_than_there_is_room_for(store: Store, most: int) -> None:
    await reconcile(store, [f"feed-{n}" for n in range(400)])
    leases, wait_s = await Duty(store, worker="p1", lease_s=60).claim(most)
    assert len(leases) == most
    assert wait_s == 0.0


async def test_a_full_server_refuses_a_poll_whole(start_valkey: Callable[..., Valkey]) -> None:
    store = await Store.open(start_valkey().url, prefix="t:")
    await reconcile(store, ["f"])
    duty = Duty(store, worker="p1", lease_s=60)
    lease = (await claim_all(duty))["f"]
    await store.run("HSET", "ballast", "b", "x" * 4_000_000)
    await store.run("CONFIG", "SET", "maxmemory", "2mb")
    with pytest.raises(ServerFullError):
        await duty.commit(lease, delay_s=1, state={"a": "b"}, items=[item("k1")], known_add={"e": "1"})
    with pytest.raises(ServerFullError):
        await duty.commit(lease, delay_s=1, state={"a": "b"})
    assert (await duty.state("f"), await duty.known("f")) == ({}, {})
    assert await duty.release("p1") == 1
    await store.run("CONFIG", "SET", "maxmemory", "0")
    assert await duty.commit((await claim_all(duty))["f"], delay_s=1, state={}, items=[item("k1")])
    await store.close()


async def commit_quietly(duty: Duty, leases: Iterable[Lease], etag: str) -> list[bool]:
    """Commit polls without news, all at once."""
    return await asyncio.gather(*(duty.commit(each, delay_s=300, state={"etag": etag}) for each in leases))


async def test_polls_without_news_go_together_by_shard(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await reconcile(any_store, FEEDS)
    duty, scripts = Duty(any_store, worker="p1", lease_s=60), list[tuple[str, ...]]()
    leases = await claim_all(duty)
    run = any_store.run

    async def counted(*command: Any, binary: bool = False) -> Any:
        scripts.append(command[:1])
        return await run(*command, binary=binary)

    monkeypatch.setattr(any_store, "run", counted)
    assert all(await commit_quietly(duty, leases.values(), "x"))
    assert len(scripts) <= 2 * SHARDS  # the server may not know the script yet
    assert {(await duty.state(feed))["etag"] for feed in FEEDS} == {"x"}
    assert (await duty.claim(1000))[1] == pytest.approx(300, abs=10)


async def test_of_polls_that_go_together_each_stands_or_falls_by_its_own_lease(any_store: Store) -> None:
    await reconcile(any_store, FEEDS)
    slow, quick = Duty(any_store, worker="p1", lease_s=0), Duty(any_store, worker="p2", lease_s=60)
    old = await claim_all(slow)
    taken = {lease.feed_id: lease for lease in (await quick.claim(15))[0]}
    assert await commit_quietly(slow, old.values(), "old") == [feed not in taken for feed in old]
    assert [await slow.state(feed) for feed in FEEDS] == [{} if feed in taken else {"etag": "old"} for feed in FEEDS]
    assert all(await commit_quietly(quick, taken.values(), "new"))
    assert {feed for feed in FEEDS if (await quick.state(feed))["etag"] == "new"} == taken.keys()


async def test_of_two_commits_of_one_poll_that_go_together_the_first_counts(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    duty = Duty(any_store, worker="p1", lease_s=60)
    lease = (await claim_all(duty))["f"]
    first, second = (duty.commit(lease, delay_s=0, state={"etag": etag}) for etag in ("first", "second"))
    assert await asyncio.gather(first, second) == [True, False]
    assert await duty.state("f") == {"etag": "first"}
    assert (await claim_all(duty))["f"].last_commit == lease.token


@pytest.mark.parametrize("sent", [False, True])
async def test_polls_whose_common_commit_breaks_off_are_made_again_or_stand(
    any_store: Store, monkeypatch: pytest.MonkeyPatch, *, sent: bool
) -> None:
    await reconcile(any_store, FEEDS)
    dead, heir = Duty(any_store, worker="p1", lease_s=600), Duty(any_store, worker="p2", lease_s=600)
    leases, trip = await claim_all(dead), any_store._round_trip

    async def broken(commands: list[tuple[tuple[Any, ...], bool]]) -> list[Any]:
        if sent:
            await trip(commands)
        raise ConnectionError

    # Once beforehand, so that the server knows the script.
    assert await commit_quietly(dead, [leases.pop("feed-0")], "x") == [True]
    with monkeypatch.context() as cut:
        cut.setattr(any_store, "_round_trip", broken)
        outcomes = asyncio.gather(
            *(dead.commit(each, delay_s=300, state={"etag": "x"}) for each in leases.values()), return_exceptions=True
        )
        assert all(isinstance(each, StoreError) and each.temporary for each in await outcomes)
    assert [await heir.state(feed) for feed in leases] == [{"etag": "x"} if sent else {}] * len(leases)
    assert await heir.release("p1") == (0 if sent else len(leases))
    assert sorted(await claim_all(heir)) == ([] if sent else sorted(leases))


async def test_a_large_poll_is_committed_whole(store: Store) -> None:
    await reconcile(store, ["f"])
    duty = Duty(store, worker="p1", lease_s=60)
    lease = (await claim_all(duty))["f"]
    known = {f"e{n}": "1" for n in range(5_000)}
    assert await duty.commit(
        lease, delay_s=1, state={"a": "b"}, known_add=known, items=[item(f"k{n}") for n in range(5_000)]
    )
    assert len(await duty.known("f")) == 5_000
    assert await store.run("XLEN", store.keys.items(shard_of("f"))) == 5_000
    await reconcile(store, [])
    await reconcile(store, ["f"])
    lease = (await claim_all(duty))["f"]
    assert await duty.commit(lease, delay_s=1, state={"a": "b"}, known_drop=[f"e{n}" for n in range(4_990)])
    assert len(await duty.known("f")) == 10


@pytest.mark.parametrize(("name", "shard"), [("openai", 2), ("36kr", 13), ("qbitai", 5), ("牛油果", 9), ("", 0)])
def test_the_shard_of_a_name_never_changes(name: str, shard: int) -> None:
    # It is part of every key: were it to change with a version, all that is stored would be lost from sight.
    assert shard_of(name) == shard


async def test_a_long_poll_keeps_its_feed_by_extending_the_lease(any_store: Store) -> None:
    await reconcile(any_store, ["f", "g"])
    slow, other = Duty(any_store, worker="p1", lease_s=0), Duty(any_store, worker="p2", lease_s=60)
    leases = await claim_all(slow)
    patient = Duty(any_store, worker="p1", lease_s=60)
    assert await patient.extend([leases["f"]]) == 1
    assert sorted(await claim_all(other)) == ["g"]
    assert await patient.extend(leases.values()) == 1
    assert await slow.commit(leases["f"], delay_s=1, state={"etag": "x"})
