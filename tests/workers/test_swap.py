"""A new version of the settings takes its place between two batches of a matcher, never within one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from monitor.queue.codec import SCHEMA, encode_item
from monitor.queue.store import Store
from monitor.queue.stories import Commit, Outcome, Stories
from monitor.queue.streams import Message
from monitor.settings.schema import Settings, WatchlistSettings
from monitor.stories.record import decode
from tests.workers.crew import item
from workers.life import Life
from workers.matcher import Matcher
from workers.wiring import Place


def settings(*terms: str) -> Settings:
    return Settings(watchlists=(WatchlistSettings(id="qwen", terms=terms),))


def message(title: str) -> Message:
    return Message(0, "0-1", {"v": str(SCHEMA), "item": encode_item(item(title))})


async def test_a_batch_in_hand_is_matched_by_the_version_that_it_began_with(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, released = asyncio.Event(), asyncio.Event()
    versions: list[str] = []

    async def held(self: Stories, commit: Commit, **_: Any) -> tuple[Outcome, str]:
        versions.extend(decode(change.record.decode()).watchlist_version for change in commit.changes)
        reached.set()
        await released.wait()
        return Outcome.DONE, "1"

    monkeypatch.setattr(Stories, "commit", held)
    matcher = Matcher(store, life=Life("matcher"), place=Place(Path("settings.toml"), {}))
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
