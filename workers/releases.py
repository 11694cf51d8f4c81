"""Lets out what was held, when it is due: digests, what quiet hours or a mute kept, what waited for more sources.

One matcher at a time looks after each shard; should two of them for a moment, the second finds nothing left to do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from monitor.errors import StoreError
from monitor.model import Watchlist
from monitor.queue.anew import Anew
from monitor.queue.keys import SHARDS
from monitor.queue.ownership import Ownership
from monitor.queue.store import Store
from monitor.queue.stories import Stories
from workers.decisions import Decisions
from workers.life import Life
from workers.loop import lasting
from workers.rules import Rules
from workers.telling import Teller

_OWNER_S = 10.0
_LOOK_S = 1.0
#: All matchers have heard of an override within so long, seconds.
_KNOWN_S = 5.0
_BACK_OFF_S = 60.0
#: Watchlists that are looked after in one turn of a shard.
_MOST = 100
#: Watchlists with changed policies that are asked about in one turn of a shard.
_FEW = 5

log = structlog.get_logger()


class Releases:
    """Looks after what is held, for one matcher."""

    def __init__(self, store: Store, teller: Teller, decisions: Decisions, *, life: Life) -> None:
        self._store = store
        self._anew = Anew(store)
        self._decisions = decisions
        self._stories = Stories(store, worker=life.name)
        self._teller = teller
        self._life = life
        #: By shard, the settings by which what it holds was decided, and watchlists whose policies they have changed.
        self._by: dict[int, Rules] = {}
        self._changed: dict[int, list[str]] = {}
        #: Watchlists that went wrong, and when to try them again, by the monotonic clock.
        self._again_at: dict[str, float] = {}

    async def run(self, rules: Callable[[], Rules | None], *, predecessor: str = "") -> None:
        """Let out what is due, by the rules in force, until cancelled."""
        ownership = Ownership(self._store, worker=self._life.name, ttl_s=_OWNER_S, predecessor=predecessor)
        shards = {self._store.keys.releaser(shard): shard for shard in range(SHARDS)}
        while True:
            held = await lasting(lambda: ownership.hold(list(shards)), life=self._life) or []
            # The settings of a shard that is another's now would be kept in memory for nothing.
            self._by = {shards[key]: self._by[shards[key]] for key in held if shards[key] in self._by}
            for key in held:
                await lasting(lambda shard=shards[key]: self._release(shard, rules()), life=self._life)  # type: ignore[misc]  # a default binds the loop's value
            await asyncio.sleep(_LOOK_S)

    async def _release(self, shard: int, rules: Rules | None) -> None:
        if rules is None:
            return
        for name in await self._stories.due(shard, now=datetime.now(UTC), most=_MOST):
            await self._let_out(name, rules)
        await self._heed_change(shard, rules)
        if asked := await self._anew.asked(shard):
            await self._decisions.refresh()  # what was decided before it was asked for is known now
            for name, when in asked.items():
                asked_at = datetime.fromisoformat(when)
                is_out = await self._let_out(name, rules, anew=asked_at)
                # Until all matchers know of it, one of them may still hold what it finds.
                if is_out and (datetime.now(UTC) - asked_at).total_seconds() > _KNOWN_S:
                    await self._anew.done(name, when)

    async def _heed_change(self, shard: int, rules: Rules) -> None:
        """Ask, for a few at a time, that what is held by policies that the settings have changed be decided anew."""
        before = self._by.get(shard)
        if before is not None and before is not rules:
            holding = await self._stories.holding(shard)
            changed = (name for name in holding if before.of_stories(name).policies != rules.of_stories(name).policies)
            self._changed[shard] = list(dict.fromkeys((*self._changed.get(shard, ()), *changed)))
        self._by[shard] = rules
        for name in self._changed.get(shard, [])[:_FEW]:
            await self._anew.ask(name, now=datetime.now(UTC))
            self._changed[shard].remove(name)

    async def _let_out(self, name: str, rules: Rules, *, anew: datetime | None = None) -> bool:
        """Release one watchlist; False where more of it is left, or it went wrong.

        What went wrong stops no other watchlist, and is tried again after a while.
        Raises StoreError where the store is away.
        """
        if self._again_at.get(name, 0.0) > time.monotonic():
            return False
        try:
            is_whole = await self._teller.release(_watchlist(name, rules), rules, anew=anew)
        except Exception as error:
            if isinstance(error, StoreError) and error.temporary and error.subject != "story":
                raise
            log.exception("what is held was not let out", watchlist=name, again_s=_BACK_OFF_S)
            self._again_at[name] = time.monotonic() + _BACK_OFF_S
            return False
        self._again_at.pop(name, None)
        return is_whole


def _watchlist(name: str, rules: Rules) -> Watchlist:
    """Return a watchlist; one that is gone from the settings has no meaning left, but may hold something."""
    return rules.watchlists.get(name) or Watchlist(name, name)
