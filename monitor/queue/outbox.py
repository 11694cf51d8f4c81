"""What is to be sent, and the record of every attempt; and the commit of an operator's notice. Promise 2.

A delivery is open from its alert's commit until it is delivered or dead, and stands in its channel's outbox with the
time of its next attempt all the while: the outbox is what must be sent, the alert stream says that there is something
new in it. A channel at fault changes nothing here; its deliveries simply stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import StoreError
from monitor.model import Delivery, Notice
from monitor.queue.codec import SCHEMA, decode_delivery, delivery_fields, encode_notice
from monitor.queue.keys import shard_of
from monitor.queue.store import Script, Store, mapping

_COMMIT = Script.load("commit_notice")
_DUE = Script.load("due_deliveries")
_BEGIN = Script.load("begin_delivery")
_BURY = Script.load("bury_delivery")
_ABANDON = Script.load("abandon_delivery")
_SETTLE = Script.load("settle_delivery")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery about to be tried."""

    delivery: Delivery
    #: Attempts begun and never ended, this one included: more than one means that a notifier died in the middle.
    started: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """A delivery that is due, and whose record cannot be read: it can only be given up."""

    id: str
    reason: str


class Outbox:
    """What is to be sent."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def commit_notice(self, notice: Notice, deliveries: Sequence[Delivery], *, remember_s: float) -> bool:
        """Commit an operator's notice with its deliveries, of which there is one at least.

        Returns False, with nothing written, where it was given before. It stands in shard 00, being of no watchlist.
        """
        notice_id = deliveries[0].alert_id
        keys, shard = self._store.keys, shard_of("")
        names = [keys.alerted(""), keys.alerts(shard), keys.channels(shard)]
        fields = [delivery_fields(delivery) for delivery in deliveries]
        args: list[str | bytes | int] = [notice_id, int(remember_s * 1000), SCHEMA]
        args += [encode_notice(notice, notice_id, tuple(deliveries)), len(fields[0])]
        for delivery, values in zip(deliveries, fields, strict=True):
            names += [keys.outbox(shard, delivery.channel_id), keys.delivery(shard, delivery.id)]
            args += [delivery.channel_id, delivery.id, *values]
        return bool(int(await self._store.script(_COMMIT, names, args)))

    async def due(self, shard: int, channel_id: str, *, most: int) -> tuple[list[str], float | None]:
        """List up to `most` deliveries that are due, in order.

        Returns their ids, and the seconds until the next after them is due (0: now, None: there is none).
        """
        ids, wait = await self._store.script(_DUE, [self._store.keys.outbox(shard, channel_id)], [most])
        return list(ids), int(wait) / 1000 if int(wait) >= 0 else None

    async def begin(self, shard: int, channel_id: str, delivery_id: str) -> Attempt | Damaged | None:
        """Read a delivery and count that an attempt begins.

        Returns None where there is nothing to send any more, or for us: a record of a newer schema version stays where
        it is, for a newer notifier.
        """
        keys = self._store.keys
        names = [keys.delivery(shard, delivery_id), keys.outbox(shard, channel_id)]
        what, reply = await self._store.script(_BEGIN, names, [delivery_id, SCHEMA])
        if what in ("settled", "newer"):
            return None
        try:
            return _attempt(what, delivery_id, mapping(reply), place=(shard, channel_id))
        except StoreError as error:
            return Damaged(delivery_id, str(error))

    async def bury(
        self, shard: int, channel_id: str, damaged: Damaged, *, now: datetime, keep_s: float, most: int
    ) -> None:
        """Move a delivery whose record cannot be read to the dead letters, with all that is left of it."""
        args = [damaged.id, channel_id, damaged.reason[:2000], now.isoformat(), int(keep_s * 1000), SCHEMA, most]
        await self._store.script(_BURY, self._places(shard, channel_id, damaged.id), args)

    async def abandon(self, delivery: Delivery) -> None:
        """Take back that an attempt began: its notifier stops in good order."""
        key = self._store.keys.delivery(shard_of(delivery.watchlist_id), delivery.id)
        await self._store.script(_ABANDON, [key])

    async def channels(self, shard: int) -> list[str]:
        """List the channels that ever had something to send from a shard."""
        return sorted(await self._store.run("SMEMBERS", self._store.keys.channels(shard)))

    async def delivered(self, delivery: Delivery, *, answer: str, now: datetime, keep_s: float) -> None:
        """Record that a delivery arrived; its record stays for `keep_s`, without the body."""
        await self._settle(delivery, "delivered", answer, now, int(keep_s * 1000))

    async def retry(self, delivery: Delivery, *, answer: str, now: datetime, delay_s: float) -> None:
        """Record a failed attempt, with the next one after `delay_s`."""
        await self._settle(delivery, "retry", answer, now, int(delay_s * 1000))

    async def kept(self, delivery: Delivery, *, answer: str, now: datetime) -> None:
        """Record an attempt that failed by its channel's fault: nothing changes but the answer."""
        await self._settle(delivery, "kept", answer, now)

    async def dead(self, delivery: Delivery, *, reason: str, now: datetime, keep_s: float, most: int) -> None:
        """Give a delivery up: it goes to the dead letters with its last answer, and can be replayed."""
        await self._settle(delivery, "dead", reason, now, int(keep_s * 1000), SCHEMA, most)

    async def _settle(self, delivery: Delivery, what: str, answer: str, now: datetime, *more: int) -> None:
        await self._store.script(
            _SETTLE,
            self._places(shard_of(delivery.watchlist_id), delivery.channel_id, delivery.id),
            [delivery.id, delivery.channel_id, what, answer[:2000], now.isoformat(), *more],
        )

    def _places(self, shard: int, channel_id: str, delivery_id: str) -> list[str]:
        keys = self._store.keys
        return [
            keys.delivery(shard, delivery_id),
            keys.outbox(shard, channel_id),
            keys.outcomes(shard),
            keys.dead_deliveries(shard),
        ]


def _attempt(what: str, delivery_id: str, fields: Mapping[str, str], *, place: tuple[int, str]) -> Attempt:
    """Read an attempt that began. Raises StoreError where its record is damaged, or says that it belongs elsewhere."""
    if not fields:
        raise StoreError(f"delivery {delivery_id}", "its record is gone", temporary=False)
    delivery = decode_delivery(delivery_id, fields)
    if (shard_of(delivery.watchlist_id), delivery.channel_id) != place:
        raise StoreError(f"delivery {delivery_id}", "its record names another watchlist or channel", temporary=False)
    if what == "damaged":
        raise StoreError(f"delivery {delivery_id}", "its version, state or count cannot be read", temporary=False)
    return Attempt(delivery, int(fields["started"]))
