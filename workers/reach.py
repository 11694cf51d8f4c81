"""Whether hubs reach us: a `web` process that works, or none for so long that no hub is to be relied on."""

from __future__ import annotations

from datetime import datetime

from monitor.queue.registry import SILENT_S, Registry
from monitor.queue.store import Store

#: A pause that hubs bridge by trying again; restarts and upgrades are shorter.
_BRIDGED_S = 60.0


class Reach:
    """What the beats of all `web` processes, on whatever host, come to."""

    def __init__(self, store: Store) -> None:
        self._registry = Registry(store)
        self._gone_since: datetime | None = None
        #: Whether a process works now.
        self.works = False
        #: Whether none has worked for too long.
        self.lost = False

    async def look(self, now: datetime) -> bool:
        """Look again; tells whether it was lost or found since the last look. Raises StoreError."""
        before = self.lost
        self.works = any(
            beat.role == "web" and beat.doing == "working" and beat.silence_s(now) < SILENT_S
            for beat in await self._registry.workers()
        )
        self._gone_since = None if self.works else self._gone_since or now
        self.lost = self._gone_since is not None and (now - self._gone_since).total_seconds() >= _BRIDGED_S
        return self.lost != before
