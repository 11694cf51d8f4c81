"""Runs the whole service on one machine: the embedded server, the settings' keeper, and every role as a process.

A process that dies is started again after a pause that grows from 0.1 s to 30 s, and is forgotten once the new one has
done some work; its successor is told its name and takes over what it held at once. A process that no longer beats is
killed. All stop on SIGTERM within 10 s, the server last.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from monitor.errors import StoreError
from monitor.queue.publication import Publication
from monitor.queue.registry import Registry
from monitor.queue.server import EmbeddedServer
from monitor.queue.store import Store
from monitor.settings.load import Loader
from monitor.settings.problems import Problem
from monitor.settings.schema import Settings
from monitor.settings.snapshot import sections_of
from monitor.text.dictionary import forget_dictionary
from workers.command import Role, command, environment
from workers.keeper import Keeper
from workers.life import Life, background
from workers.roles import Start, connect
from workers.watchlist_check import WatchlistCheck
from workers.wiring import embedded_server, is_embedded

_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
#: Silence after which a process is taken for hung and killed, seconds.
_HUNG_S = 30.0
#: For a process to end once it was asked to, seconds; the server has what is left of 10.
_STOP_S = 8.0
#: Between two looks whether hubs can reach us by now.
_LOOK_S = 0.5

log = structlog.get_logger()


@dataclass(slots=True)
class Post:
    """One place in the service that a process fills, again and again."""

    name: str
    role: Role
    process: asyncio.subprocess.Process | None = None
    #: Name of the worker that holds the post now, or held it last.
    worker: str = ""
    heard_at: float = 0.0
    deaths: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, message: str, now: float) -> None:
        """Take in one sd_notify message."""
        self.heard_at = now
        for line in message.splitlines():
            name, _, value = line.partition("=")
            if name == "READY":
                self.ready.set()
            elif name == "X_NAME":
                self.worker = value
            elif name == "X_WORKED":
                self.deaths = 0


class Supervisor:
    """The whole service on one machine."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._life = Life("supervisor")
        self._server: EmbeddedServer | None = None
        matchers = [Post(f"matcher-{n + 1}", "matcher") for n in range(cores())]
        self._posts = [Post("poller", "poller"), *matchers, Post("notifier", "notifier")]
        self._sockets = Path()
        self._check = WatchlistCheck()

    async def run(self) -> None:
        """Run until the stop. Raises StoreError where the server does not start or can never serve us."""
        self._life.catch_signals()
        if is_embedded(self._start.redis):
            self._server = embedded_server(self._start.redis, self._start.place)
            adopted = await self._server.start()
            log.info("server adopted" if adopted else "server started", socket=str(self._server.socket))
        store = await connect(self._start, self._life)
        if store is not None:
            with _socket_folder() as self._sockets:
                await self._oversee(store)
            await store.close()
        if self._server is not None:
            await self._server.stop()
        log.info("stopped", worker=self._life.name)

    async def _oversee(self, store: Store) -> None:
        registry = Registry(store)
        loader = Loader(self._start.place.path, environ=self._start.place.environ)
        keeper = Keeper(store, loader=loader, problems=self._problems, life=self._life)
        async with background(
            asyncio.create_task(self._life.beat(registry)),
            asyncio.create_task(keeper.run()),
            asyncio.create_task(self._watch_server()),
            asyncio.create_task(self._announce()),
        ):
            posts = [asyncio.create_task(self._fill(post, registry)) for post in self._posts]
            posts.append(asyncio.create_task(self._fill_web(Publication(store), registry)))
            await self._life.stopping.wait()
            await asyncio.gather(*posts)
        with contextlib.suppress(StoreError):
            await keeper.give_up()
            await registry.leave(self._life.name)

    def _problems(self, settings: Settings) -> list[Problem]:
        """Check the watchlists; the dictionary that Chinese examples ask for is of no more use here."""
        try:
            return self._check.problems(settings)
        finally:
            forget_dictionary()

    async def _announce(self) -> None:
        for post in self._posts:
            await post.ready.wait()
        self._life.ready()

    async def _watch_server(self) -> None:
        failures = 0
        while self._server is not None:
            await asyncio.sleep(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)] if failures else 0.2)
            if self._server.alive():
                continue
            log.error("server died", socket=str(self._server.socket))
            try:
                await self._server.start()
                failures = 0
                log.info("server started", socket=str(self._server.socket))
            except StoreError as error:
                failures += 1
                log.error("server not started", error=str(error))

    async def _fill(self, post: Post, registry: Registry) -> None:
        """Keep one post filled until the stop."""
        while not self._life.stopping.is_set():
            with _listening(self._sockets / f"{post.name}.sock", post):
                code = await self._one_life(post)
            if self._life.stopping.is_set():
                return
            pause_s = _PAUSES_S[min(post.deaths, len(_PAUSES_S) - 1)]
            post.deaths += 1
            log.error("worker died", post=post.name, worker=post.worker, exit=code, restart_s=pause_s)
            await self._life.pause(pause_s)
            with contextlib.suppress(StoreError):
                await registry.leave(*filter(None, [post.worker]))

    async def _fill_web(self, publication: Publication, registry: Registry) -> None:
        """Fill the web's post from the time that hubs can reach us until the stop.

        It stays where `web.public_url` is unset later: hubs ask back before they end a subscription.
        """
        seen = 0
        while not self._life.stopping.is_set():
            with contextlib.suppress(StoreError):  # the store is away: whoever works with it says so
                if (version := await publication.version()) != seen:
                    if await _has_public_url(publication):
                        await self._fill(Post("web", "web"), registry)
                    seen = version
            await self._life.pause(_LOOK_S)

    async def _one_life(self, post: Post) -> int:
        post.heard_at = asyncio.get_running_loop().time()
        process = post.process = await asyncio.create_subprocess_exec(
            *command(post.role, self._start.place.path, supervised=True, takes_over=post.worker),
            stdin=asyncio.subprocess.PIPE,
            env={**environment(os.environ), "NOTIFY_SOCKET": str(self._sockets / f"{post.name}.sock")},
        )
        async with background(asyncio.create_task(self._guard(post, process))):
            return await process.wait()

    async def _guard(self, post: Post, process: asyncio.subprocess.Process) -> None:
        """Kill a process that hangs; ask it to end at the stop, and insist."""
        clock = asyncio.get_running_loop().time
        while not self._life.stopping.is_set():
            await self._life.pause(1.0)
            if clock() - post.heard_at > _HUNG_S:
                log.error("worker hangs", post=post.name, worker=post.worker)
                _signal(process, signal.SIGKILL)
                return
        _signal(process, signal.SIGTERM)
        await asyncio.sleep(_STOP_S)
        log.error("worker does not stop", post=post.name, worker=post.worker)
        _signal(process, signal.SIGKILL)


async def _has_public_url(publication: Publication) -> bool:
    """Tell of the settings in force whether hubs can reach us; only the part that says so is read."""
    edition = await publication.edition()
    if edition is None:
        return False
    others = {name: digest for name, digest in edition.manifest.items() if name != "core"}
    return sections_of((await publication.fetch(edition, have=others))["core"]).web.public_url is not None


def cores() -> int:
    """Count the cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


@contextmanager
def _socket_folder() -> Iterator[Path]:
    """Make a private folder with a short path, since a socket's may not be long; sweep those of dead supervisors."""
    prefix = f"news-monitor-{os.getuid()}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*-sockets-*"):
        if not _runs(left.name.removeprefix(prefix).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-sockets-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _runs(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _listening(path: Path, post: Post) -> Iterator[None]:
    """Hear what the process at a post says."""
    loop = asyncio.get_running_loop()
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.setblocking(False)
        receiver.bind(str(path))
        loop.add_reader(receiver, lambda: post.hear(receiver.recv(4096).decode("utf-8", "replace"), loop.time()))
        try:
            yield
        finally:
            loop.remove_reader(receiver)
