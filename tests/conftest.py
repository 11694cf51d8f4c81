"""The real server that tests of the queue and the workers stand on: Valkey, alone and as a cluster of one."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from monitor.queue.server import find_binary
from monitor.queue.store import Store

# A law is a law on a busy machine too; where time is promised, a test measures it.
# In CI the same examples each time, so that a change is judged by what it changes; at home new ones are looked for.
hypothesis.settings.register_profile("unhurried", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("unhurried")

_PREFIXES = itertools.count()
#: Folders whose tests run whole services and mostly wait.
_SLOW = {"chaos", "demo", "deploy", "workers"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several run at a time begin with what takes longest, so that none is left to run alone at the end."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        items.sort(key=lambda item: item.path.parent.name not in _SLOW)


class Valkey:
    """A server of the tests' own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.url = f"unix://{folder / 's'}"
        common = ["--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder), "--save", ""]
        self.process = subprocess.Popen(
            [str(find_binary()), *common, "--logfile", str(folder / "log"), *arguments], start_new_session=True
        )

    def stop(self) -> None:
        """End it, even where it was paused."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        self.process.wait(20)


def ask(address: str | tuple[str, int], command: str, *, until: bytes) -> None:
    """Send a command again and again until the answer holds `until`."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket(family) as client, contextlib.suppress(OSError):
            client.settimeout(5)
            client.connect(address)
            client.sendall(command.encode() + b"\r\n")
            if until in client.recv(4096):
                return
    raise TimeoutError(f"{command} at {address} never answered {until!r}")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: compressed ones carry the second in which they were made, and two test processes
    must find the same tests.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for the whole session."""
    server = Valkey(tmp_path_factory.mktemp("v"))
    ask(str(server.folder / "s"), "PING", until=b"PONG")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Valkey]:
    """A server with cluster-enabled that holds all slots: it refuses every command that spans two."""
    port = free_port()
    options = ("--port", str(port), "--cluster-enabled", "yes", "--appendonly", "yes", "--appendfsync", "always")
    with folder_in_memory() as folder:
        server = Valkey(folder, *options)
        server.url = f"redis://127.0.0.1:{port}"
        ask(("127.0.0.1", port), "CLUSTER ADDSLOTSRANGE 0 16383", until=b"OK")
        ask(("127.0.0.1", port), "CLUSTER INFO", until=b"cluster_state:ok")
        yield server
        server.stop()


@contextlib.contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Make a folder where a log that is synced with each command costs no time of a disk, if the system has one."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)


def free_port() -> int:
    """Find a port nobody listens on; its cluster bus, 10,000 above, must be free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            if port > 50_000:
                continue
            with contextlib.suppress(OSError):  # the other is taken: look on
                second.bind(("127.0.0.1", port + 10_000))
                return port


@pytest.fixture
async def store(valkey: Valkey) -> AsyncIterator[Store]:
    """A store under a prefix of the test's own."""
    store = await Store.open(valkey.url, prefix=f"t{next(_PREFIXES)}:")
    yield store
    await store.close()


@pytest.fixture(params=["alone", "cluster"])
def any_server(request: pytest.FixtureRequest) -> Valkey:
    """The plain server, then the cluster."""
    server: Valkey = request.getfixturevalue("valkey" if request.param == "alone" else "cluster")
    return server


@pytest.fixture
async def any_store(any_server: Valkey) -> AsyncIterator[Store]:
    """A store on the plain server, then on the cluster."""
    store = await Store.open(any_server.url, prefix=f"t{next(_PREFIXES)}:")
    yield store
    await store.close()


@pytest.fixture
async def other_store(any_server: Valkey, any_store: Store) -> AsyncIterator[Store]:
    """What another process sees of `any_store`: the same keys through connections of its own."""
    store = await Store.open(any_server.url, prefix=any_store.keys.prefix)
    yield store
    await store.close()


@pytest.fixture
def start_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Valkey]]:
    """Start servers with arguments of the test's own; they end with it."""
    servers: list[Valkey] = []

    def start(*arguments: str, folder: Path | None = None) -> Valkey:
        server = Valkey(folder or tmp_path_factory.mktemp("o"), *arguments)
        servers.append(server)
        ask(str(server.folder / "s"), "INFO persistence", until=b"loading:0")
        return server

    yield start
    for server in servers:
        server.stop()
