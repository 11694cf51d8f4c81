"""Puts overrides in force and undoes them, and sets going again what they no longer hold back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from monitor.model import FEED_FLOODED, FEED_MOVED, FEED_RETIRED
from monitor.queue.anew import Anew
from monitor.queue.keys import shard_of
from monitor.queue.registry import Override, Registry
from monitor.queue.silences import MUTED
from monitor.queue.store import Script, Store

_WAKE = Script.load("wake_feed")
_LET_THROUGH = Script.load("let_through")
#: End of what is kept of a quarantined entry (written by `monitor.feeds.known`).
_QUARANTINED = ":q"


async def put_in_force(store: Store, override: Override) -> None:
    """Let a decision stand; what was held under a mute that it ends sooner is decided anew."""
    registry = Registry(store)
    before = await registry.override(override.id)
    if before and override.kind == MUTED and override.ends_at < before.ends_at:
        async with _decided_anew(store, override.subject):
            await registry.decide(override)
    else:
        await registry.decide(override)


async def undo(store: Store, override_id: str) -> bool:
    """Undo an override; False where there is none of that id.

    A feed that it concerned is polled at once; what the flood breaker held back of it is let through. What was held
    under a mute is decided anew.
    """
    kind, _, subject = override_id.partition(":")
    if kind == MUTED:
        async with _decided_anew(store, subject.partition(":")[0]):
            return await Registry(store).undo(override_id)
    if not await Registry(store).undo(override_id):
        return False
    if kind == FEED_FLOODED:
        await _let_through(store, subject)
    elif kind in (FEED_MOVED, FEED_RETIRED):
        await store.script(_WAKE, [store.keys.due(shard_of(subject))], [subject])
    return True


@asynccontextmanager
async def _decided_anew(store: Store, watchlist: str) -> AsyncIterator[None]:
    """Ask that what a watchlist holds be decided anew by what changes meanwhile.

    Before, since whoever dies between the two must leave nothing held for nothing; after, since what was asked for
    before may have been done by then, under the old mute.
    """
    anew = Anew(store)
    await anew.ask(watchlist, now=datetime.now(UTC))
    yield
    await anew.ask(watchlist, now=datetime.now(UTC))


async def _let_through(store: Store, feed_id: str) -> None:
    keys, shard = store.keys, shard_of(feed_id)
    names = [keys.due(shard), keys.leases(shard), keys.feed(feed_id), keys.known(feed_id)]
    await store.script(_LET_THROUGH, names, [feed_id, _QUARANTINED])
