"""When a web process says that it is ready, and what hubs are answered while the store is away."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from monitor.queue.store import Store
from monitor.settings.schema import FeedSettings, Settings
from monitor.web.answers import Answer
from tests.conftest import Valkey
from workers.callbacks import Callbacks
from workers.life import Life
from workers.pushes import Pushes
from workers.wiring import Place

SETTINGS = Settings(feeds=(FeedSettings(id="wire", url="https://feeds.example/feed"),))


async def test_it_is_ready_once_settings_are_in_force_and_while_the_store_answers(
    start_valkey: Callable[..., Valkey],
) -> None:
    server = start_valkey()
    store, life = await Store.open(server.url, prefix="t:"), Life("web")
    pushes = Pushes(store, worker=life.name, place=Place(Path("settings.toml"), {}))
    callbacks = Callbacks(store, pushes, life=life)
    assert await callbacks.ready() == "no settings are in force"
    life.settings_error = "version 3: cannot be used"
    assert await callbacks.ready() == "version 3: cannot be used"
    pushes.apply(SETTINGS)
    life.settings_version = 3
    assert await callbacks.ready() == ""
    server.process.send_signal(signal.SIGSTOP)
    assert "has not answered for 2 s" in await callbacks.ready()
    server.stop()

    assert await callbacks.ready() != ""
    later = Answer(503, headers={"retry-after": "30"})
    assert await callbacks.ask("wire", "token", {"hub.mode": "subscribe"}) == later
    assert await callbacks.admit("wire", "token") == later
    assert await callbacks.push("wire", "token", headers={}, body=b"") == later
    await pushes.close()
    await store.close()
