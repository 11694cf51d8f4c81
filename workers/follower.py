"""Brings the settings in force into a worker: at its start and whenever they change, without a restart. Promise 6.

A worker that cannot use a new version says why, in its log and in `status`, and goes on with the one it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container
from dataclasses import replace

import structlog

from monitor.errors import MonitorError, StoreError
from monitor.queue.publication import Edition, Publication
from monitor.queue.store import Store
from monitor.settings.bulk import let_go
from monitor.settings.schema import Settings
from monitor.settings.snapshot import Snapshot, from_parts, is_wanted
from workers.life import Life

#: Between two looks at the version in force, seconds.
_LOOK_S = 0.3

Apply = Callable[[Settings], Awaitable[None]]

log = structlog.get_logger()


class Follower:
    """The settings that one worker runs: of feeds and watchlists, which can be very many, what `lists` names."""

    def __init__(self, store: Store, *, life: Life, apply: Apply, lists: Container[str]) -> None:
        self._publication = Publication(store)
        self._life = life
        self._apply = apply
        self._lists = lists
        self._snapshot: Snapshot | None = None
        self._manifest: dict[str, str] = {}
        self._tried = 0

    async def first(self) -> bool:
        """Wait for settings that this worker can use, and apply them; False where it is to stop instead."""
        while not self._life.stopping.is_set():
            await self.look()
            if self._life.settings_version:
                return True
            self._life.doing = self._life.settings_error or "waiting for settings"
            await self._life.pause(_LOOK_S)
        return False

    async def run(self) -> None:
        """Apply each new version until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Apply the version in force, if it is another than the one tried last."""
        try:
            if await self._publication.version() == self._tried:
                return
        except StoreError:
            return  # the store is away: whoever works with it says so
        try:
            if (edition := await self._publication.edition()) is not None:
                wanted = {name: each for name, each in edition.manifest.items() if is_wanted(name, self._lists)}
                await self._take(replace(edition, manifest=wanted))
        except StoreError as error:
            self._life.settings_error = str(error)

    async def _take(self, edition: Edition) -> None:
        kept = self._snapshot.parts if self._snapshot else {}
        fetched = await self._publication.fetch(edition, have=self._manifest)
        parts = {name: part for name, part in {**kept, **fetched}.items() if name in edition.manifest}
        self._tried = edition.version
        try:
            settings = await asyncio.to_thread(from_parts, parts, previous=self._snapshot)
            former = [*self._snapshot.settings.feeds, *self._snapshot.settings.watchlists] if self._snapshot else []
            self._snapshot, self._manifest = Snapshot(settings, parts), dict(edition.manifest)
            await self._apply(settings)
        except MonitorError as error:
            self._life.settings_error = f"version {edition.version}: {error}"
            log.error("settings not applied", version=edition.version, error=str(error))
            return
        self._life.settings_version, self._life.settings_error = edition.version, ""
        log.info("settings applied", version=edition.version)
        await asyncio.to_thread(let_go, former)
