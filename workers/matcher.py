"""Decides which watchlists each new item belongs to, and commits one alert for each that had not seen it. Promise 2.

Every batch is matched against one version of all watchlists; a new version takes its place between two batches.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from monitor.alerts.alert import alert_of
from monitor.alerts.deliveries import deliveries_of
from monitor.model import Item, Match, Watchlist
from monitor.queue.codec import decode_item
from monitor.queue.outbox import Outbox
from monitor.queue.store import Store
from monitor.queue.streams import Message, Reader
from monitor.settings import schema
from monitor.settings.bulk import let_go, without_collector
from monitor.settings.channels import Channel, MailSettings
from monitor.watchlists.compile import Compiled, compile_watchlists
from monitor.watchlists.match import find_matches
from monitor.watchlists.recompile import recompile, remains
from monitor.watchlists.why import why
from workers.life import Life
from workers.loop import Loop
from workers.wiring import Entities, watchlist_of

_BATCH = 64
#: Alerts committed side by side; between such parts the loop gets its turn.
_PART = 32

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that one version of the settings says of matching and of what an alert looks like."""

    #: By id.
    watchlists: Mapping[str, Watchlist]
    #: What they are made of.
    entries: Mapping[str, schema.WatchlistSettings]
    entities: Entities
    compiled: Compiled
    channels: Mapping[str, Channel]
    mail: MailSettings
    alerts: schema.AlertsSettings

    @classmethod
    def of(cls, settings: schema.Settings, previous: Rules | None = None) -> Rules:
        """Compile the settings' watchlists, those that `previous` has alike not again. Raises WatchlistError."""
        with without_collector():
            entries = {each.id: each for each in settings.watchlists if each.enabled}
            watchlists = dict(_watchlists(entries, settings.entities, previous))
            every = list(watchlists.values())
            compiled = recompile(previous.compiled, every) if previous else compile_watchlists(every)
            channels = {each.id: each for each in settings.channels}
            rules = cls(watchlists, entries, settings.entities, compiled, channels, settings.mail, settings.alerts)
            # They live until the next version: the collector would walk millions of objects, again and again.
            gc.freeze()
            return rules


def _watchlists(
    entries: Mapping[str, schema.WatchlistSettings], entities: Entities, previous: Rules | None
) -> Iterator[tuple[str, Watchlist]]:
    """Yield the watchlists by id; of an entry that is as it was, the same object, which knows its version."""
    if previous is None or previous.entities != entities:
        for name, entry in entries.items():
            yield name, watchlist_of(entry, entities)
        return
    for name, entry in entries.items():
        before = previous.entries.get(name)
        is_same = before is entry or before == entry
        yield name, previous.watchlists[name] if is_same else watchlist_of(entry, previous.entities)


class Matcher:
    """One matcher process."""

    def __init__(self, store: Store, *, life: Life) -> None:
        self._store = store
        self._life = life
        self._outbox = Outbox(store)
        self._rules: Rules | None = None
        #: Held while a batch is matched.
        self._batch = asyncio.Lock()
        self._redis = schema.RedisSettings()

    async def apply(self, settings: schema.Settings) -> None:
        """Compile a new version beside the old one, and put it in its place."""
        rules = await asyncio.to_thread(Rules.of, settings, self._rules)
        self._redis = settings.redis
        if self._rules is None:
            self._rules = rules
            return
        former = await asyncio.to_thread(remains, self._rules.compiled, rules.compiled)
        async with self._batch:
            self._rules = rules
        await asyncio.to_thread(let_go, former)

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
            await asyncio.gather(*(self._alert(item, match, rules) for match in part))

    async def _alert(self, item: Item, match: Match, rules: Rules) -> None:
        watchlist, now = rules.watchlists[match.watchlist], datetime.now(UTC)
        alert = alert_of(match, item, watchlist=watchlist, why=why(match, item, watchlist), now=now)
        channels = [rules.channels[each] for each in watchlist.channels if each in rules.channels]
        deliveries = deliveries_of(alert, channels, mail=rules.mail, time_zone=rules.alerts.time_zone)
        made = await self._outbox.commit(alert, deliveries, remember_s=rules.alerts.remember)
        log.info(
            "matched" if made else "alerted before",
            item=item.key,
            feed=item.feed,
            watchlist=watchlist.id,
            alert=alert.id,
            deliveries=len(deliveries),
        )
