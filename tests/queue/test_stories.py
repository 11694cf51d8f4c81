"""The stories of a watchlist in Redis: read by version, committed on what was read, or refused. Promise 2."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.queue.keys import shard_of
from monitor.queue.store import Store
from monitor.queue.stories import Bounds, Change, Closed, Commit, Outcome, Stories
from tests.queue.made import alert, delivery

NOW = datetime(2026, 7, 10, tzinfo=UTC)
BOUNDS = Bounds(remember_s=60, keep_told_s=60, keep_stories_s=60, most_unsent=100)
FIRST = Commit(watchlist="w", version="0", changes=[Change("s1", "", b"one")], mark="k1")


async def committed(stories: Stories, commit: Commit) -> tuple[Outcome, str]:
    return await stories.commit(commit, bounds=BOUNDS)


async def test_what_changed_since_a_version_is_read(any_store: Store) -> None:
    stories = Stories(any_store, worker="m1")
    assert (await stories.read("w")).version == "0"
    _, one = await committed(stories, FIRST)
    _, two = await committed(stories, replace(FIRST, version=one, changes=[Change("s2", "", b"two")], mark="k2"))
    everything = await stories.read("w")
    assert everything.version == two
    assert [(kept.story, kept.version, kept.record) for kept in everything.changed] == [
        ("s1", one, "one"),
        ("s2", two, "two"),
    ]
    assert [kept.story for kept in (await stories.read("w", since=one)).changed] == ["s2"]
    _, three = await committed(stories, Commit(watchlist="w", version=two, changes=[Change("s1", one, b"")]))
    last = await stories.read("w", since=two)
    assert (last.version, last.open, last.changed) == (three, {"s2": two}, ())


async def test_a_version_that_a_power_cut_took_back_is_read_whole(any_store: Store) -> None:
    stories = Stories(any_store, worker="m1")
    await committed(stories, FIRST)
    assert [kept.story for kept in (await stories.read("w", since="9007199254740991")).changed] == ["s1"]


async def test_one_decision_is_committed_once(any_store: Store) -> None:
    stories, made = Stories(any_store, worker="m1"), alert()
    commit = replace(FIRST, alerts=[(made, [delivery(made)])])
    outcome, version = await committed(stories, commit)
    assert outcome is Outcome.DONE
    assert (await committed(stories, replace(commit, version=version)))[0] is Outcome.KNOWN
    keys, shard = any_store.keys, shard_of("w")
    assert await any_store.run("XLEN", keys.alerts(shard)) == 1
    assert await any_store.run("ZCARD", keys.outbox(shard, "c")) == 1
    assert made.id in await any_store.run("GET", keys.told(shard, made.id))


async def test_of_two_that_decided_on_one_version_the_second_is_refused_with_nothing_written(any_store: Store) -> None:
    one, other, made = Stories(any_store, worker="m1"), Stories(any_store, worker="m2"), alert("k2")
    await committed(one, FIRST)
    late = replace(FIRST, changes=[Change("s2", "", b"two")], mark="k2", alerts=[(made, [delivery(made)])])
    assert (await committed(other, late))[0] is Outcome.CHANGED
    assert (await one.read("w")).open.keys() == {"s1"}
    assert await any_store.run("XLEN", any_store.keys.alerts(shard_of("w"))) == 0
    assert await any_store.run("ZSCORE", any_store.keys.alerted("w"), "k2") is None


async def test_a_story_that_is_not_as_it_was_read_refuses_the_commit(any_store: Store) -> None:
    stories = Stories(any_store, worker="m1")
    _, version = await committed(stories, FIRST)
    lost = replace(FIRST, version=version, changes=[Change("s1", "17", b"grown")], mark="k2")
    assert (await committed(stories, lost))[0] is Outcome.LOST


async def test_in_its_turn_a_worker_is_never_refused(any_store: Store) -> None:
    one, other = Stories(any_store, worker="m1"), Stories(any_store, worker="m2")
    assert await one.take_turn("w")
    assert not await other.take_turn("w")
    assert (await committed(other, FIRST))[0] is Outcome.WAIT
    assert (await committed(one, FIRST))[0] is Outcome.DONE
    await one.end_turn("w")
    assert await other.take_turn("w")


async def test_what_is_held_is_due_at_its_time_and_kept_till_then(any_store: Store) -> None:
    stories, shard = Stories(any_store, worker="m1"), shard_of("w")
    due_at = NOW + timedelta(hours=1)
    _, version = await committed(stories, replace(FIRST, due_at=due_at))
    assert await any_store.run("PTTL", any_store.keys.stories("w")) == -1
    assert await stories.due(shard, now=due_at - timedelta(milliseconds=1), most=10) == []
    assert await stories.due(shard, now=due_at, most=10) == ["w"]
    assert await stories.holding(shard) == ["w"]
    closed = Closed("w", "c", "s1", "Qwen", "muted, when its story's window ended", NOW)
    gone = Commit(watchlist="w", version=version, changes=[Change("s1", version, b"")], closed=[closed])
    assert (await committed(stories, gone))[0] is Outcome.DONE
    assert await stories.holding(shard) == []
    assert await stories.unsent(shard, most=10) == [closed]
    assert await any_store.run("PTTL", any_store.keys.stories("w")) > 0


async def test_when_channels_were_told_is_kept(any_store: Store) -> None:
    stories = Stories(any_store, worker="m1")
    _, version = await committed(stories, replace(FIRST, pace={"c": [NOW]}))
    await committed(stories, replace(FIRST, version=version, mark="k2", changes=[Change("s2", "", b"two")]))
    assert (await stories.read("w")).pace == {"c": (NOW,)}
