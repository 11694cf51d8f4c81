"""Decides which watchlists each new item belongs to, and commits one alert for each that had not seen it. Promise 2.

Every batch is matched against one version of all watchlists; a new version takes its place between two batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from monitor.model import Item
from monitor.queue.codec import decode_item
from monitor.queue.store import Store
from monitor.queue.stories import Stories
from monitor.queue.streams import Message, Reader
from monitor.settings import schema
from monitor.settings.bulk import let_go
from monitor.watchlists.match import find_matches
from monitor.watchlists.recompile import remains
from workers.decisions import Decisions
from workers.life import Life, background
from workers.loop import Loop, lasting
from workers.releases import Releases
from workers.rules import Rules
from workers.stationery import stationery_of
from workers.telling import Teller
from workers.wiring import Place

_BATCH = 64
#: Matches committed side by side; between such parts the loop gets its turn.
_PART = 32

log = structlog.get_logger()


class Matcher:
    """One matcher process."""

    def __init__(self, store: Store, *, life: Life, place: Place) -> None:
        self._store = store
        self._place = place
        self._life = life
        self._decisions = Decisions(store)
        self._teller = Teller(Stories(store, worker=life.name), self._decisions)
        self._releases = Releases(store, self._teller, self._decisions, life=life)
        self._rules: Rules | None = None
        #: Held while a batch is matched.
        self._batch = asyncio.Lock()
        self._redis = schema.RedisSettings()

    async def apply(self, settings: schema.Settings) -> None:
        """Compile a new version beside the old one, and put it in its place."""
        rules = await asyncio.to_thread(self._compiled, settings)
        self._redis = settings.redis
        if self._rules is None:
            self._rules = rules
            return
        former = await asyncio.to_thread(remains, self._rules.compiled, rules.compiled)
        async with self._batch:
            self._rules = rules
        await asyncio.to_thread(let_go, former)

    def _compiled(self, settings: schema.Settings) -> Rules:
        return Rules.of(settings, self._rules, stationery=stationery_of(settings, self._place))

    async def run(self, *, predecessor: str = "") -> None:
        """Match until the stop."""
        reader = Reader(self._store, group="matchers", consumer=self._life.name, stream=self._store.keys.items)
        loop = Loop(
            reader,
            self.handle,
            life=self._life,
            visibility_s=self._redis.visibility,
            batch=_BATCH,
            max_dead=self._redis.max_dead,
        )
        # Before the first decision: what was muted before a restart is mute.
        await lasting(self._decisions.refresh, life=self._life)
        releases = self._releases.run(lambda: self._rules, predecessor=predecessor)
        beside = (self._decisions.run(life=self._life), releases)
        async with background(*map(asyncio.create_task, beside)):
            await loop.run(predecessor=predecessor)

    async def handle(self, messages: Sequence[Message]) -> None:
        """Match a batch of items and commit what follows."""
        async with self._batch:
            rules = self._rules
            assert rules is not None  # noqa: S101 -- applied before `run`
            for message in messages:
                await self._match(decode_item(message.fields), rules)

    async def _match(self, item: Item, rules: Rules) -> None:
        matches = find_matches(item, rules.compiled)
        most = rules.alerts.max_matches_per_item
        if len(matches) > most:
            log.warning("too many matches", item=item.key, matches=len(matches), alerted=most)
        for start in range(0, min(len(matches), most), _PART):
            part = matches[start : min(start + _PART, most)]
            await asyncio.gather(*(self._teller.match(item, match, rules) for match in part))
