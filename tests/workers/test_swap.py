"""A new version of the settings takes its place between two batches of a matcher, never within one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from monitor.model import Alert
from monitor.queue.codec import SCHEMA, encode_item
from monitor.queue.outbox import Outbox
from monitor.queue.store import Store
from monitor.queue.streams import Message
from monitor.settings.schema import Settings, WatchlistSettings
from tests.workers.crew import item
from workers.life import Life
from workers.matcher import Matcher


def settings(*terms: str) -> Settings:
    return Settings(watchlists=(WatchlistSettings(id="qwen", terms=terms),))


def message(title: str) -> Message:
    return Message(0, "0-1", {"v": str(SCHEMA), "item": encode_item(item(title))})


async def test_a_batch_in_hand_is_matched_by_the_version_that_it_began_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, released = asyncio.Event(), asyncio.Event()
    versions: list[str] = []

    async def held(self: Outbox, alert: Alert, *_: Any, **__: Any) -> bool:
        versions.append(alert.watchlist_version)
        reached.set()
        return await released.wait()

    monkeypatch.setattr(Outbox, "commit", held)
    matcher = Matcher(store, life=Life("matcher"))
    await matcher.apply(settings("Qwen"))
    batch = asyncio.create_task(matcher.handle([message("Qwen one"), message("Qwen two")]))
    await reached.wait()
    applied = asyncio.create_task(matcher.apply(settings("Qwen", "千问")))
    done, _ = await asyncio.wait({applied}, timeout=0.2)
    assert not done, "it waits for the batch to end"
    released.set()
    await asyncio.gather(batch, applied)
    await matcher.handle([message("Qwen three")])
    first, second, third = versions
    assert first == second != third
