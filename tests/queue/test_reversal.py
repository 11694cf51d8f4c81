"""Undoing an override sets going again what it held back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.feeds.known import QUARANTINED, Known
from monitor.feeds.state import from_fields
from monitor.model import FEED_FLOODED, FEED_MOVED, FEED_RETIRED
from monitor.queue.anew import Anew
from monitor.queue.duty import Duty, Lease, reconcile
from monitor.queue.keys import shard_of
from monitor.queue.registry import Registry, channel_disabled, feed_decided
from monitor.queue.reversal import put_in_force, undo
from monitor.queue.silences import muted
from monitor.queue.store import Store
from tests.feeds.made import entry
from tests.queue.made import NOW

HOUR_S = 3_600.0


async def polled(store: Store) -> tuple[Duty, Lease]:
    """Let a feed have been polled, with a known entry and a quarantined one; it is due in an hour."""
    duty = Duty(store, worker="w", lease_s=30)
    await reconcile(store, ["f"])
    (lease,), _ = await duty.claim(1)
    known = {
        "good": Known.of(entry("good"), seen_ms=1).written(),
        "held": Known.of(entry("held"), seen_ms=1, standing=QUARANTINED).written(),
    }
    state = {"etag": '"1"', "last_modified": "then", "body_hash": "0", "url": "https://f.example/"}
    assert await duty.commit(lease, delay_s=HOUR_S, state=state, known_add=known)
    return duty, lease


async def decided(store: Store, kind: str) -> str:
    override = feed_decided(kind, "f", reason="so", address="0", now=NOW)
    await Registry(store).decide(override)
    return override.id


@pytest.mark.parametrize("kind", [FEED_MOVED, FEED_RETIRED])
async def test_a_feed_is_due_at_once_as_it_is_known(any_store: Store, kind: str) -> None:
    duty, before = await polled(any_store)
    assert (await duty.claim(1))[0] == []
    assert await undo(any_store, await decided(any_store, kind))
    (lease,), _ = await duty.claim(1)
    assert lease.last_commit == before.token, "whoever knows the state still knows it"
    assert len(await duty.known("f")) == 2


async def test_what_was_held_back_is_forgotten_and_the_whole_document_asked_for(any_store: Store) -> None:
    duty, _ = await polled(any_store)
    assert await undo(any_store, await decided(any_store, FEED_FLOODED))
    (lease,), _ = await duty.claim(1)
    state = from_fields(await duty.state("f"))
    assert lease.last_commit == "", "the state has another author"
    assert (state.etag, state.last_modified, state.body_hash, state.let_through) == (None, None, None, True)
    assert (state.url, list(await duty.known("f"))) == ("https://f.example/", ["good"])


async def test_a_poll_under_way_does_not_write_over_what_is_let_through(any_store: Store) -> None:
    duty, _ = await polled(any_store)
    await any_store.run("ZADD", any_store.keys.due(shard_of("f")), 0, "f")
    (under_way,), _ = await duty.claim(1)
    await undo(any_store, await decided(any_store, FEED_FLOODED))
    assert not await duty.commit(under_way, delay_s=HOUR_S, state={"etag": '"2"'})


async def test_a_retired_feed_that_the_settings_no_longer_have_stays_away(any_store: Store) -> None:
    await polled(any_store)
    override = await decided(any_store, FEED_RETIRED)
    await reconcile(any_store, [])
    assert await undo(any_store, override)
    assert (await Duty(any_store, worker="w", lease_s=30).claim(1))[0] == []


async def test_other_overrides_are_taken_back_and_no_more(any_store: Store) -> None:
    duty, _ = await polled(any_store)
    override = channel_disabled("f", reason="so", now=NOW)
    await Registry(any_store).decide(override)
    assert await undo(any_store, override.id)
    assert not await undo(any_store, override.id)
    assert (await duty.claim(1))[0] == []


async def test_what_a_mute_held_is_to_be_decided_anew_until_that_is_done(any_store: Store) -> None:
    anew, shard = Anew(any_store), shard_of("qwen")
    override = muted("qwen", channel="team", until=None, reason="so", now=NOW)
    await Registry(any_store).decide(override)
    assert await undo(any_store, override.id)
    ((name, when),) = (await anew.asked(shard)).items()
    assert name == "qwen"
    await anew.ask("qwen", now=NOW)
    await anew.done("qwen", when)
    assert await anew.asked(shard) == {"qwen": NOW.isoformat()}, "asked for again meanwhile"
    await anew.done("qwen", NOW.isoformat())
    assert await anew.asked(shard) == {}


@pytest.mark.parametrize(
    ("before", "after", "is_asked"),
    [(None, 1.0, True), (9.0, 1.0, True), (1.0, 1.0, False), (1.0, 9.0, False), (9.0, None, False)],
)
async def test_what_a_mute_held_is_decided_anew_once_that_ends_sooner(
    any_store: Store, before: float | None, after: float | None, is_asked: bool
) -> None:
    for hours in (before, after):
        until = None if hours is None else NOW + timedelta(hours=hours)
        await put_in_force(any_store, muted("qwen", channel="team", until=until, reason="so", now=NOW))
    assert list(await Anew(any_store).asked(shard_of("qwen"))) == (["qwen"] if is_asked else [])
    (standing,) = await Registry(any_store).overrides()
    assert standing.until == ("" if after is None else (NOW + timedelta(hours=after)).isoformat(timespec="seconds"))


@pytest.mark.parametrize("is_undone", [True, False])
async def test_what_was_decided_anew_before_a_mute_ended_is_decided_anew_after_it(
    any_store: Store, monkeypatch: pytest.MonkeyPatch, *, is_undone: bool
) -> None:
    anew, shard, registry = Anew(any_store), shard_of("qwen"), Registry(any_store)
    mute = muted("qwen", channel="team", until=None, reason="so", now=NOW)
    await registry.decide(mute)
    found = []

    async def looked(*_: object) -> bool:  # by whoever lets out, between the two
        for name, when in (await anew.asked(shard)).items():
            found.append(name)
            await anew.done(name, when)
        return True

    monkeypatch.setattr(Registry, "undo" if is_undone else "decide", looked)
    if is_undone:
        await undo(any_store, mute.id)
    else:
        sooner = muted("qwen", channel="team", until=NOW + timedelta(hours=1), reason="so", now=NOW)
        await put_in_force(any_store, sooner)
    assert [*found, *await anew.asked(shard)] == ["qwen", "qwen"]
