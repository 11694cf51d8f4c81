"""A push takes its feed although it is not due: nobody polls meanwhile, and the feed stays due when it was."""

from __future__ import annotations

import pytest

from monitor.queue.duty import Duty, InWork, reconcile
from monitor.queue.store import Store


async def test_a_feed_is_taken_before_it_is_due_and_by_one_alone(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    poller, push = Duty(any_store, worker="poller", lease_s=60), Duty(any_store, worker="web", lease_s=60)
    (polled,), _ = await poller.claim(1)
    with pytest.raises(InWork):
        await push.take("f")
    assert await poller.commit(polled, delay_s=300, state={})

    taken = await push.take("f")
    assert taken is not None
    lease, due_in_s = taken
    assert 295 < due_in_s <= 300
    assert (await poller.claim(1))[0] == []
    with pytest.raises(InWork):
        await Duty(any_store, worker="other", lease_s=60).take("f")
    assert await push.commit(lease, delay_s=due_in_s, state={"etag": "1"})
    assert (await poller.claim(1))[0] == []


async def test_a_feed_that_is_due_is_taken_before_a_poller_claims_it(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    taken = await Duty(any_store, worker="web", lease_s=60).take("f")
    assert taken is not None
    assert taken[1] == 0.0


async def test_a_lease_that_has_run_out_is_taken_over_and_its_holder_commits_nothing(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    dead = Duty(any_store, worker="dead", lease_s=0)
    (lost,), _ = await dead.claim(1)
    assert await Duty(any_store, worker="web", lease_s=60).take("f") is not None
    assert not await dead.commit(lost, delay_s=1, state={"etag": "lost"})


async def test_a_feed_that_nobody_polls_is_not_taken(any_store: Store) -> None:
    duty = Duty(any_store, worker="web", lease_s=60)
    assert await duty.take("f") is None
    assert (await duty.claim(1))[0] == []


async def test_what_a_dead_web_process_held_is_due_at_once(any_store: Store) -> None:
    await reconcile(any_store, ["f"])
    dead, poller = Duty(any_store, worker="dead", lease_s=600), Duty(any_store, worker="poller", lease_s=60)
    assert await dead.take("f")
    assert await Duty(any_store, worker="web", lease_s=60).release("dead") == 1
    assert [lease.feed_id for lease in (await poller.claim(1))[0]] == ["f"]
