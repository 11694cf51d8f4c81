"""Hosts that have asked one poller to wait, to all pollers: one small reading every other second, and no more.

A poller that starts asks first, so that a restart asks nobody too early.
"""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from monitor.net.holds import Holds
from monitor.queue.registry import HeldHost, Registry
from monitor.queue.store import Store

log = structlog.get_logger()


class SharedHolds:
    """The hosts that are held back, as all pollers know them."""

    def __init__(self, store: Store, holds: Holds) -> None:
        self._registry = Registry(store)
        self._holds = holds

    async def exchange(self) -> None:
        """Tell what was heard here, and hear what others were told. Raises StoreError."""
        heard = self._holds.heard()
        try:
            for host, until in heard.items():
                log.info("host asks to wait", host=host, until=until.isoformat(timespec="seconds"))
                await self._registry.hold(HeldHost(host, until.isoformat()))
        finally:
            await self._hear()

    async def _hear(self) -> None:
        now = datetime.now(UTC)
        held = {each: datetime.fromisoformat(each.until) for each in await self._registry.held_hosts()}
        await self._registry.release(each for each, until in held.items() if until <= now)
        self._holds.learn({each.host: until for each, until in held.items()})
