"""Undoes an override, and sets what it held back going again."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model import FEED_FLOODED, FEED_MOVED, FEED_RETIRED
from monitor.queue.anew import Anew
from monitor.queue.keys import shard_of
from monitor.queue.registry import Registry
from monitor.queue.silences import MUTED
from monitor.queue.store import Script, Store

_WAKE = Script.load("wake_feed")
_LET_THROUGH = Script.load("let_through")
#: End of what is kept of a quarantined entry (written by `monitor.feeds.known`).
_QUARANTINED = ":q"


async def undo(store: Store, override_id: str) -> bool:
    """Undo an override; False where there is none of that id.

    A feed that it concerned is polled at once; what the flood breaker held back of it is let through. What was held
    under a mute is decided anew.
    """
    if not await Registry(store).undo(override_id):
        return False
    kind, _, feed_id = override_id.partition(":")
    if kind == FEED_FLOODED:
        await _let_through(store, feed_id)
    elif kind in (FEED_MOVED, FEED_RETIRED):
        await store.script(_WAKE, [store.keys.due(shard_of(feed_id))], [feed_id])
    elif kind == MUTED:
        await Anew(store).ask(override_id.split(":")[1], now=datetime.now(UTC))
    return True


async def _let_through(store: Store, feed_id: str) -> None:
    keys, shard = store.keys, shard_of(feed_id)
    names = [keys.due(shard), keys.leases(shard), keys.feed(feed_id), keys.known(feed_id)]
    await store.script(_LET_THROUGH, names, [feed_id, _QUARANTINED])
