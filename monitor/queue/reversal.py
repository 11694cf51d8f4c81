"""Puts overrides in force and undoes them, and sets going again what they no longer hold back."""

from __future__ import annotations

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
        await Anew(store).ask(override.subject, now=datetime.now(UTC))
    await registry.decide(override)


async def undo(store: Store, override_id: str) -> bool:
    """Undo an override; False where there is none of that id.

    A feed that it concerned is polled at once; what the flood breaker held back of it is let through. What was held
    under a mute is decided anew.
    """
    kind, _, subject = override_id.partition(":")
    if kind == MUTED:  # first: whoever dies between the two leaves nothing held for nothing
        await Anew(store).ask(subject.partition(":")[0], now=datetime.now(UTC))
    if not await Registry(store).undo(override_id):
        return False
    if kind == FEED_FLOODED:
        await _let_through(store, subject)
    elif kind in (FEED_MOVED, FEED_RETIRED):
        await store.script(_WAKE, [store.keys.due(shard_of(subject))], [subject])
    return True


async def _let_through(store: Store, feed_id: str) -> None:
    keys, shard = store.keys, shard_of(feed_id)
    names = [keys.due(shard), keys.leases(shard), keys.feed(feed_id), keys.known(feed_id)]
    await store.script(_LET_THROUGH, names, [feed_id, _QUARANTINED])
