"""What polls find out about their feeds, to overrides and to the operator's channel. Never sends: that is a notifier's.

Both are written before the poll's own commit, under ids derived of the episode: a poll that is made again writes the
same ones.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import structlog

from monitor.model import FEED_FLOODED, FEED_MOVED, FEED_RETIRED, Feed, Notice
from monitor.queue.outbox import Outbox
from monitor.queue.registry import Override, Registry, feed_decided
from monitor.queue.store import Store
from monitor.settings import schema

_DECISIONS = frozenset((FEED_FLOODED, FEED_MOVED, FEED_RETIRED))

log = structlog.get_logger()


class Decided:
    """The overrides of feeds, as one poller knows them."""

    def __init__(self, store: Store, *, folder: Path) -> None:
        """`folder` is that of the settings file, from which templates are read."""
        self._folder = folder
        self._registry = Registry(store)
        self._outbox = Outbox(store)
        self._by_id: dict[str, Override] = {}

    async def refresh(self) -> None:
        """Read what is in force now."""
        self._by_id = {each.id: each for each in await self._registry.overrides() if each.kind in _DECISIONS}

    async def stands(self, kind: str, feed: Feed) -> bool:
        """Tell whether a decision about a feed is in force; one about a former address is taken back.

        Asks the store only where it was in force a moment ago.
        """
        override = self._by_id.get(f"{kind}:{feed.id}") if self._by_id else None
        if override is None:
            return False
        if override.address in ("", digest(feed.url)) and await self._registry.stands(override):
            return True
        del self._by_id[override.id]
        await self._registry.undo(override.id)
        return False

    async def tell(self, notice: Notice, feed: Feed, settings: schema.Settings) -> None:
        """Put in force what a notice decides, and commit it to the operator's channel. Raises StoreError."""
        log.warning("noticed", kind=notice.kind, feed=notice.subject, notice=notice.title)
        if notice.kind in _DECISIONS:
            address = "" if notice.kind == FEED_FLOODED else digest(feed.url)
            reason, now = notice.title, notice.noticed_at
            override = feed_decided(notice.kind, notice.subject, reason=reason, address=address, now=now)
            await self._registry.decide(override)
            self._by_id[override.id] = override
        channels = [each for each in settings.channels if each.id == settings.alerts.operator_channel]
        if channels:
            # Imported here: hardly a poller ever needs what renders mails.
            from monitor.alerts.deliveries import notice_deliveries
            from workers.templates import read_templates

            templates = await asyncio.to_thread(read_templates, settings, self._folder)
            deliveries = notice_deliveries(notice, channels[0], mail=settings.mail, templates=templates)
            await self._outbox.commit_notice(notice, deliveries, remember_s=settings.alerts.remember)


def digest(url: str) -> str:
    """Give the digest by which an override names an address, which may be a secret."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
