"""The connection to Redis or Valkey: runs commands and scripts, many in one round trip, and names what goes wrong.

The only file that imports redis-py. Every command of the service passes through `Store.run`: what is asked for while a
round trip is under way goes with the next, so that a hundred concurrent commits cost a few pipelines. Where replicas
are required, each round trip ends with WAIT and fails as a whole when too few replicas hold it. Works on one server and
on a cluster alike; every command names its key, and no command spans two slots.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.resources
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import hiredis
import redis.asyncio
from redis.asyncio.cluster import ClusterNode, PipelineCommand, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnectionError
from redis.exceptions import RedisClusterException, RedisError, ResponseError

from monitor.errors import StoreError
from monitor.queue.failures import GONE, MOVED, UnknownScriptError, named
from monitor.queue.failures import ServerFullError as ServerFullError  # part of what callers of a store meet
from monitor.queue.keys import Keys
from monitor.settings.secrets import masked_url

#: How long WAIT gives the replicas, milliseconds.
_WAIT_MS = 5_000
#: Largest number of commands in one round trip: while the server works on the next, what waited for one goes on.
_BATCH = 32
#: A command that got no answer for so long is given up, seconds; blocking reads add their own time.
_ANSWER_S = 20.0

Command = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """One Lua script, by the name of its file in `monitor/queue/scripts`."""

    name: str
    text: str
    sha: str

    @classmethod
    def load(cls, name: str) -> Script:
        """Read a script that ships with the package."""
        text = importlib.resources.files("monitor.queue").joinpath("scripts", f"{name}.lua").read_text("utf-8")
        return cls(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Store:
    """All that the service does in Redis goes through one of these; one per process."""

    def __init__(self, client: Any, keys: Keys, *, clustered: bool, min_replicas: int, subject: str) -> None:
        self.keys = keys
        self.clustered = clustered
        self.subject = subject
        self._client = client
        self._min_replicas = min_replicas
        self._waiting: list[tuple[Command, bool, asyncio.Future[Any]]] = []
        self._sender: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, *, prefix: str, min_replicas: int = 0, shown: str = "") -> Store:
        """Connect to `url` (redis://, rediss://, unix://) and check that the server can keep our promises.

        Raises StoreError where there is no server, it evicts keys, or a lost replica could take commits with it.
        """
        subject = shown or masked_url(url)
        try:
            # Every answer has its time here: redis-py's own limit would start a timer for each reply.
            single = redis.asyncio.Redis.from_url(url, socket_timeout=None, **_options())
        except ValueError:  # what is no URL cannot be masked either
            raise StoreError("redis.url", "is not an address of a Redis server", temporary=False) from None
        single.response_callbacks.clear()
        store = cls(single, Keys(prefix), clustered=False, min_replicas=min_replicas, subject=subject)
        try:
            info = _info(await store.run("INFO"))
            await store._check_server(info)
            if info.get("cluster_enabled") == "1":
                await store.close()
                store = await cls._open_cluster(url, prefix=prefix, min_replicas=min_replicas, subject=subject)
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    async def _open_cluster(cls, url: str, *, prefix: str, min_replicas: int, subject: str) -> Store:
        options = _options() | {"retry": None}
        client = RedisCluster.from_url(url, **options)
        try:
            await client.initialize()
        except (RedisError, RedisClusterException, OSError) as error:
            await client.aclose()
            raise named(subject, error) from error
        client.response_callbacks.clear()  # shared with its nodes: replies stay as they come, as from one server
        return cls(client, Keys(prefix), clustered=True, min_replicas=min_replicas, subject=subject)

    async def _check_server(self, info: Mapping[str, str]) -> None:
        policy = info.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise StoreError(
                self.subject, f"maxmemory-policy is {policy}, which would drop news; set noeviction", temporary=False
            )
        replicated = info.get("cluster_enabled") == "1" or int(info.get("connected_slaves", "0")) > 0
        if replicated and not self._min_replicas and await self._fsync() != "always":
            raise StoreError(
                self.subject,
                "on a cluster or with replicas a lost server could take acknowledged news with it: "
                "set redis.min_replicas to 1 or more, or appendfsync always on the servers",
                temporary=False,
            )

    async def _fsync(self) -> str:
        reply = mapping(await self.run("CONFIG", "GET", "append*"))
        return reply.get("appendfsync", "") if reply.get("appendonly") == "yes" else "no"

    async def close(self) -> None:
        """Close all connections; what is still waiting is sent first."""
        await asyncio.gather(self._send(), return_exceptions=True)
        await self._client.aclose()

    async def run(self, *command: Any, binary: bool = False) -> Any:
        """Run one command and return its raw reply (str, int, None or nested lists).

        `binary` leaves the reply undecoded (bytes). Raises StoreError.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, binary, future))
        self._send()
        return await future

    async def run_all(self, commands: Sequence[Command]) -> list[Any]:
        """Run several commands in one round trip where they fit; replies in order. Raises the first error."""
        return list(await asyncio.gather(*(self.run(*command) for command in commands)))

    async def script(self, script: Script, keys: Sequence[str], args: Sequence[Any] = ()) -> Any:
        """Run a Lua script atomically, as `run` runs a command; every key that it touches is in `keys`."""
        try:
            return await self.run("EVALSHA", script.sha, len(keys), *keys, *args)
        except UnknownScriptError:
            return await self.run("EVAL", script.text, len(keys), *keys, *args)

    async def block(self, *command: Any, wait_s: float) -> Any:
        """Run a blocking read on a connection of its own, for at most `wait_s` and the usual time to answer."""
        try:
            async with asyncio.timeout(wait_s + _ANSWER_S):
                if self.clustered:
                    node = await self._node_of(command)
                    return await node.execute_command(*command)
                return await self._client.execute_command(*command)
        except (RedisError, RedisClusterException, OSError) as error:
            if isinstance(error, MOVED) or (self.clustered and isinstance(error, GONE)):
                await self._find_nodes()
            raise named(self.subject, error) from error

    async def keys_like(self, pattern: str) -> list[str]:
        """List the keys of a pattern by a walk through every key there is: for people's questions, never for work."""
        nodes: Sequence[ClusterNode | None] = self._client.get_primaries() if self.clustered else [None]
        return [key for node in nodes for key in await self._keys_of(node, pattern)]

    async def _keys_of(self, node: ClusterNode | None, pattern: str) -> list[str]:
        found: list[str] = []
        cursor = "0"
        while True:
            scan = ("SCAN", cursor, "MATCH", pattern, "COUNT", 1_000)
            try:
                cursor, keys = await (node.execute_command(*scan) if node else self.run(*scan))
            except (RedisError, RedisClusterException, OSError) as error:
                raise named(self.subject, error) from error
            found += keys
            if cursor == "0":
                return found

    def _send(self) -> asyncio.Task[None]:
        """Let what waits be sent with the next round trip."""
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all())
        return self._sender

    async def _send_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whoever is about to ask for something goes along
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            await self._send_batch(batch)

    async def _send_batch(self, batch: list[tuple[Command, bool, asyncio.Future[Any]]]) -> None:
        try:
            replies = await self._round_trip([(command, binary) for command, binary, _ in batch])
        except Exception as error:
            replies = [error] * len(batch)
        for (_, _, future), reply in zip(batch, replies, strict=True):
            if future.done():
                continue
            if isinstance(reply, BaseException):
                future.set_exception(named(self.subject, reply))
            else:
                future.set_result(reply)

    async def _round_trip(self, commands: list[tuple[Command, bool]]) -> list[Any]:
        if self.clustered:
            return await self._round_trip_cluster(commands)
        tail = [(("WAIT", self._min_replicas, _WAIT_MS), False)] if self._min_replicas else []
        pool = self._client.connection_pool
        async with asyncio.timeout(_ANSWER_S):
            connection = await pool.get_connection()
            try:
                replies = await connection.retry.call_with_retry(
                    lambda: _exchange(connection, commands + tail), lambda _: connection.disconnect()
                )
            finally:
                await pool.release(connection)
        return self._held(replies) if tail else replies

    async def _round_trip_cluster(self, commands: list[tuple[Command, bool]]) -> list[Any]:
        replies: list[Any] = [None] * len(commands)
        nodes: dict[ClusterNode, list[PipelineCommand]] = {}
        for position, (command, binary) in enumerate(commands):
            node = await self._node_of(command)
            nodes.setdefault(node, []).append(PipelineCommand(position, *command, **_reading(binary)))
        results = await asyncio.gather(*(self._on_node(node, batch) for node, batch in nodes.items()))
        for batch, answers in zip(nodes.values(), results, strict=True):
            for command_sent, reply in zip(batch, answers, strict=True):
                replies[command_sent.position] = reply
        if any(isinstance(reply, (*MOVED, *GONE)) for reply in replies):
            await self._find_nodes()
        return replies

    async def _node_of(self, command: Command) -> ClusterNode:
        node: ClusterNode
        try:
            node = self._client.get_node_from_key(_key_of(command))
        except RedisClusterException:  # nobody had this slot when last asked
            await self._find_nodes()
            node = self._client.get_node_from_key(_key_of(command))
        return node

    async def _on_node(self, node: ClusterNode, batch: list[PipelineCommand]) -> list[Any]:
        # WAIT counts what its own connection wrote, so it must travel on the batch's.
        tail = [PipelineCommand(-1, "WAIT", self._min_replicas, _WAIT_MS)] if self._min_replicas else []
        try:
            async with asyncio.timeout(_ANSWER_S):
                await node.execute_pipeline(batch + tail)
        except Exception as error:
            return [error] * len(batch)
        replies = [command.result for command in batch + tail]
        return self._held(replies) if tail else replies

    def _held(self, replies: Sequence[Any]) -> list[Any]:
        *answers, held = replies
        if isinstance(held, int) and held >= self._min_replicas:
            return answers
        known = f"{held} of {self._min_replicas}" if isinstance(held, int) else f"nobody knows how many ({held})"
        lost = LostConnectionError(f"{known} replicas hold the commit")
        return [answer if isinstance(answer, Exception) else lost for answer in answers]

    async def _find_nodes(self) -> None:
        try:
            await self._client.nodes_manager.initialize()
        except (RedisError, RedisClusterException, OSError):
            return  # the next command meets the same trouble and names it


