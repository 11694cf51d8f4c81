"""Promise 4 at the level of the streams: what may be trimmed, and how much work waits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.queue.keys import SHARDS
from monitor.queue.store import Store, entries, mapping
from monitor.queue.streams import Reader
from monitor.queue.upkeep import Upkeep
from tests.queue.made import NOW

ENTRIES = 12
_NAMES = itertools.count()


def entry_id(number: int) -> str:
    return f"{1 + number // 4}-{number % 4}"


NUMBERS = {entry_id(number): number for number in range(1, 500)}


class Stream:
    """Shard 0 of a stream with numbered entries, four in each millisecond, all older than anything is kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._name = f"{store.keys.prefix}{next(_NAMES)}:{{s"

    def __call__(self, shard: int) -> str:
        return f"{self._name}{shard}}}"

    async def fill(self, count: int = ENTRIES, *, size: int = 1) -> None:
        await self._store.run_all(
            [("XADD", self(0), entry_id(n), "v", 1, "item", "x" * size) for n in range(1, count + 1)]
        )

    async def group(self, name: str, *, read: int, acknowledged: Sequence[int]) -> None:
        """Make a group that has read the first entries and acknowledged some of them."""
        await self._store.run("XGROUP", "CREATE", self(0), name, "0", "MKSTREAM")
        if read:
            await self._store.run("XREADGROUP", "GROUP", name, "c", "COUNT", read, "STREAMS", self(0), ">")
        for n in acknowledged:
            await self._store.run("XACK", self(0), name, entry_id(n))

    async def left(self) -> list[int]:
        found = entries(await self._store.run("XRANGE", self(0), "-", "+"))
        return [NUMBERS[entry_id] for entry_id, _ in found]


@pytest.mark.parametrize(
    ("groups", "left"),
    [
        pytest.param([], range(1, 13), id="nobody reads yet: everything is unread"),
        pytest.param([(0, [])], range(1, 13), id="a group that has read nothing"),
        pytest.param([(12, range(1, 13))], [], id="all acknowledged"),
        pytest.param([(12, [1, 2, 4, 5])], range(3, 13), id="one pending in the middle"),
        pytest.param([(12, range(2, 13))], range(1, 13), id="the first one pending"),
        pytest.param([(5, range(1, 6))], range(6, 13), id="an unread tail"),
        pytest.param([(12, range(1, 13)), (4, [1, 2, 3, 4])], range(5, 13), id="two groups: the slower one counts"),
        pytest.param([(12, range(1, 13)), (0, [])], range(1, 13), id="two groups: one has read nothing"),
    ],
)
async def test_only_what_every_group_has_acknowledged_goes(
    any_store: Store, groups: list[tuple[int, Sequence[int]]], left: Sequence[int]
) -> None:
    stream = Stream(any_store)
    await stream.fill()
    for number, (read, acknowledged) in enumerate(groups):
        await stream.group(f"g{number}", read=read, acknowledged=acknowledged)
    went = await Upkeep(any_store).trim(stream, keep_s=0, keep_bytes=10**9)
    assert await stream.left() == list(left)
    assert went == ENTRIES - len(left)


reading = st.integers(0, ENTRIES).flatmap(
    lambda read: st.tuples(st.just(read), st.sets(st.integers(1, max(1, read))) if read else st.just(set()))
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(reading, min_size=1, max_size=3), keep_bytes=st.sampled_from([0, 10**9]))
async def test_whatever_groups_do_nothing_that_one_has_to_do_is_trimmed(
    store: Store, groups: list[tuple[int, set[int]]], keep_bytes: int
) -> None:
    stream = Stream(store)
    await stream.fill()
    for number, (read, acknowledged) in enumerate(groups):
        await stream.group(f"g{number}", read=read, acknowledged=sorted(acknowledged))
    await Upkeep(store).trim(stream, keep_s=0, keep_bytes=keep_bytes)
    to_do = {n for read, acknowledged in groups for n in range(1, ENTRIES + 1) if n > read or n not in acknowledged}
    assert to_do <= set(await stream.left())
    assert (await stream.left() or [ENTRIES + 1])[0] == min(to_do, default=ENTRIES + 1)


