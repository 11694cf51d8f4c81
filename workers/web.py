"""Serves hubs' callbacks, the links of alerts, and the pages by which others see that the service lives.

The address is that of the settings in force; where it cannot be had, the worker says so and tries again.
"""

from __future__ import annotations

import asyncio
import socket

import structlog

from monitor.alerts.links import PATH
from monitor.queue.store import Store
from monitor.settings import schema
from monitor.web.access import Access
from monitor.web.application import application
from monitor.web.server import WebServer, listen
from workers.callbacks import Callbacks
from workers.life import Life, background
from workers.pushes import Pushes
from workers.readers import Readers
from workers.wiring import Place

#: Between two attempts to have an address that is taken.
_RETRY_S = 1.0

log = structlog.get_logger()


class Web:
    """One `web` process."""

    def __init__(self, store: Store, *, life: Life, place: Place) -> None:
        self._life = life
        self._pushes = Pushes(store, worker=life.name, place=place)
        self._callbacks = Callbacks(store, self._pushes, life=life)
        self._readers = Readers(store, place=place)
        self._address = ("", 0)
        self._moved = asyncio.Event()

    async def apply(self, settings: schema.Settings) -> None:
        """Take over changed settings; a changed address is served as soon as requests under way are answered."""
        self._pushes.apply(settings)
        self._readers.apply(settings)
        address = settings.web.host, settings.web.port
        if address != self._address:
            self._address = address
            self._moved.set()

    async def run(self, *, predecessor: str = "") -> None:
        """Serve until the stop."""
        if predecessor:
            await self._pushes.release(predecessor)
        while not self._life.stopping.is_set():
            self._moved.clear()
            if at := await self._listen():
                await self._serve(at)
        await self._pushes.close()

    async def _listen(self) -> socket.socket | None:
        """Have the address, however long another has it; None where it is another by now, or the stop comes."""
        host, port = self._address
        while not self._over():
            try:
                return listen(host, port)
            except OSError as error:
                reason = f"web.host {host}, web.port {port}: {error.strerror or error}"
                if self._life.doing != reason:
                    log.error("not listening", reason=reason)
                self._life.doing = reason
                await self._life.pause(_RETRY_S)
        return None

    def _over(self) -> bool:
        return self._moved.is_set() or self._life.stopping.is_set()

    async def _serve(self, at: socket.socket) -> None:
        """Serve at one address until it is another, or the stop comes."""
        server = WebServer(application(self._callbacks, self._readers, said=self._said))
        async with background(asyncio.create_task(self._stop_when_over(server))):
            self._life.ready()
            self._life.doing = "working"
            log.info("listening", host=at.getsockname()[0], port=at.getsockname()[1])
            await server.serve(at)

    async def _stop_when_over(self, server: WebServer) -> None:
        waits = [asyncio.ensure_future(each.wait()) for each in (self._moved, self._life.stopping)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        server.stop()

    def _said(self, access: Access) -> None:
        log.info(
            "answered",
            client=access.client,
            method=access.method,
            path=access.path,
            status=access.status,
            ms=access.ms,
        )
        if access.path.startswith(("/websub/", PATH)):
            self._life.worked()