def _options() -> dict[str, Any]:
    return {
        "decode_responses": True,
        # One damaged value must not fail its neighbours in the same round trip.
        "encoding_errors": "replace",
        "protocol": 2,
        "socket_connect_timeout": 5.0,
        "retry": Retry(NoBackoff(), 1),
        # No health_check_interval: with one, redis-py 8.1 reconnects without end to a server that wants a password.
    }


async def _exchange(connection: Any, commands: list[tuple[Command, bool]]) -> list[Any]:
    """Send commands in one piece and read their replies: redis-py's pipeline takes three times as long for the same."""
    await connection.send_packed_command([hiredis.pack_command(command) for command, _ in commands])
    replies: list[Any] = []
    for _, binary in commands:
        try:
            replies.append(await connection.read_response(disable_decoding=binary))
        except ResponseError as error:
            replies.append(error)
    return replies


def _reading(binary: bool) -> dict[str, Any]:
    return {"NEVER_DECODE": True} if binary else {}


def _key_of(command: Command) -> str:
    match command[0]:
        case "EVALSHA" | "EVAL":
            return str(command[3])
        case "XINFO" | "XGROUP" | "MEMORY" | "OBJECT":
            return str(command[2])
        case "XREADGROUP":
            return str(command[command.index("STREAMS") + 1])
        case "INFO" | "CONFIG" | "PING" | "TIME" | "DBSIZE":
            return ""
    return str(command[1])


def _info(reply: str) -> dict[str, str]:
    rows = (line.partition(":") for line in reply.splitlines() if ":" in line)
    return {name: value for name, _, value in rows}


def mapping(reply: Any) -> dict[str, str]:
    """Read a reply of names and values in either protocol's shape: a map (RESP3) or a flat list (RESP2)."""
    if isinstance(reply, dict):
        return reply
    return dict(zip(reply[::2], reply[1::2], strict=True)) if reply else {}


def streams(reply: Any) -> list[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Read a reply of XREAD or XREADGROUP in either protocol's shape; entries deleted meanwhile have no fields."""
    if not reply:
        return []
    parts = reply.items() if isinstance(reply, dict) else reply
    return [(name, entries(found)) for name, found in parts]


def entries(reply: Any) -> list[tuple[str, dict[str, str]]]:
    """Read stream entries in either protocol's shape."""
    return [(entry[0], mapping(entry[1] or [])) for entry in reply or () if entry]
