"""Publishes this host's settings file to all workers, for as long as it holds the settings lease. Promise 6.

Any role can be the keeper; one of the host whose file is in force is. A broken file is refused, with the reason in the
log and in `status`, and what is in force stays. A different file of another host is refused too, and named, until
`news-monitor settings publish` there.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from monitor.errors import SettingsError
from monitor.queue.duty import reconcile
from monitor.queue.ownership import Ownership
from monitor.queue.publication import Edition, Publication, digest_of
from monitor.queue.store import Store
from monitor.settings.load import Loaded, Loader, refusal
from monitor.settings.problems import Problem
from monitor.settings.schema import RedisSettings, Settings
from monitor.settings.snapshot import Snapshot, to_parts
from monitor.settings.watch import changes
from workers.life import Life, background
from workers.loop import lasting
from workers.searches import with_search_feeds

_LEASE_S = 6.0
#: Files that stay as they are for so long are not being written; looked at so often at most.
_QUIET_S = 0.15
_LOOKS = 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a keeper has to say: nothing where another worker of its host does, else something new with each change."""

    speaks: bool
    #: Version of another host that is in force; 0: ours is, or none.
    foreign: int


class Keeper:
    """The settings of this host, and the right to publish them."""

    def __init__(
        self,
        store: Store,
        *,
        loader: Loader,
        problems: Callable[[Settings], list[Problem]],
        life: Life,
        predecessor: str = "",
    ) -> None:
        self.origin = origin_of(loader.path)
        self._store = store
        self._publication = Publication(store)
        self._ownership = Ownership(store, worker=life.name, ttl_s=_LEASE_S, predecessor=predecessor)
        self._loader = loader
        self._problems = problems
        self._life = life
        self._changed = asyncio.Event()
        self._turn = _Turn(speaks=False, foreign=0)
        self._snapshot: Snapshot | None = None

    async def run(self) -> None:
        """Keep the settings in force in line with the file, or say that they differ, until cancelled."""
        async with background(asyncio.create_task(self._watch())):
            while True:
                await lasting(self._look, life=self._life)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LEASE_S / 3):
                        await self._changed.wait()

    async def _look(self) -> None:
        """Publish the file where that is for us to do and there is something new; compare it with another host's."""
        edition = await self._publication.edition()
        foreign = edition.version if edition and edition.origin != self.origin else 0
        if foreign:
            await self.give_up()  # the host whose file is in force publishes its changes
        turn = _Turn(speaks=bool(foreign or await self._hold()), foreign=foreign)
        changed = self._changed.is_set()
        self._changed.clear()
        if turn.speaks and (changed or turn != self._turn):
            await lasting(self.publish, life=self._life)
        self._turn = turn

    async def give_up(self) -> None:
        """Let another keep the settings at once."""
        await self._ownership.give_up([self._store.keys.settings_lease])

    async def _hold(self) -> bool:
        return bool(await self._ownership.hold([self._store.keys.settings_lease]))

    async def _watch(self) -> None:
        async for _ in changes(self._loader, self._life.stopping):
            self._changed.set()

    async def publish(self, *, take_over: bool = False) -> bool:
        """Read the file and put it in force, unless it is in force already or has to be refused.

        `take_over` puts it in force even where another host's is. Returns whether it is in force now.
        """
        try:
            snapshot = self._snapshot = await asyncio.to_thread(self._read)
        except SettingsError as error:
            await self._refuse("; ".join(error.problems))
            return False
        edition = await self._publication.edition()
        if edition and edition.origin != self.origin and not take_over:
            return await self._compare(edition, digest_of(snapshot.parts))
        await self._put_in_force(snapshot, edition)
        await self._publication.accept(self.origin)
        return True

    def _read(self) -> Snapshot:
        loaded = settled(self._loader)
        if problems := self._problems(loaded.settings):
            raise refusal(self._loader.path, problems, loaded.places)
        settings = with_search_feeds(shared(loaded.settings))
        return Snapshot(settings, to_parts(settings, previous=self._snapshot))

    async def _put_in_force(self, snapshot: Snapshot, edition: Edition | None) -> None:
        if edition is None or edition.digest != digest_of(snapshot.parts) or edition.origin != self.origin:
            now = datetime.now(UTC)
            version = await self._publication.publish(snapshot.parts, origin=self.origin, now=now, replaces=edition)
            log.info("settings published", version=version, origin=self.origin)
        came, went = await reconcile(self._store, (feed.id for feed in snapshot.settings.feeds if feed.enabled))
        if came or went:
            log.info("feeds reconciled", new=came, removed=went)

    async def _compare(self, edition: Edition, digest: str) -> bool:
        if edition.digest == digest:
            await self._publication.accept(self.origin)
            return True
        await self._refuse(
            f"differs from {edition.origin}, in force since {edition.published_at}; "
            "run `news-monitor settings publish` here to put this file in force"
        )
        return False

    async def _refuse(self, reason: str) -> None:
        log.error("settings refused", origin=self.origin, reason=reason)
        await self._publication.refuse(self.origin, reason=reason, now=datetime.now(UTC))


def settled(loader: Loader) -> Loaded:
    """Load the files once nobody writes them any more: what is half written, or just emptied, can be valid too.

    Blocks. Raises SettingsError.
    """
    for _ in range(_LOOKS):
        loaded, problem = _attempt(loader)
        time.sleep(_QUIET_S)
        if loader.look() == loader.files:
            break
    if loaded is None:
        raise problem or SettingsError(str(loader.path), "cannot be read")
    return loaded


def _attempt(loader: Loader) -> tuple[Loaded | None, SettingsError | None]:
    try:
        return loader.load(), None
    except SettingsError as error:
        return None, error


def shared(settings: Settings) -> Settings:
    """Leave out what each host says for itself: where it finds the server."""
    own = {"url": None, "url_env": None, "url_file": None, "data_dir": RedisSettings().data_dir}
    return settings.model_copy(update={"redis": settings.redis.model_copy(update=own)})


def origin_of(path: Path) -> str:
    """Name a settings file among all hosts: host and absolute path."""
    return f"{socket.gethostname()}:{path.absolute()}"
