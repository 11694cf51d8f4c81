"""What one version of the settings polls and takes pushes with, and the change from one version to the next.

A change takes over the client and the parsing processes where it can; what only work under way still uses is closed
once that has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Self

from monitor.feeds.limits import PollingLimits
from monitor.feeds.reading.parser_pool import ParserPool
from monitor.model import Feed
from monitor.net.client import Client
from monitor.net.holds import Holds
from monitor.net.urls import host_of
from monitor.settings import schema
from workers.crowds import share
from workers.wiring import Place, feed_of, has_secrets, net_limits, parser_pool, polling_limits


@dataclass(frozen=True, slots=True)
class Kit:
    """What one version of the settings polls with."""

    settings: schema.Settings
    place: Place
    limits: PollingLimits
    client: Client
    parsers: ParserPool
    feeds: Mapping[str, schema.FeedSettings]
    #: Polls that one host may have under way at once.
    share: int
    _resolved: dict[str, Feed] = field(default_factory=dict)
    _hosts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: schema.Settings, place: Place, *, old: Self | None, holds: Holds | None = None) -> Self:
        """Make the kit of these settings, with what the old one has and these do not change."""
        return cls(
            settings,
            place,
            polling_limits(settings.polling),
            old.client
            if old and old.settings.net == settings.net
            else Client(net_limits(settings.net, place), holds=holds),
            old.parsers if old and old.settings.polling == settings.polling else parser_pool(settings.polling),
            {each.id: each for each in settings.feeds if each.enabled},
            share(settings.polling.concurrency, settings.net.per_host),
        )

    def feed(self, settings: schema.FeedSettings) -> Feed:
        """Resolve a feed; secrets are read each time, since their files may change. Raises SettingsError."""
        if (feed := self._resolved.get(settings.id)) is None:
            feed = feed_of(settings, self.place)
            if not has_secrets(settings):
                self._resolved[settings.id] = feed
        return feed

    def host(self, feed_id: str) -> str:
        """Name the host that a feed is asked at, by its settings; where its address is a secret, the feed itself."""
        if (host := self._hosts.get(feed_id)) is None:
            settings = self.feeds.get(feed_id)
            named = host_of(settings.url) if settings and settings.url else f"feed {feed_id}"
            host = self._hosts[feed_id] = intern(named)  # 100,000 feeds share some hosts
        return host


class Kits:
    """The kit in force in one process, and those before it that are still in use."""

    def __init__(self, place: Place, *, holds: Holds | None = None) -> None:
        self._place = place
        #: Hosts that are not to be asked for now, whatever the settings.
        self._holds = holds
        self._kit: Kit | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    @property
    def in_use(self) -> Kit:
        """What the settings in force come to."""
        assert self._kit is not None  # noqa: S101 -- settings are applied before any work begins
        return self._kit

    def apply(self, settings: schema.Settings, *, under_way: Collection[asyncio.Future[Any]]) -> None:
        """Take over changed settings; work that is under way ends with what it began with."""
        old, self._kit = self._kit, Kit.of(settings, self._place, old=self._kit, holds=self._holds)
        if self._holds is not None:
            self._holds.most_s = settings.polling.max_interval
        if old is None:
            return
        used = [each for each in (old.client, old.parsers) if each not in (self._kit.client, self._kit.parsers)]
        # Beside the rest: a slow feed must not hold up the next settings.
        retiring = asyncio.create_task(_retire(set(under_way), used))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)

    async def close(self) -> None:
        """Close everything; call it when no work is under way any more."""
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self.in_use.client.close()
        await self.in_use.parsers.close()


async def _retire(under_way: set[asyncio.Future[Any]], used: Collection[Client | ParserPool]) -> None:
    if used and under_way:
        await asyncio.wait(under_way)
    for each in used:
        await each.close()
