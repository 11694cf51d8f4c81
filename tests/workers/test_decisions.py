"""What a process knows of mutes and unsubscriptions, and what it clears; and that a paused channel keeps everything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.model import Watchlist
from monitor.queue.anew import Anew
from monitor.queue.keys import shard_of
from monitor.queue.registry import Registry
from monitor.queue.reversal import undo
from monitor.queue.silences import muted, paused, unsubscribed
from monitor.queue.store import Store
from monitor.queue.stories import Stories
from monitor.settings.schema import Settings
from tests.workers.test_webhook_answers import telling, told
from workers.decisions import Decisions
from workers.life import Life
from workers.releases import Releases
from workers.rules import Rules
from workers.telling import Teller


def hook_of(status: Mapping[str, Any]) -> dict[str, Any]:
    return next(row for row in status["channels"] if row["id"] == "hook")


async def test_they_are_known_after_a_look_and_cleared_once_over(store: Store) -> None:
    registry, known, now = Registry(store), Decisions(store), datetime.now(UTC)
    end = (now + timedelta(hours=1)).replace(microsecond=0)
    await registry.decide(muted("qwen", until=end, reason="so", now=now))
    await registry.decide(muted("qwen", channel="team", until=now - timedelta(hours=1), reason="so", now=now))
    await registry.decide(unsubscribed("qwen", channel="team", recipient="a@b.example", reason="so", now=now))
    assert known.muted_until("qwen", "team") is None
    await known.refresh()
    assert known.muted_until("qwen", "team") == end
    assert known.is_unsubscribed("qwen", "team", "a@b.example")
    assert [each.id for each in await registry.overrides()] == ["muted:qwen", "unsubscribed:qwen:team:a@b.example"]
    assert await undo(store, "muted:qwen")
    await known.refresh()
    assert known.muted_until("qwen", "team") is None


async def test_a_paused_channel_keeps_its_deliveries_until_it_goes_on(store: Store, tmp_path: Path) -> None:
    async with telling(store, tmp_path) as (workers, hook):
        pause = paused("hook", reason="by command", now=datetime.now(UTC))
        await Registry(store).decide(pause)
        await workers.eventually(lambda status: hook_of(status)["state"] == "paused")
        await workers.publish("Qwen is out")
        await workers.eventually(lambda status: hook_of(status)["open"] == 1)
        assert (await workers.channel("hook"))["answer"] == "by command"
        assert not hook.calls
        await undo(store, pause.id)
        await workers.eventually(lambda status: hook_of(status)["delivered"] == 1)
        assert told(hook) == ["Qwen is out"]


async def test_what_came_under_a_mute_is_sent_once_that_is_undone(store: Store, tmp_path: Path) -> None:
    mute = muted("qwen", until=None, reason="by command", now=datetime.now(UTC))
    await Registry(store).decide(mute)
    async with telling(store, tmp_path) as (workers, hook):
        await workers.publish("Qwen is out")
        await workers.eventually(lambda status: [each["reason"] for each in status["held"]["alerts"]] == ["muted"])
        assert hook_of(await workers.status())["open"] == 0
        await undo(store, mute.id)
        await workers.eventually(lambda status: hook_of(status)["delivered"] == 1)
        assert told(hook) == ["Qwen is out"]
        assert (await workers.status())["held"]["alerts"] == []


class Failing(Teller):
    """A teller whose releases fail until they are mended, and then let out all of what is held the second time."""

    mended = False
    releases = 0

    async def release(self, watchlist: Watchlist, rules: Rules, *, anew: datetime | None = None) -> bool:
        if not self.mended:
            raise ValueError("a template of the moon")
        self.releases += 1
        return self.releases > 1


async def test_an_undone_mute_is_asked_about_until_what_it_held_was_let_out(store: Store) -> None:
    asked, decisions, rules = Anew(store), Decisions(store), Rules.of(Settings())
    teller = Failing(Stories(store, worker="m1"), decisions)
    releases = Releases(store, teller, decisions, life=Life("matcher"))
    await asked.ask("qwen", now=datetime.now(UTC) - timedelta(minutes=1))
    for _ in range(2):  # the second time it is not even tried: it backs off
        await releases._release(shard_of("qwen"), rules)
        assert list(await asked.asked(shard_of("qwen"))) == ["qwen"]
    teller.mended = True
    releases._again_at.clear()
    await releases._release(shard_of("qwen"), rules)
    assert list(await asked.asked(shard_of("qwen"))) == ["qwen"], "more than one release lets out"
    await releases._release(shard_of("qwen"), rules)
    assert await asked.asked(shard_of("qwen")) == {}
