"""What `status` tells of hosts that have asked to be left alone, and of the feeds that wait for them. Reads only."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from monitor.net.hops import origin_of
from monitor.queue.census import feed_addresses
from monitor.queue.registry import Registry
from monitor.queue.store import Store
from monitor.settings.schema import Settings


async def held_hosts(store: Store, settings: Settings, *, now: datetime) -> list[dict[str, Any]]:
    """List the hosts that are not asked now, each with the ids of its feeds, those first that wait longest."""
    held = [each for each in await Registry(store).held_hosts() if datetime.fromisoformat(each.until) > now]
    feeds = await _by_host(store, settings) if held else {}
    told = [{"host": each.host, "until": each.until, "feeds": sorted(feeds.get(each.host, ()))} for each in held]
    return sorted(told, key=lambda each: str(each["until"]), reverse=True)


async def _by_host(store: Store, settings: Settings) -> dict[str, set[str]]:
    """Group the feeds by whom they ask: at the settings' address, and where they were asked and answered last.

    Of an address that is a secret, this process knows only the latter.
    """
    enabled = {feed.id: feed.url for feed in settings.feeds if feed.enabled}
    grouped: defaultdict[str, set[str]] = defaultdict(set)
    for feed, addresses in (await feed_addresses(store, enabled)).items():
        for address in (enabled[feed], *addresses):
            grouped[origin_of(address or "")].add(feed)
    return grouped
