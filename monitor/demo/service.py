"""The ordinary service as a process of its own, as a user would start it: `python -m monitor run --settings FILE`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from monitor.queue.server import socket_path

#: The service promises to end within 10 s.
STOP_S = 12.0


class Service:
    """One run of the service; its words go to a log file."""

    def __init__(self, process: asyncio.subprocess.Process, *, data_dir: Path, ready: asyncio.Event) -> None:
        self._process = process
        self._data_dir = data_dir
        #: Set once all its processes are at work.
        self.ready = ready

    async def wait(self) -> int:
        """Wait until the process ends and return its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask the service to stop; where it does not in time, kill its processes and its embedded server."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._kill_group()
            await self._process.wait()
        await self._stop_server_left_over()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _stop_server_left_over(self) -> None:
        # The embedded server runs in a session of its own and outlives a supervisor that was killed.
        with suppress(OSError):
            _, writer = await asyncio.open_unix_connection(str(socket_path(self._data_dir)))
            writer.write(b"SHUTDOWN NOSAVE FORCE\r\n")
            await writer.drain()
            writer.close()


@asynccontextmanager
async def running_service(
    settings: Path, *, data_dir: Path, environ: Mapping[str, str], log: Path
) -> AsyncIterator[Service]:
    """Run the service in a session of its own, so that a Ctrl-C reaches only the demonstration; stop it at the end."""
    with _readiness(settings.with_name("ready")) as (ready, address), log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor", "run", "--settings", str(settings)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**os.environ, **environ, "NOTIFY_SOCKET": address},
            start_new_session=True,
        )
        service = Service(process, data_dir=data_dir, ready=ready)
        try:
            yield service
        finally:
            await service.stop()


@contextmanager
def _readiness(path: Path) -> Iterator[tuple[asyncio.Event, str]]:
    """Listen for the service's READY=1 as systemd would (sd_notify(3)); give its event and the socket's address."""
    ready = asyncio.Event()
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.setblocking(False)
        listener.bind(str(path))

        def hear() -> None:
            if b"READY=1" in listener.recv(4_096).splitlines():
                ready.set()

        loop.add_reader(listener, hear)
        try:
            yield ready, str(path)
        finally:
            loop.remove_reader(listener)


def last_lines(log: Path, count: int) -> list[str]:
    """Return the last lines of a log, none where there is no log."""
    with suppress(OSError):
        return log.read_text("utf-8", "replace").splitlines()[-count:]
    return []
