"""A supervisor in the test's own process, over real worker processes, on the tests' server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from monitor.queue.store import Store
from monitor.settings.connection import load_redis
from tests.servers.webhooks import SECRET
from tests.workers.crew import Crew
from workers.roles import Start
from workers.supervisor import Supervisor
from workers.wiring import Place


@asynccontextmanager
async def supervised(store: Store, url: str, folder: Path, settings: str) -> AsyncIterator[tuple[Supervisor, Crew]]:
    """Supervise a whole service on `store`'s server until the end of the block; gives what one sees of it, too."""
    os.environ["HOOK_SECRET"] = SECRET  # for the workers, which inherit it
    path = folder / "settings.toml"
    path.write_text(f'[redis]\nurl = "{url}"\nprefix = "{store.keys.prefix}"\nvisibility = "2s"\n{settings}', "utf-8")
    place = Place(path, dict(os.environ))
    supervisor = Supervisor(Start(place, load_redis(path, environ=place.environ)))
    async with Crew.opened(store, path) as crew:
        running = asyncio.create_task(supervisor.run())
        try:
            await crew.eventually(
                lambda status: sum(row["doing"] == "working" for row in status["workers"]) >= 4, within_s=90
            )
            yield supervisor, crew
        finally:
            supervisor._life.stop()  # as SIGTERM does
            await running
