"""Workers in the test's own process, each as one task on a real server: quicker to start than the whole service.

They follow a settings file of the test's own as in production, through a keeper and Redis, and are stopped in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import Item
from monitor.queue.codec import SCHEMA, decode_item, encode_item
from monitor.queue.keys import shard_of
from monitor.queue.registry import Registry
from monitor.queue.store import Store, entries
from monitor.settings.load import Loader
from tests.servers.webhooks import SECRET
from workers.command import Role
from workers.follower import Follower
from workers.keeper import Keeper
from workers.life import Life, background
from workers.matcher import Matcher
from workers.notifier import Notifier
from workers.poller import Poller
from workers.report import report
from workers.roles import LISTS
from workers.senders import Senders
from workers.watchlist_check import WatchlistCheck
from workers.web import Web
from workers.wiring import Place

#: How long a test waits, seconds: enough on a busy machine, and less than what comes right by itself (a poll's lease).
PATIENCE_S = 25.0
#: What the settings of a crew find in the environment.
ENVIRON = {"HOOK_SECRET": SECRET}


class Crew:
    """Some workers on one settings file."""

    def __init__(self, store: Store, path: Path, stack: AsyncExitStack) -> None:
        self.store = store
        self.path = path
        self._stack = stack
        self._lives: list[Life] = []

    @classmethod
    @asynccontextmanager
    async def opened(cls, store: Store, path: Path) -> AsyncIterator[Crew]:
        """Make a crew that nobody has joined yet; all who join leave in order at the end of the block."""
        async with AsyncExitStack() as stack:
            gathered = cls(store, path, stack)
            yield gathered
            for life in gathered._lives:
                life.stop()  # all at once, then wait for one after the other

    async def join(self, role: Role, *, predecessor: str = "") -> Life:
        """Start a worker of a role; return once it does its work, or says why not."""
        life = Life(role)
        self._lives.append(life)
        await self._stack.enter_async_context(self._working(role, life, predecessor))
        await self.until(lambda: life.doing != "starting")
        return life

    @asynccontextmanager
    async def _working(self, role: Role, life: Life, predecessor: str) -> AsyncIterator[None]:
        worker = self._worker(role, life, predecessor)
        follower = Follower(self.store, life=life, apply=worker.apply, lists=LISTS[role])
        assert await follower.first()
        async with background(
            asyncio.create_task(life.beat(Registry(self.store))), asyncio.create_task(follower.run())
        ):
            running = asyncio.create_task(
                worker.run() if isinstance(worker, Notifier) else worker.run(predecessor=predecessor)
            )
            try:
                yield
            finally:
                life.stop()
                await running

    def _worker(self, role: Role, life: Life, predecessor: str) -> Poller | Matcher | Notifier | Web:
        place = Place(self.path, ENVIRON)
        if role == "poller":
            return Poller(self.store, life=life, place=place)
        if role == "matcher":
            return Matcher(self.store, life=life, place=place)
        if role == "web":
            return Web(self.store, life=life, place=place)
        return Notifier(self.store, life=life, senders=Senders(place), predecessor=predecessor)

    async def keep(self, path: Path | None = None) -> None:
        """Watch the settings file from now on, or that of another host, as a keeper does."""
        life = Life("keeper")
        loader = Loader(path or self.path, environ=ENVIRON)
        keeper = Keeper(self.store, loader=loader, problems=WatchlistCheck().problems, life=life)
        await self._stack.enter_async_context(background(asyncio.create_task(keeper.run())))

    async def publish(self, *titles: str, feed: str = "wire") -> None:
        """Put new items on a feed's stream, as a poll's commit would; the title is all that they say."""
        for title in titles:
            await self.store.run(
                *("XADD", self.store.keys.items(shard_of(feed)), "*"), *("v", SCHEMA, "item", encode_item(item(title)))
            )

    async def items(self, feed: str = "wire") -> list[str]:
        """Titles of all items that ever came to a feed's stream, oldest first."""
        found = entries(await self.store.run("XRANGE", self.store.keys.items(shard_of(feed)), "-", "+"))
        return [decode_item(fields).title for _, fields in found]

    async def told(self, *titles: str, feed: str = "wire", within_s: float = PATIENCE_S) -> None:
        """Return once just these items have come, in this order."""
        found: list[str] = []
        try:
            async with asyncio.timeout(within_s):
                while (found := await self.items(feed)) != list(titles):  # noqa: ASYNC110 -- as below
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s; items: {found}") from None

    async def status(self) -> dict[str, Any]:
        """What `news-monitor status --json` tells."""
        return asdict(await report(self.store))

    async def channel(self, channel_id: str) -> dict[str, Any]:
        """What `status` tells of one channel."""
        return next(row for row in (await self.status())["channels"] if row["id"] == channel_id)

    async def eventually(self, condition: Callable[[Mapping[str, Any]], bool], *, within_s: float = PATIENCE_S) -> None:
        """Return once `condition(status)` holds."""
        told: Mapping[str, Any] = {}
        try:
            async with asyncio.timeout(within_s):
                while not condition(told := await self.status()):  # noqa: ASYNC110 -- Redis has no event of ours
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s; status: {told}") from None

    async def until(self, condition: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
        """Return once `condition()` holds."""
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.01)


def item(title: str) -> Item:
    """Make an item of a title."""
    now = datetime.now(UTC)
    slug = title.replace(" ", "-")
    return Item(slug, "wire", f"https://news.example/{slug}", title, "", "", "Wire", "", now, now, "en")


async def put_in_force(store: Store, path: Path) -> bool:
    """Publish a settings file, in place of whatever is in force."""
    loader = Loader(path, environ=ENVIRON)
    keeper = Keeper(store, loader=loader, problems=WatchlistCheck().problems, life=Life("settings"))
    return await keeper.publish(take_over=True)


@asynccontextmanager
async def crew(store: Store, folder: Path, settings: str, *roles: Role) -> AsyncIterator[Crew]:
    """Put settings in force on `store` and let workers of these roles work by them until the end of the block."""
    path = folder / "settings.toml"
    path.write_text(settings, "utf-8")
    assert await put_in_force(store, path)
    async with Crew.opened(store, path) as gathered:
        for role in roles:
            await gathered.join(role)
        yield gathered
