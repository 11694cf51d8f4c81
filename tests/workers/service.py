"""The real service as its users run it, `news-monitor run` on a settings file, for tests to feed, watch and kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from monitor.queue.server import socket_path
from monitor.queue.store import Store
from tests.servers.webhooks import SECRET
from workers.report import report

#: Settings of every test: quick, on loopback, with short waits.
COMMON = """
[redis]
visibility = "2s"

[net]
allow_hosts = ["127.0.0.1"]
per_host = 64

[polling]
min_interval = "500ms"
max_interval = "2s"
"""


class Service:
    """One service on one settings file."""

    def __init__(self, folder: Path, settings: str, *, url: str = "", prefix: str = "news:") -> None:
        self.folder = folder
        self.path = folder / "settings.toml"
        self.path.write_text(settings, "utf-8")
        self.process: asyncio.subprocess.Process | None = None
        self.environ: dict[str, str] = {"HOOK_SECRET": SECRET}
        self._url = url or f"unix://{socket_path(folder / 'data/redis')}"
        self._prefix = prefix
        self._store: Store | None = None

    @property
    def log(self) -> str:
        """What it has logged so far, all runs together."""
        return (self.folder / "log").read_text("utf-8", "replace")

    async def start(self) -> None:
        """Start it, again or for the first time."""
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "monitor", "run", "--settings", str(self.path)),
                env={**os.environ, **self.environ},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self, *, within_s: float = 90.0) -> None:
        """Return once every worker is ready."""
        assert self.process is not None
        own = self.process.pid
        await self.until(lambda log: "worker=supervisor" in log and str(own) in _last_ready(log), within_s=within_s)

    async def until(self, condition: Callable[[str], bool], *, within_s: float = 60.0) -> None:
        """Return once `condition(log)` holds."""
        try:
            async with asyncio.timeout(within_s):
                while not condition(self.log):  # noqa: ASYNC110 -- another process has no event of ours
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s; the log ends:\n{self.log[-4000:]}") from None

    async def store(self) -> Store:
        """Connect to its server."""
        if self._store is None:
            self._store = await Store.open(self._url, prefix=self._prefix)
        return self._store

    async def status(self) -> dict[str, Any]:
        """What `news-monitor status --json` tells."""
        from dataclasses import asdict

        return asdict(await report(await self.store()))

    async def eventually(self, condition: Callable[[Mapping[str, Any]], bool], *, within_s: float = 60.0) -> None:
        """Return once `condition(status)` holds."""
        told: Mapping[str, Any] = {}
        try:
            async with asyncio.timeout(within_s):
                while not condition(told := await self.status()):  # noqa: ASYNC110 -- as above
                    await asyncio.sleep(0.05)
        except TimeoutError:
            shown = {**told, "feed_rows": told.get("feed_rows", [])[:10]}
            raise AssertionError(f"not within {within_s} s; status: {shown}\n{self.log[-4000:]}") from None

    async def pids(self, role: str) -> list[int]:
        """Process ids of the living workers of a role."""
        return [row["pid"] for row in (await self.status())["workers"] if row["role"] == role and alive(row["pid"])]

    async def kill(self, role: str) -> None:
        """kill -9 one worker of a role; the supervisor itself is started again, as systemd would."""
        if role == "supervisor":
            assert self.process is not None
            self.process.kill()
            await self.process.wait()
            await self.start()
            return
        for pid in (await self.pids(role))[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def stop(self, *, within_s: float = 15.0) -> int:
        """SIGTERM it; returns its exit code."""
        assert self.process is not None
        if self._store is not None:
            await self._store.close()
            self._store = None
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(within_s):
            return await self.process.wait()


def alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _last_ready(log: str) -> str:
    lines = [line for line in log.splitlines() if " ready worker=supervisor" in line]
    return lines[-1] if lines else ""


@asynccontextmanager
async def running(
    folder: Path, settings: str, *, url: str = "", prefix: str = "news:", within_s: float = 90.0
) -> AsyncIterator[Service]:
    """Run the service in `folder`, ready, and stop it at the end of the block."""
    service = Service(folder, settings, url=url, prefix=prefix)
    await service.start()
    try:
        await service.ready(within_s=within_s)
        yield service
    finally:
        await service.stop()
