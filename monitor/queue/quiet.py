"""Commits of polls that bring nothing but a state: those of one shard that end together go as one script.

A poll in a hundred brings news; the others would each cost the server a script of its own, twice the time of their
share in a common one. Each keeps its own lease, and is refused or committed by itself (promise 1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from monitor.queue.store import Script, Store

#: How long a commit waits for others to go with, seconds: some of the 16 that are claimed together end within it.
_PATIENCE_S = 0.003
#: Most polls in one script, which holds up everything else in the server.
_MOST = 64

_COMMIT = Script.load("commit_quiet")

#: The feed's key, the arguments of its poll, and who waits for the outcome.
_Commit = tuple[str, Sequence[Any], asyncio.Future[bool]]


class QuietCommits:
    """What waits to be committed, by shard."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[int, list[_Commit]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def commit(self, shard: int, key: str, arguments: Sequence[Any]) -> bool:
        """Commit a poll of the feed with this key; False where its lease was lost. Raises StoreError.

        `arguments` are those of one poll in `commit_quiet.lua`.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[bool] = loop.create_future()
        waiting = self._waiting.setdefault(shard, [])
        waiting.append((key, arguments, outcome))
        if len(waiting) >= _MOST:
            self._send(shard)
        elif self._timer is None:
            self._timer = loop.call_later(_PATIENCE_S, self._send_all)
        return await outcome

    def _send_all(self) -> None:
        self._timer = None
        for shard in list(self._waiting):
            self._send(shard)

    def _send(self, shard: int) -> None:
        sending = asyncio.create_task(self._commit(shard, self._waiting.pop(shard)))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def _commit(self, shard: int, commits: Sequence[_Commit]) -> None:
        store_keys = self._store.keys
        keys = [store_keys.due(shard), store_keys.leases(shard), *(key for key, _, _ in commits)]
        arguments = [argument for _, arguments, _ in commits for argument in arguments]
        try:
            lost = set(await self._store.script(_COMMIT, keys, arguments))
        except Exception as error:
            _settle(commits, [error] * len(commits))
        else:
            _settle(commits, [place not in lost for place in range(1, len(commits) + 1)])


def _settle(commits: Sequence[_Commit], outcomes: Sequence[bool | Exception]) -> None:
    """Tell those who still wait."""
    for (_, _, future), outcome in zip(commits, outcomes, strict=True):
        if future.done():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
