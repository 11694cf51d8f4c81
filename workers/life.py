"""A worker's life: its name, its signals, its beats, and its word to whoever supervises it (sd_notify).

The same protocol serves systemd and our own supervisor: datagrams `READY=1`, `WATCHDOG=1`, `STOPPING=1`, `STATUS=…` to
the socket in NOTIFY_SOCKET (sd_notify(3)); `X_WORKED=1` says that work was done, which resets the restart back-off.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import structlog

from monitor.errors import StoreError
from monitor.queue.registry import Beat, Registry

#: Between two beats, seconds.
BEAT_S = 1.0

log = structlog.get_logger()


class Life:
    """One worker process, from start to stop."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.host = socket.gethostname()
        #: Unique for every run, so that a predecessor's claims are never taken for ours.
        self.name = f"{role}-{self.host}-{os.getpid()}-{secrets.token_hex(3)}"
        self.stopping = asyncio.Event()
        self.settings_version = 0
        self.settings_error = ""
        self.doing = "starting"
        self._started_at = _now()
        self._ready = False
        self._worked = False

    def catch_signals(self) -> None:
        """Stop gracefully on SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)

    def stop(self) -> None:
        """Ask the worker to finish what it has in hand and end."""
        if not self.stopping.is_set():
            notify("STOPPING=1")
            self.stopping.set()

    def ready(self) -> None:
        """Say, once, that the worker does its work now."""
        if not self._ready:
            self._ready = True
            self.doing = "working"
            _spare_collections()
            notify(f"READY=1\nX_NAME={self.name}")
            log.info("ready", worker=self.name)

    def worked(self) -> None:
        """Say that a piece of work was finished: the worker is worth restarting at once should it die."""
        if not self._worked:
            self._worked = True
            notify("X_WORKED=1")

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()

    async def beat_without_store(self) -> None:
        """Beat to the watchdog alone until cancelled: a worker that waits for the store does not hang."""
        while True:
            notify("WATCHDOG=1")
            await asyncio.sleep(BEAT_S)

    async def beat(self, registry: Registry) -> None:
        """Beat until cancelled: to the watchdog, and to the registry where it can be reached."""
        while True:
            notify("WATCHDOG=1")
            with contextlib.suppress(StoreError):
                await registry.beat(self._beat())
            await asyncio.sleep(BEAT_S)

    def _beat(self) -> Beat:
        return Beat(
            worker=self.name,
            role=self.role,
            host=self.host,
            pid=os.getpid(),
            started_at=self._started_at,
            beat_at=_now(),
            settings_version=self.settings_version,
            settings_error=self.settings_error,
            doing=self.doing,
        )


def notify(message: str) -> None:
    """Send one sd_notify message; nothing happens where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):
        sender.setblocking(False)
        sender.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)


def _spare_collections() -> None:
    """Look for reference cycles less often, and never among what is loaded by now: that took a tenth of a poll."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@contextlib.asynccontextmanager
async def background(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    """Run tasks beside a block; end them with it, and end the block with the first of them that fails."""
    block = asyncio.current_task()
    failures: list[BaseException] = []

    def watch(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            failures.append(error)
            if block is not None:
                block.cancel()

    for task in tasks:
        task.add_done_callback(watch)
    try:
        yield
    except asyncio.CancelledError:
        if failures and block is not None:
            block.uncancel()
            raise failures[0] from None
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
