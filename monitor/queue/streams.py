"""Reading a sharded stream as one consumer of a group: take, take over, hold, acknowledge, bury. Promise 3.

What a consumer takes stays pending in its name until it acknowledges it. A living consumer holds what it has in work;
what nobody has touched for the visibility time is taken over by whoever asks. Entries of a newer schema version are
left where they are, for a newer worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.errors import StoreError
from monitor.queue.codec import SCHEMA, readable
from monitor.queue.keys import SHARDS
from monitor.queue.store import Script, ServerFullError, Store, entries, mapping, streams

_BURY = Script.load("bury_item")
_FORGET = Script.load("forget_consumer")
#: Messages taken over in one call per shard.
_CLAIM_MOST = 64


@dataclass(frozen=True, slots=True)
class Message:
    """One stream entry in our name."""

    shard: int
    id: str
    fields: Mapping[str, str]
    #: How often it was handed to a consumer, this time included.
    times_taken: int = 1


class Reader:
    """One consumer of one group over the shards of a stream."""

    def __init__(self, store: Store, *, group: str, consumer: str, stream: Callable[[int], str]) -> None:
        self._store = store
        self._group = group
        self._consumer = consumer
        self._stream = stream
        self._reads: dict[tuple[int, ...], asyncio.Task[Any]] = {}
        #: Entries of a newer schema version met so far.
        self.newer = 0

    async def ensure(self) -> None:
        """Create the group on every shard where it is missing, from the stream's beginning."""
        for shard in range(SHARDS):
            try:
                await self._store.run("XGROUP", "CREATE", self._stream(shard), self._group, "0", "MKSTREAM")
            except ServerFullError:
                # It refuses before it looks whether there is anything to do.
                if not await self._exists(shard):
                    raise
            except StoreError as error:
                if "BUSYGROUP" not in error.cause:
                    raise

    async def _exists(self, shard: int) -> bool:
        try:
            groups = await self._store.run("XINFO", "GROUPS", self._stream(shard))
        except StoreError as error:
            if "no such key" in error.cause:
                return False
            raise
        return self._group in {mapping(group)["name"] for group in groups}

    async def take(self, *, most: int, wait_s: float, shards: Iterable[int] = range(SHARDS)) -> list[Message]:
        """Take new messages, up to `most` of each shard; wait up to `wait_s` for the first.

        May return fewer than there are, or none.
        """
        for tag in self._tags(shards):
            if tag not in self._reads:
                self._reads[tag] = asyncio.create_task(self._read(tag, most, wait_s))
        if not self._reads:
            await asyncio.sleep(wait_s)
            return []
        done, _ = await asyncio.wait(self._reads.values(), return_when=asyncio.FIRST_COMPLETED)
        self._reads = {tag: task for tag, task in self._reads.items() if task not in done}
        failures = [error for task in done if (error := task.exception())]
        messages = [message for task in done if not task.exception() for message in task.result()]
        if failures and not messages:
            raise failures[0]
        return messages  # what failed is read again next time

    def _tags(self, shards: Iterable[int]) -> list[tuple[int, ...]]:
        # A cluster refuses a read over two tags (CROSSSLOT): there, each shard has a read of its own.
        wanted = tuple(shards)
        if self._store.clustered:
            return [(shard,) for shard in wanted]
        return [wanted] if wanted and not self._reads else []

    async def _read(self, tag: tuple[int, ...], most: int, wait_s: float) -> list[Message]:
        names = {self._stream(shard): shard for shard in tag}
        reply = await self._store.block(
            *(
                "XREADGROUP",
                "GROUP",
                self._group,
                self._consumer,
                "COUNT",
                most,
                "BLOCK",
                max(1, int(wait_s * 1000)),
            ),  # 0 would be for ever
            *("STREAMS", *names, *(">" for _ in names)),
            wait_s=wait_s,
        )
        return [message for name, found in streams(reply) for message in self._messages(names[name], found)]

    async def take_over(self, *, idle_s: float) -> list[Message]:
        """Take what nobody has touched for `idle_s`, with how often each was taken."""
        taken: list[Message] = []
        for shard in range(SHARDS):
            for found in await self._abandoned(shard, int(idle_s * 1000)):
                taken += await self._counted(shard, self._messages(shard, found))
        return taken

    async def _abandoned(self, shard: int, idle_ms: int) -> list[list[tuple[str, dict[str, str]]]]:
        # One call looks at ten times as many pending entries as it may take: on to the end, or to enough.
        found, cursor = [], "0-0"
        while True:
            cursor, part = (
                await self._store.run(
                    *("XAUTOCLAIM", self._stream(shard), self._group, self._consumer),
                    *(idle_ms, cursor, "COUNT", _CLAIM_MOST),
                )
            )[:2]
            found.append(entries(part))
            if cursor == "0-0" or sum(map(len, found)) >= _CLAIM_MOST:
                return found

    async def inherit(self, consumer: str) -> list[Message]:
        """Take at once all that a consumer known to be dead has pending, and forget that consumer."""
        taken: list[Message] = []
        for shard in range(SHARDS):
            stream = self._stream(shard)
            while not int(await self._store.script(_FORGET, [stream], [self._group, consumer])):
                ids = [row[0] for row in await self._pending(shard, consumer, most=_CLAIM_MOST)]
                reply = await self._store.run("XCLAIM", stream, self._group, self._consumer, 0, *ids)
                taken += await self._counted(shard, self._messages(shard, entries(reply)))
        return taken

    async def _counted(self, shard: int, messages: list[Message]) -> list[Message]:
        if not messages:
            return []
        # 2000: at most _CLAIM_MOST are asked after, but others of ours may stand between them.
        rows = await self._pending(shard, self._consumer, first=messages[0].id, last=messages[-1].id, most=2000)
        times = {row[0]: int(row[3]) for row in rows}
        return [Message(shard, each.id, each.fields, times.get(each.id, 1)) for each in messages]

    async def _pending(
        self, shard: int, consumer: str, *, first: str = "-", last: str = "+", most: int
    ) -> Sequence[Any]:
        command = ("XPENDING", self._stream(shard), self._group, first, last, most, consumer)
        return await self._store.run(*command) or ()

    def _messages(self, shard: int, found: list[tuple[str, dict[str, str]]]) -> list[Message]:
        known = [Message(shard, entry_id, fields) for entry_id, fields in found if readable(fields)]
        self.newer += len(found) - len(known)
        return known

    async def hold(self, messages: Iterable[Message]) -> None:
        """Say that these messages are still in work, so that nobody takes them over."""
        await self._store.run_all(
            [
                ("XCLAIM", self._stream(shard), self._group, self._consumer, 0, *ids, "JUSTID")
                for shard, ids in _by_shard(messages).items()
            ]
        )

    async def acknowledge(self, messages: Iterable[Message]) -> None:
        """Say that these messages are done: after their results were committed, never before."""
        await self._store.run_all(
            [("XACK", self._stream(shard), self._group, *ids) for shard, ids in _by_shard(messages).items()]
        )

    async def tried_alone(self, message: Message) -> int:
        """Count, before it happens, that a suspect is tried alone; returns how often that makes."""
        return int(await self._store.run("HINCRBY", self._store.keys.suspects(message.shard), message.id, 1))

    async def cleared(self, message: Message) -> None:
        """Forget that a message was under suspicion."""
        await self._store.run("HDEL", self._store.keys.suspects(message.shard), message.id)

    async def bury(self, message: Message, *, reason: str, now: datetime, most: int) -> None:
        """Move a message to its shard's dead letters with the reason, and acknowledge it, in one step."""
        keys = self._store.keys
        await self._store.script(
            _BURY,
            [self._stream(message.shard), keys.dead_items(message.shard), keys.suspects(message.shard)],
            [self._group, message.id, reason[:2000], now.isoformat(), SCHEMA, most],
        )

    async def close(self) -> None:
        """Let go of reads under way; what they took stays pending and is taken over."""
        for task in self._reads.values():
            task.cancel()
        await asyncio.gather(*self._reads.values(), return_exceptions=True)
        self._reads.clear()


def _by_shard(messages: Iterable[Message]) -> dict[int, list[str]]:
    ids: dict[int, list[str]] = {}
    for message in messages:
        ids.setdefault(message.shard, []).append(message.id)
    return ids
