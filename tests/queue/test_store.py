"""The connection: batches, scripts, refused servers, replicas, and what errors say."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import pytest
from redis import exceptions

from monitor.errors import StoreError
from monitor.queue.failures import ServerFullError, named
from monitor.queue.keys import shard_of
from monitor.queue.store import Store
from monitor.queue.stories import Stories
from tests.conftest import Valkey, ask, free_port
from tests.queue.made import alert, committed, delivery


async def stat(store: Store, name: str) -> int:
    rows = (await store.run("INFO", "everything")).splitlines()
    return int(next(row.partition(":")[2] for row in rows if row.startswith(f"{name}:")))


async def commit(store: Store, key: str) -> bool:
    made = alert(key)
    return await committed(store, made, [delivery(made)])


async def test_what_is_asked_for_at_once_goes_in_few_round_trips(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips = 0
    sent = any_store._round_trip

    async def counted(commands: list[tuple[tuple[object, ...], bool]]) -> list[object]:
        nonlocal trips
        trips += 1
        return await sent(commands)

    monkeypatch.setattr(any_store, "_round_trip", counted)
    stories = Stories(any_store, worker="m1")
    await stories.read("first")
    trips = 0
    await asyncio.gather(*(stories.read(f"w{n}") for n in range(100)))
    assert trips <= 4  # of at most 32 commands


async def test_replies_come_in_the_order_of_their_commands(any_store: Store) -> None:
    names = [f"{any_store.keys.prefix}{n}" for n in range(2_000)]
    await any_store.run_all([("SET", name, n) for n, name in enumerate(names)])
    assert await any_store.run_all([("GET", name) for name in names]) == [str(n) for n in range(2_000)]


async def test_one_refused_command_costs_no_other(any_store: Store) -> None:
    name = f"{any_store.keys.prefix}x"
    replies = await asyncio.gather(
        any_store.run("SET", name, "text"),
        any_store.run("HGETALL", name),
        any_store.run("GET", name),
        return_exceptions=True,
    )
    assert (replies[0], replies[2]) == ("OK", "text")
    assert isinstance(replies[1], StoreError)
    assert not replies[1].temporary


async def test_a_caller_that_gives_up_costs_no_other(any_store: Store) -> None:
    name = f"{any_store.keys.prefix}x"
    given_up = asyncio.create_task(any_store.run("SET", name, "1"))
    kept = asyncio.create_task(any_store.run("APPEND", name, "2"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await kept == 2


async def test_what_was_asked_for_before_the_close_is_sent(any_server: Valkey, any_store: Store) -> None:
    store = await Store.open(any_server.url, prefix=any_store.keys.prefix)
    name = f"{store.keys.prefix}x"
    last = asyncio.create_task(store.run("SET", name, "kept"))
    await asyncio.sleep(0)
    await store.close()
    await last
    assert await any_store.run("GET", name) == "kept"


async def test_bytes_are_left_as_they_are(any_store: Store) -> None:
    name = f"{any_store.keys.prefix}x"
    await any_store.run("SET", name, b"\xff\x00")
    assert await any_store.run("GET", name, binary=True) == b"\xff\x00"


async def test_scripts_that_the_server_forgot_are_sent_again(start_valkey: Callable[..., Valkey]) -> None:
    store = await Store.open(start_valkey().url, prefix="t:")
    assert await commit(store, "k1")
    await store.run("SCRIPT", "FLUSH")
    made = await asyncio.gather(*(commit(store, f"k{n % 10}") for n in range(30)))
    assert sum(made) == 9
    await store.close()


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_a_server_that_drops_keys_is_refused(start_valkey: Callable[..., Valkey], policy: str) -> None:
    server = start_valkey("--maxmemory-policy", policy)
    with pytest.raises(StoreError, match=f"maxmemory-policy is {policy}.*set noeviction") as caught:
        await Store.open(server.url, prefix="t:")
    assert not caught.value.temporary


async def test_a_cluster_that_can_lose_a_second_is_refused(
    valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port = free_port()
    server = Valkey(
        tmp_path_factory.mktemp("k"), "--port", str(port), "--cluster-enabled", "yes", "--appendonly", "yes"
    )
    try:
        ask(("127.0.0.1", port), "CLUSTER ADDSLOTSRANGE 0 16383", until=b"OK")
        ask(("127.0.0.1", port), "CLUSTER INFO", until=b"cluster_state:ok")
        with pytest.raises(StoreError, match=r"redis\.min_replicas.*appendfsync always"):
            await Store.open(f"redis://127.0.0.1:{port}", prefix="t:")
    finally:
        server.stop()


async def test_a_cluster_without_slots_is_a_passing_failure(tmp_path_factory: pytest.TempPathFactory) -> None:
    port = free_port()
    options = ("--cluster-enabled", "yes", "--appendonly", "yes", "--appendfsync", "always")
    server = Valkey(tmp_path_factory.mktemp("k"), "--port", str(port), *options)
    try:
        ask(("127.0.0.1", port), "PING", until=b"PONG")
        with pytest.raises(StoreError) as caught:
            await Store.open(f"redis://127.0.0.1:{port}", prefix="t:")
        assert caught.value.temporary
    finally:
        server.stop()


class Pair:
    """A primary and its replica."""

    def __init__(self, start: Callable[..., Valkey]) -> None:
        self.port = free_port()
        self.primary = start("--port", str(self.port), "--appendonly", "yes", "--repl-diskless-sync-delay", "0")
        self.replica = start("--replicaof", f"127.0.0.1 {self.port}")
        self.url = f"redis://127.0.0.1:{self.port}"
        ask(("127.0.0.1", self.port), "INFO replication", until=b"state=online")
        ask(str(self.replica.folder / "s"), "INFO replication", until=b"master_link_status:up")

    def pause(self) -> None:
        self.replica.process.send_signal(signal.SIGSTOP)


@pytest.fixture
def pair(start_valkey: Callable[..., Valkey], monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setattr("monitor.queue.store._WAIT_MS", 300)
    return Pair(start_valkey)


async def test_a_primary_that_could_lose_what_it_said_is_refused(pair: Pair) -> None:
    with pytest.raises(StoreError, match=r"redis\.min_replicas.*appendfsync always") as caught:
        await Store.open(pair.url, prefix="t:")
    assert not caught.value.temporary


async def test_a_commit_is_done_when_the_replica_holds_it(pair: Pair) -> None:
    store = await Store.open(pair.url, prefix="t:", min_replicas=1)
    other = await Store.open(pair.url, prefix="t:", min_replicas=1)
    replica = await Store.open(pair.replica.url, prefix="t:")
    assert await commit(store, "k1")
    assert await replica.run("XLEN", store.keys.alerts(shard_of("w"))) == 1

    pair.pause()
    with pytest.raises(StoreError, match=": 0 of 1 replicas hold the commit") as caught:
        await commit(store, "k2")
    assert caught.value.temporary
    # It was made all the same; whoever finds it made must wait for the replica as well, on whatever connection.
    for each in (store, other):
        with pytest.raises(StoreError, match=": 0 of 1 replicas"):
            await commit(each, "k2")

    pair.replica.process.send_signal(signal.SIGCONT)
    async with asyncio.timeout(20):
        while await commit_or_none(store, "k2") is None:
            pass
    assert await commit_or_none(store, "k2") is False
    for each in (store, other, replica):
        await each.close()


async def test_without_its_replica_nothing_is_committed(pair: Pair) -> None:
    store = await Store.open(pair.url, prefix="t:", min_replicas=1)
    pair.replica.stop()
    with pytest.raises(StoreError, match=": 0 of 1 replicas") as caught:
        await commit(store, "k1")
    assert caught.value.temporary
    await store.close()


async def test_a_replica_in_place_of_its_primary_is_a_passing_failure(pair: Pair) -> None:
    with pytest.raises(StoreError, match="WAIT cannot be used with replica") as caught:
        await Store.open(pair.replica.url, prefix="t:", min_replicas=1)
    assert caught.value.temporary
    store = await Store.open(pair.replica.url, prefix="t:")
    with pytest.raises(StoreError, match="it is a replica") as caught:
        await commit(store, "k1")
    assert caught.value.temporary
    await store.close()


async def commit_or_none(store: Store, key: str) -> bool | None:
    """Commit an alert; None where a replica is missing."""
    try:
        return await commit(store, key)
    except StoreError:
        return None


@pytest.mark.parametrize(
    "url",
    [
        "redis://user:hush@127.0.0.1:{port}/0",
        "redis://:hush@127.0.0.1:{port}",
        "redis://127.0.0.1:{port}?password=hush",
        "rediss://user:hush@127.0.0.1:{port}",
        "unix://user:hush@/nowhere/s.sock",
        "redis://:hush/hush@127.0.0.1:{port}",
        "redis://user:hush@127.0.0.1:hush",
        "http://user:hush@127.0.0.1",
    ],
)
async def test_no_error_tells_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        await Store.open(url.format(port=free_port()), prefix="t:")
    told: BaseException | None = caught.value
    assert "hush" not in str(told)
    assert "hush" not in repr(told)


async def test_a_refused_password_is_no_passing_failure(start_valkey: Callable[..., Valkey]) -> None:
    server = start_valkey()
    store = await Store.open(server.url, prefix="t:")
    await store.run("CONFIG", "SET", "requirepass", "right")
    for url in (f"unix://:wrong@{server.folder / 's'}", server.url):
        with pytest.raises(StoreError, match=r"user or password of redis\.url") as caught:
            await Store.open(url, prefix="t:")
        assert not caught.value.temporary
    await store.run("CONFIG", "SET", "requirepass", "")
    await store.close()


@pytest.mark.parametrize(
    ("error", "temporary", "words"),
    [
        (exceptions.ConnectionError("Connection closed by server."), True, "no answer"),
        (exceptions.TimeoutError("Timeout reading"), True, "no answer"),
        (exceptions.BusyLoadingError("Redis is loading the dataset in memory"), True, "no answer"),
        (TimeoutError(), True, "no answer: TimeoutError"),
        (ConnectionRefusedError("refused"), True, "no answer: refused"),
        (exceptions.MovedError("1 127.0.0.1:1"), True, "no answer"),
        (exceptions.ClusterDownError("CLUSTERDOWN The cluster is down"), True, "no answer"),
        (exceptions.SlotNotCoveredError("slot 1"), True, "no answer"),
        (exceptions.ReadOnlyError("You can't write against a read only replica."), True, "it is a replica"),
        (exceptions.ResponseError("NOREPLICAS Not enough good replicas to write."), True, "NOREPLICAS"),
        (exceptions.ResponseError("UNBLOCKED force unblock from blocking operation"), True, "UNBLOCKED"),
        (exceptions.ResponseError("BUSY Redis is busy running a script."), True, "BUSY"),
        (exceptions.ResponseError("BUSYGROUP Consumer Group name already exists"), False, "BUSYGROUP"),
        (exceptions.ResponseError("WRONGTYPE Operation against a key"), False, "WRONGTYPE"),
        (exceptions.ClusterCrossSlotError("Keys in request don't hash"), False, "Keys in request"),
        (exceptions.AuthenticationError("invalid username-password pair"), False, "user or password"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_passes_is_told_from_what_does_not(error: Exception, temporary: bool, words: str) -> None:
    found = named("redis://host", error)
    assert found.temporary is temporary
    assert words in found.cause
    assert found.subject == "redis://host"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "memory limit"),
        (exceptions.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), "No space left"),
    ],
)
def test_a_full_server_is_named_as_one(error: Exception, words: str) -> None:
    found = named("redis://host", error)
    assert isinstance(found, ServerFullError)
    assert found.temporary
    assert words in found.cause
