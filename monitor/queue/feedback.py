"""Alerts as they were told, found again by their ids, and what readers said of them: the last word on each alert.

What was said keeps the item's text, its evidence and the watchlist's version, since alerts are kept for a month only.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from monitor.model import Alert, AlertItem, Feedback
from monitor.queue.codec import SCHEMA, decode, decode_told
from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.store import Script, Store, mapping

_NOTE = Script.load("note_feedback")

#: Of a digest's stories, those whose items are kept; and the characters of an item's content.
_MOST_ITEMS = 20
_MOST_CONTENT = 20_000
#: What ids are made of: nothing that a pattern could mean otherwise.
_ID = re.compile(r"[A-Za-z0-9_-]+")

_FEEDBACK = msgspec.json.Decoder(Feedback)


class ToldAlerts:
    """The alerts of the last weeks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, watchlist_id: str, alert_id: str) -> Alert | None:
        """Read an alert of a watchlist; None where it is not kept any more. Raises StoreError."""
        return await self._read(shard_of(watchlist_id), alert_id)

    async def find(self, beginning: str, *, most: int = 10) -> list[str]:
        """List up to `most` ids that are, or begin with, what somebody has written.

        The whole id of a delivery, which is a mail's Message-ID and a webhook's `webhook-id`, names its alert.
        """
        beginning = await self._alert_of(beginning) or beginning
        if not _ID.fullmatch(beginning):
            return []
        if any(await self._in_shards(beginning)):
            return [beginning]
        start = self._store.keys.told(0, "")
        found = await self._store.keys_like(self._store.keys.told_pattern(beginning))
        return sorted({key[len(start) :] for key in found})[:most]

    async def one(self, alert_id: str) -> Alert | None:
        """Read an alert by its id alone."""
        for shard, there in enumerate(await self._in_shards(alert_id)):
            if there:
                return await self._read(shard, alert_id)
        return None

    async def _alert_of(self, written: str) -> str:
        """Return the alert of a delivery as its id, or a mail's whole Message-ID, says; "" where it is none."""
        delivery = written.strip("<>").partition("@")[0]
        if not delivery.startswith("dlv_"):
            return ""
        keys = self._store.keys
        commands = [("HGET", keys.delivery(shard, delivery), "alert") for shard in range(SHARDS)]
        return next(filter(None, await self._store.run_all(commands)), "")

    async def _in_shards(self, alert_id: str) -> list[bool]:
        keys = self._store.keys
        replies = await self._store.run_all([("EXISTS", keys.told(shard, alert_id)) for shard in range(SHARDS)])
        return [bool(int(reply)) for reply in replies]

    async def _read(self, shard: int, alert_id: str) -> Alert | None:
        text = await self._store.run("GET", self._store.keys.told(shard, alert_id))
        return decode_told(text) if text else None


class FeedbackBook:
    """What readers said."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, said: Feedback, *, most: int) -> bool:
        """Keep what was said of an alert, in place of what was said before; of a watchlist's alerts, the last `most`.

        Returns False where the same was said before: nothing changes.
        """
        keys, watchlist = self._store.keys, said.watchlist_id
        names = [
            keys.feedback(watchlist),
            keys.feedback_times(watchlist),
            keys.feedback_watchlists(shard_of(watchlist)),
        ]
        record = msgspec.json.encode({"v": SCHEMA, **msgspec.to_builtins(said)})
        milliseconds = int(said.said_at.timestamp() * 1000)
        args = [said.alert_id, said.verdict, record, milliseconds, most, watchlist]
        return bool(int(await self._store.script(_NOTE, names, args)))

    async def verdict(self, watchlist_id: str, alert_id: str) -> str:
        """Read what was last said of an alert: "yes", "no", or "" where nothing was."""
        text = await self._store.run("HGET", self._store.keys.feedback(watchlist_id), alert_id)
        return str(decode(text).get("verdict", "")) if text else ""

    async def of(self, watchlist_id: str) -> list[Feedback]:
        """Read all that was said of a watchlist's alerts, oldest first; what cannot be read is passed over."""
        found = mapping(await self._store.run("HGETALL", self._store.keys.feedback(watchlist_id)))
        read = [said for text in found.values() if (said := _read(text))]
        return sorted(read, key=lambda said: (said.said_at, said.alert_id))

    async def counts(self) -> dict[str, int]:
        """Count the alerts of which something was said, by watchlist."""
        keys = self._store.keys
        names = await asyncio.gather(*(self._store.run("SMEMBERS", keys.feedback_watchlists(s)) for s in range(SHARDS)))
        watchlists = sorted(name for some in names for name in some)
        counted = await self._store.run_all([("HLEN", keys.feedback(each)) for each in watchlists])
        return {name: int(count) for name, count in zip(watchlists, counted, strict=True)}


def feedback_on(alert: Alert, verdict: str, *, by: str, now: datetime) -> Feedback:
    """Make the record of what was said of an alert."""
    items = [_bounded(story.items[0]) for story in alert.stories[:_MOST_ITEMS]]
    return Feedback(alert.id, alert.watchlist_id, alert.watchlist_version, verdict, now, by, tuple(items))


def _bounded(entry: AlertItem) -> AlertItem:
    """Leave out the end of a long text, never a place of the evidence."""
    ends: Sequence[int] = [each.end for each in entry.evidence if each.field == "content"]
    kept = max([_MOST_CONTENT, *ends])
    return replace(entry, item=replace(entry.item, content=entry.item.content[:kept]))


def _read(text: str) -> Feedback | None:
    try:
        return _FEEDBACK.decode(text) if int(decode(text).get("v", SCHEMA + 1)) <= SCHEMA else None
    except (msgspec.MsgspecError, ValueError):
        return None
