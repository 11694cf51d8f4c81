"""Each role as a process of its own, as systemd and containers run them, and what it tells its service manager."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor.queue.store import Store
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.workers.crew import Crew

ROLES = ("queue", "poller", "matcher", "notifier")


class ServiceManager:
    """Starts roles and hears what they say of themselves, as systemd does (sd_notify(3))."""

    def __init__(self, folder: Path, settings: Path) -> None:
        self._folder, self._settings = folder, settings
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self.said: dict[str, list[str]] = {}
        self._changed = asyncio.Event()
        self._receivers: list[socket.socket] = []

    async def start(self, role: str) -> None:
        """Start a role, again or for the first time."""
        if role not in self.said:
            self._listen(role)
        self.said[role].clear()
        with (self._folder / f"{role}.log").open("ab") as log:
            self.processes[role] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "monitor", role, "--settings", str(self._settings)),
                env={**os.environ, "NOTIFY_SOCKET": str(self._folder / role)},
                stdin=asyncio.subprocess.DEVNULL,
                stderr=log,
            )

    def _listen(self, role: str) -> None:
        said = self.said[role] = []
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.setblocking(False)
        receiver.bind(str(self._folder / role))
        self._receivers.append(receiver)

        def hear() -> None:
            said.extend(receiver.recv(4096).decode().splitlines())
            self._changed.set()

        asyncio.get_running_loop().add_reader(receiver, hear)

    async def heard(self, role: str, word: str) -> None:
        """Return once a role has said a word since its start."""
        await self._until(lambda: word in self.said[role], lambda: f"{role} said {self.said[role]}")

    async def stop(self, role: str) -> int:
        """Ask a role to stop; returns its exit code."""
        process = self.processes.pop(role)
        process.terminate()
        async with asyncio.timeout(10):
            return await process.wait()

    def close(self) -> None:
        """Hear no more."""
        for receiver in self._receivers:
            asyncio.get_running_loop().remove_reader(receiver)
            receiver.close()

    def log(self, role: str) -> str:
        """What a role has logged."""
        return (self._folder / f"{role}.log").read_text("utf-8")

    async def _until(self, condition: Callable[[], bool], say: Callable[[], str]) -> None:
        try:
            async with asyncio.timeout(60):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(say()) from None


@asynccontextmanager
async def managing(settings: Path) -> AsyncIterator[ServiceManager]:
    """Have a service manager whose sockets have short paths; what still runs at the end is killed.

    Only the queue is asked to stop: what it has started is its own to end, and outlives it where it is killed.
    """
    with tempfile.TemporaryDirectory() as folder:
        manager = ServiceManager(Path(folder), settings)
        try:
            yield manager
        finally:
            queue = manager.processes.pop("queue", None)
            for process in manager.processes.values():
                process.kill()
                await process.wait()
            if queue is not None:
                queue.terminate()
                await queue.wait()
            manager.close()


def entry(title: str) -> Entry:
    """Make an entry published now."""
    return Entry(
        title, guid=title, url=f"https://news.example/{title.replace(' ', '-')}", published_at=datetime.now(UTC)
    )


def settings_of(url: str, socket_folder: Path) -> str:
    """Write the settings of a small service with an embedded server."""
    return f"""
[redis]
data_dir = "{socket_folder}"

[net]
allow_hosts = ["127.0.0.1"]

[polling]
min_interval = "100ms"

[[feeds]]
id = "wire"
url = "{url}"

[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[watchlists]]
id = "all"
terms = ["Item"]
channels = ["box"]
"""


async def test_four_roles_alone_work_together_and_report_to_their_service_manager(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    async with FeedServer() as feeds, managing(path) as manager:
        good = settings_of(feeds.add("/wire"), tmp_path / "r")
        path.write_text(good, "utf-8")
        # The server last: the others wait for it and live meanwhile.
        for role in ROLES[1:]:
            await manager.start(role)
        for role in ROLES[1:]:
            await manager.heard(role, "WATCHDOG=1")
            assert "READY=1" not in manager.said[role]
        await manager.start("queue")
        for role in ROLES:
            await manager.heard(role, "READY=1")
        store = await Store.open(f"unix://{tmp_path / 'r/valkey.sock'}", prefix="news:")
        async with Crew.opened(store, path) as service:
            feeds.publish("/wire", entry("Item one"))
            await service.eventually(lambda status: status["channels"][0]["delivered"] == 1)

            path.write_text(good + '[[channels]]\nid = "broken"\ntype = "pigeon"\n', "utf-8")
            await service.eventually(lambda status: bool(status["settings"]["refused"]))
            manager.processes["matcher"].kill()
            await manager.processes["matcher"].wait()
            await manager.start("matcher")
            await manager.heard("matcher", "READY=1")
            feeds.publish("/wire", entry("Item two"))
            await service.eventually(lambda status: status["channels"][0]["delivered"] == 2)
            path.write_text(good, "utf-8")
            await service.eventually(lambda status: not status["settings"]["refused"])
            assert (await service.status())["settings"]["version"] == 1
        await store.close()
        codes = [await manager.stop(role) for role in reversed(ROLES)]
        assert codes == [0, 0, 0, 0]
        assert all("STOPPING=1" in said for said in manager.said.values())
        assert [log for log in map(manager.log, ROLES) if "Traceback" in log] == []
