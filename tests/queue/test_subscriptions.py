"""Subscriptions as Redis keeps them, alone and on a cluster: changed together or not at all, due once at a time."""

from __future__ import annotations

from monitor.queue.duty import Duty, reconcile
from monitor.queue.keys import shard_of
from monitor.queue.store import Store
from monitor.queue.subscriptions import Amendment, Subscriptions


async def due_in_s(store: Store, feed_id: str) -> float:
    """Seconds until a feed is due, by the server's clock."""
    seconds, micro = await store.run("TIME")
    score = await store.run("ZSCORE", store.keys.due(shard_of(feed_id)), feed_id)
    return float(score) / 1000 - int(seconds) - int(micro) / 1e6


async def test_records_are_changed_together_or_not_at_all(any_store: Store) -> None:
    held = Subscriptions(any_store)
    assert await held.amend("f", [Amendment("a", "", "A1"), Amendment("b", "", "B1")])
    assert await held.of_feed("f") == {"a": "A1", "b": "B1"}
    assert not await held.amend("f", [Amendment("a", "A1", "A2"), Amendment("b", "B0", "B2")], state={"hub": "x"})
    assert not await held.amend("f", [Amendment("c", "C1", "C2")])
    assert not await held.amend("f", [Amendment("a", "", "A2")])
    assert await held.of_feed("f") == {"a": "A1", "b": "B1"}
    assert await Duty(any_store, worker="w", lease_s=1).state("f") == {}
    assert await held.amend("f", [Amendment("a", "A1", ""), Amendment("b", "B1", "B2")], state={"hub": "x"})
    assert await held.of_feed("f") == {"b": "B2"}
    assert await held.one("f", "b") == "B2"
    assert await held.one("f", "a") == ""
    assert await Duty(any_store, worker="w", lease_s=1).state("f") == {"hub": "x"}


async def test_what_is_due_is_taken_once_and_again_after_the_pause(any_store: Store, other_store: Store) -> None:
    held, other = Subscriptions(any_store), Subscriptions(other_store)
    await held.amend("f", [Amendment("now", "", "1"), Amendment("later", "", "1", delay_s=60)])
    await held.amend("g", [Amendment("now", "", "1")])
    taken = [*await held.take_due(5, pause_s=60), *await other.take_due(5, pause_s=60)]
    assert sorted(taken) == [("f", "now"), ("g", "now")]
    await held.amend("f", [Amendment("later", "1", "2")])
    await held.amend("g", [Amendment("now", "1", "")])
    assert await other.take_due(5, pause_s=0) == [("f", "later")]
    assert await held.take_due(5, pause_s=0) == [("f", "later")]
    assert await held.feeds() == {"f"}


async def test_a_feed_whose_subscription_ends_can_be_made_due_and_its_poll_is_fenced_off(any_store: Store) -> None:
    await reconcile(any_store, ["f", "g"])
    duty, held = Duty(any_store, worker="w", lease_s=60), Subscriptions(any_store)
    leases, _ = await duty.claim(2)
    assert await held.amend("f", [], state={"push_until": ""}, poll_now=True)
    assert await held.amend("not polled", [], poll_now=True)
    assert await due_in_s(any_store, "f") <= 0
    assert await due_in_s(any_store, "g") > 50
    committed = {lease.feed_id: await duty.commit(lease, delay_s=9, state={"etag": "1"}) for lease in leases}
    assert committed == {"f": False, "g": True}
    assert await any_store.run("ZSCORE", any_store.keys.due(shard_of("not polled")), "not polled") is None


async def test_a_feed_whose_last_poll_failed_keeps_its_time(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    duty, held = Duty(any_store, worker="w", lease_s=60), Subscriptions(any_store)
    (lease,), _ = await duty.claim(1)
    assert await duty.commit(lease, delay_s=600, state={"failures": "1"})
    assert await held.amend("f", [], state={"push_until": ""}, poll_now=True)
    assert await due_in_s(any_store, "f") > 500
    assert (await duty.state("f"))["push_until"] == ""


async def test_who_has_kept_a_feeds_state_learns_that_it_was_changed(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    duty, held = Duty(any_store, worker="w", lease_s=60), Subscriptions(any_store)
    (first,), _ = await duty.claim(1)
    assert await duty.commit(first, delay_s=0, state={})
    (second,), _ = await duty.claim(1)
    assert second.last_commit == first.token
    # While it is polled, and between two polls.
    assert await held.amend("f", [], state={"push_until": "then"})
    assert await held.amend("f", [], state={"push_until": "later"})
    assert await duty.extend([second]) == 1
    assert await duty.commit(second, delay_s=0, state={})
    (third,), _ = await duty.claim(1)
    assert third.last_commit == ""
    assert await duty.commit(third, delay_s=0, state={})
    assert await held.amend("f", [], state={"push_until": ""})
    (fourth,), _ = await duty.claim(1)
    assert fourth.last_commit == ""
    assert await held.amend("f", [Amendment("a", "", "1")])
    assert await duty.commit(fourth, delay_s=0, state={})
    (fifth,), _ = await duty.claim(1)
    assert fifth.last_commit == fourth.token


async def test_a_push_leaves_a_trace_of_its_own(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    poller, push = Duty(any_store, worker="poller", lease_s=60), Duty(any_store, worker="web", lease_s=60)
    (lease,), _ = await poller.claim(1)
    assert await poller.commit(lease, delay_s=300, state={})
    taken = await push.take("f")
    assert taken is not None
    assert await push.commit(taken[0], delay_s=0, state={"body_hash": "x"})
    (again,), _ = await poller.claim(1)
    assert again.last_commit == taken[0].token != lease.token