async def test_what_is_done_is_kept_for_its_time(any_store: Store) -> None:
    stream = Stream(any_store)
    seconds = int((await any_store.run("TIME"))[0])
    ages = [7300, 7200, 3700, 3500, 10]
    for age in ages:
        await any_store.run("XADD", stream(0), f"{(seconds - age) * 1000}-0", "v", 1)
    await any_store.run("XGROUP", "CREATE", stream(0), "g", "$")
    assert await Upkeep(any_store).trim(stream, keep_s=3600, keep_bytes=10**9) == 3
    assert await any_store.run("XLEN", stream(0)) == 2


async def test_what_is_done_is_kept_within_its_size(any_store: Store) -> None:
    stream = Stream(any_store)
    await stream.fill(400, size=10_000)
    await stream.group("g", read=400, acknowledged=range(1, 401))
    now = NOW.timestamp()
    await Upkeep(any_store).trim(stream, keep_s=2 * now, keep_bytes=SHARDS * 1_000_000)
    left = await stream.left()
    assert left == list(range(401 - len(left), 401))
    # By the average of sampled nodes: about a million bytes of ten thousand each.
    assert 60 <= len(left) <= 110


async def test_a_stream_that_is_not_there_is_not_made(any_store: Store) -> None:
    stream, upkeep = Stream(any_store), Upkeep(any_store)
    assert await upkeep.trim(stream, keep_s=0, keep_bytes=0) == 0
    assert await upkeep.lags(stream) == []
    await upkeep.forget_consumers(stream, "g")
    assert await any_store.run("EXISTS", stream(0)) == 0


async def test_the_lag_is_what_waits_and_what_is_pending(any_store: Store) -> None:
    stream = Stream(any_store)
    await stream.fill()
    await stream.group("g", read=7, acknowledged=[1, 2, 3])
    (lag,) = await Upkeep(any_store).lags(stream)
    assert (lag.stream, lag.group, lag.waiting, lag.pending) == (stream(0), "g", 5, 4)


async def test_the_lag_is_right_where_entries_were_deleted(any_store: Store) -> None:
    stream = Stream(any_store)
    await stream.fill()
    await stream.group("g", read=3, acknowledged=[1, 2, 3])
    await any_store.run("XDEL", stream(0), entry_id(6), entry_id(9))
    (group,) = [mapping(row) for row in await any_store.run("XINFO", "GROUPS", stream(0))]
    assert group["lag"] is None
    (lag,) = await Upkeep(any_store).lags(stream)
    assert (lag.waiting, lag.pending) == (7, 0)


async def test_the_lag_is_right_after_trimming(any_store: Store) -> None:
    stream = Stream(any_store)
    await stream.fill()
    await stream.group("g", read=7, acknowledged=range(1, 8))
    await Upkeep(any_store).trim(stream, keep_s=0, keep_bytes=10**9)
    (lag,) = await Upkeep(any_store).lags(stream)
    assert (lag.waiting, lag.pending) == (5, 0)


async def test_the_backlog_is_all_that_the_matchers_have_to_do(any_store: Store) -> None:
    reader = Reader(any_store, group="matchers", consumer="m", stream=any_store.keys.items)
    upkeep = Upkeep(any_store)
    assert await upkeep.backlog() == 0
    await reader.ensure()
    for n in range(40):
        await any_store.run("XADD", any_store.keys.items(n % SHARDS), "*", "v", 1, "item", "{}")
    assert await upkeep.backlog() == 40
    messages = await reader.take(most=2, wait_s=1, shards=[3])
    assert await upkeep.backlog() == 40
    await reader.acknowledge(messages)
    assert await upkeep.backlog() == 40 - len(messages)
    await reader.close()


async def test_consumers_of_earlier_runs_are_forgotten_once_they_hold_nothing(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, upkeep = Stream(any_store), Upkeep(any_store)
    await stream.fill()
    await stream.group("g", read=1, acknowledged=[])
    await any_store.run("XGROUP", "CREATECONSUMER", stream(0), "g", "empty")

    async def consumers() -> list[str]:
        rows = await any_store.run("XINFO", "CONSUMERS", stream(0), "g")
        return sorted(mapping(row)["name"] for row in rows)

    await upkeep.forget_consumers(stream, "g")
    assert await consumers() == ["c", "empty"]  # heard of within the hour
    monkeypatch.setattr("monitor.queue.upkeep._FORGET_MS", -1)
    await upkeep.forget_consumers(stream, "g")
    assert await consumers() == ["c"]
    assert int((await any_store.run("XPENDING", stream(0), "g"))[0]) == 1
    await any_store.run("XACK", stream(0), "g", entry_id(1))
    await upkeep.forget_consumers(stream, "g")
    assert await consumers() == []
