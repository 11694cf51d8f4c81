"""What workers and channels say of themselves, and what was decided against the settings."""

from __future__ import annotations

from datetime import timedelta

from monitor.queue.codec import SCHEMA, encode
from monitor.queue.registry import Beat, ChannelState, HeldHost, Registry, channel_disabled
from monitor.queue.store import Store
from tests.queue.made import NOW


def beat(worker: str = "m1", *, role: str = "matcher", seconds_ago: float = 0) -> Beat:
    at = (NOW - timedelta(seconds=seconds_ago)).isoformat()
    return Beat(worker, role, "host", 1, NOW.isoformat(), at, 7, doing="working")


async def test_the_last_beat_of_each_worker_counts(any_store: Store) -> None:
    registry = Registry(any_store)
    await registry.beat(beat("m2"))
    await registry.beat(beat("m1", seconds_ago=60))
    await registry.beat(beat("m1"))
    assert await registry.workers() == [beat("m1"), beat("m2")]
    await registry.leave("m1", "m3")
    await registry.leave()
    assert await registry.workers() == [beat("m2")]


async def test_a_held_host_is_released_unless_it_asked_anew(any_store: Store) -> None:
    registry = Registry(any_store)
    first, later = HeldHost("https://a.example", NOW.isoformat()), HeldHost("https://a.example", "later")
    await registry.hold(first)
    read = await registry.held_hosts()
    await registry.hold(later)
    await registry.release(read)
    assert (read, await registry.held_hosts()) == ([first], [later])
    await registry.release([later])
    assert await registry.held_hosts() == []


async def test_who_beat_lately_is_alive(any_store: Store) -> None:
    registry = Registry(any_store)
    for each in (
        beat("m1"),
        beat("m2", seconds_ago=9.9),
        beat("m3", seconds_ago=10.1),
        beat("n1", role="notifier"),
    ):
        await registry.beat(each)
    assert await registry.alive("matcher", now=NOW) == ["m1", "m2"]
    assert await registry.alive("notifier", now=NOW) == ["n1"]
    assert await registry.alive("poller", now=NOW) == []


async def test_channels_say_how_they_are_doing(any_store: Store) -> None:
    registry = Registry(any_store)
    await registry.set_channel(ChannelState("mail", "waiting", NOW.isoformat(), "535 no", NOW.isoformat()))
    good = ChannelState("mail", "good", NOW.isoformat())
    await registry.set_channel(good)
    assert await registry.channels() == {"mail": good}


async def test_an_override_is_in_force_until_it_is_undone(any_store: Store) -> None:
    registry = Registry(any_store)
    override = channel_disabled("hook", reason="410 Gone", now=NOW)
    await registry.decide(override)
    await registry.decide(override)
    assert await registry.overrides() == [override]
    assert (override.id, override.subject, override.reason) == ("channel-disabled:hook", "hook", "410 Gone")
    assert await registry.undo(override.id)
    assert not await registry.undo(override.id)
    assert await registry.overrides() == []


async def test_records_of_another_version_are_passed_over_and_new_fields_ignored(any_store: Store) -> None:
    registry, key = Registry(any_store), any_store.keys.overrides
    known = {"kind": "channel-disabled", "subject": "s", "reason": "r", "decided_at": NOW.isoformat()}
    await any_store.run("HSET", key, "a", encode({"v": SCHEMA + 1, "id": "a", **known}))
    await any_store.run("HSET", key, "b", encode({"v": SCHEMA, "id": "b", **known, "added_later": 1}))
    await any_store.run("HSET", key, "c", "{damaged", "d", "[]")
    assert [override.id for override in await registry.overrides()] == ["b"]
