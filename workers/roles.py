"""One role alone in a process: connect, follow the settings (and keep them, where nobody else does), work, stop."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from monitor.errors import StoreError
from monitor.queue.registry import Registry
from monitor.queue.store import Store
from monitor.settings.load import Loader
from monitor.settings.schema import RedisSettings
from workers.command import Role
from workers.follower import Apply, Follower
from workers.keeper import Keeper
from workers.life import Life, background
from workers.loop import lasting
from workers.watchlist_check import WatchlistCheck
from workers.wiring import Place, embedded_server, open_store

#: The long lists of the settings that a role reads.
LISTS: Mapping[Role, tuple[str, ...]] = {
    "poller": ("feeds",),
    "matcher": ("watchlists",),
    "notifier": (),
    "web": ("feeds",),
}

#: While a thread computes, the event loop waits no longer for its turn, seconds: each item takes it several times.
TURN_S = 0.001

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Start:
    """How a process was started."""

    place: Place
    redis: RedisSettings
    #: Name of a dead worker whose work this one takes over at once.
    predecessor: str = ""
    #: True where a supervisor watches over it: it ends with the supervisor, which also keeps the settings.
    supervised: bool = False


async def work(role: Role, start: Start) -> None:
    """Be a process of a role until the stop. Raises StoreError where the server can never serve us."""
    sys.setswitchinterval(TURN_S)
    life = Life(role)
    life.catch_signals()
    if start.supervised:
        stop_with_parent(life)
    store = await connect(start, life)
    if store is None:
        return
    registry = Registry(store)
    try:
        async with background(asyncio.create_task(life.beat(registry)), *_keeping(store, start, life)):
            await _work(role, store, start, life)
        with contextlib.suppress(StoreError):
            await registry.leave(life.name, *filter(None, [start.predecessor]))
    finally:
        await store.close()
    log.info("stopped", worker=life.name)


async def connect(start: Start, life: Life) -> Store | None:
    """Connect to the server, waiting for it as long as it takes; None where the stop comes first."""
    async with background(asyncio.create_task(life.beat_without_store())):
        return await lasting(lambda: open_store(start.redis, start.place), life=life)


def _keeping(store: Store, start: Start, life: Life) -> list[asyncio.Task[None]]:
    if start.supervised:
        return []
    loader = Loader(start.place.path, environ=start.place.environ)
    keeper = Keeper(store, loader=loader, problems=WatchlistCheck().problems, life=life)
    return [asyncio.create_task(keeper.run())]


async def _work(role: Role, store: Store, start: Start, life: Life) -> None:
    apply, run = _role(role, store, start, life)
    follower = Follower(store, life=life, apply=apply, lists=LISTS[role])
    if await follower.first():
        async with background(asyncio.create_task(follower.run())):
            await run()


def _role(role: Role, store: Store, start: Start, life: Life) -> tuple[Apply, Callable[[], Awaitable[None]]]:
    # Imported here: no process pays the memory of another's libraries.
    if role == "poller":
        from workers.poller import Poller

        poller = Poller(store, life=life, place=start.place)
        return poller.apply, lambda: poller.run(predecessor=start.predecessor)
    if role == "matcher":
        from workers.matcher import Matcher

        matcher = Matcher(store, life=life, place=start.place)
        return matcher.apply, lambda: matcher.run(predecessor=start.predecessor)
    if role == "web":
        from workers.web import Web

        web = Web(store, life=life, place=start.place)
        return web.apply, lambda: web.run(predecessor=start.predecessor)
    from workers.notifier import Notifier
    from workers.senders import Senders

    notifier = Notifier(store, life=life, senders=Senders(start.place), predecessor=start.predecessor)
    return notifier.apply, notifier.run


async def serve(start: Start) -> None:
    """Be the embedded server's guardian until the stop: what `news-monitor queue` does. Raises StoreError."""
    life = Life("queue")
    life.catch_signals()
    server = embedded_server(start.redis, start.place)
    adopted = await server.start()
    log.info("server adopted" if adopted else "server started", socket=str(server.socket))
    store = await connect(start, life)
    if store is not None:
        registry = Registry(store)
        async with background(asyncio.create_task(life.beat(registry))):
            life.ready()
            while not life.stopping.is_set():
                await life.pause(1.0)
                if not server.alive():
                    raise StoreError("embedded server", "ended unexpectedly; its log is valkey.log in redis.data_dir")
        with contextlib.suppress(StoreError):
            await registry.leave(life.name)
        await store.close()
    await server.stop()


def stop_with_parent(life: Life) -> None:
    """Stop when the supervisor is gone: it holds the other end of our standard input."""

    def gone() -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        life.stop()

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), gone)
