"""Promise 2 at the level of the scripts: one alert per item and watchlist, and a durable record of each delivery."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable

import pytest

from monitor.model import Alert, Delivery
from monitor.queue.codec import SCHEMA, channels_of
from monitor.queue.keys import shard_of
from monitor.queue.letters import DeadLetters
from monitor.queue.outbox import Attempt, Damaged, Outbox
from monitor.queue.ownership import Ownership
from monitor.queue.registry import Registry, channel_disabled
from monitor.queue.store import ServerFullError, Store, entries, mapping
from tests.conftest import Valkey
from tests.queue.made import NOW, alert, committed, delivery

REMEMBER_S = 3600.0
W = shard_of("w")


async def commit(store: Store, *deliveries: Delivery, made: Alert | None = None) -> bool:
    return await committed(store, made or alert("k1"), deliveries, remember_s=REMEMBER_S)


async def record(store: Store, found: Delivery) -> dict[str, str]:
    return mapping(await store.run("HGETALL", store.keys.delivery(W, found.id)))


async def begin(store: Store, found: Delivery) -> Delivery:
    """Begin an attempt, which must be there to begin."""
    attempt = await Outbox(store).begin(W, found.channel_id, found.id)
    assert isinstance(attempt, Attempt)
    return attempt.delivery


async def alerts(store: Store) -> list[dict[str, str]]:
    return [fields for _, fields in entries(await store.run("XRANGE", store.keys.alerts(W), "-", "+"))]


async def test_an_alert_comes_with_its_deliveries_and_its_announcement(any_store: Store) -> None:
    made = alert("k1")
    mail, hook = delivery(made, channel="mail"), delivery(made, channel="hook")
    assert await commit(any_store, mail, hook, made=made)
    outbox = Outbox(any_store)
    assert await outbox.channels(W) == ["hook", "mail"]
    assert await outbox.due(W, "mail", most=10) == ([mail.id], None)
    assert await begin(any_store, hook) == hook
    (announced,) = await alerts(any_store)
    assert channels_of(announced) == ("hook", "mail")
    assert announced["v"] == str(SCHEMA)


async def test_an_item_alerts_once_per_watchlist(any_store: Store) -> None:
    first, again, elsewhere = alert("k1"), alert("k1"), alert("k1", watchlist="x")
    assert await commit(any_store, delivery(first), made=first)
    assert not await commit(any_store, delivery(again, recipient="new"), made=again)
    assert await commit(any_store, delivery(elsewhere), made=elsewhere)
    assert len(await alerts(any_store)) == 1
    assert await Outbox(any_store).due(W, "c", most=10) == ([delivery(first).id], None)


async def test_of_two_workers_that_hold_one_item_one_alerts(any_store: Store, other_store: Store) -> None:
    for n in range(40):
        made = alert(f"k{n}")
        both = await asyncio.gather(
            commit(any_store, delivery(made), made=made), commit(other_store, delivery(made), made=made)
        )
        assert sorted(both) == [False, True]
    assert len(await alerts(any_store)) == 40
    ids, _ = await Outbox(any_store).due(W, "c", most=100)
    assert len(ids) == 40


async def test_an_alert_for_nobody_is_remembered(any_store: Store) -> None:
    assert await commit(any_store)
    assert not await commit(any_store)


async def test_an_alert_that_is_made_again_leaves_its_deliveries_as_they_are(any_store: Store) -> None:
    # The mark can be gone (remembered long enough, rolled back) while the delivery's record is not.
    sent = delivery(alert("k1"))
    await commit(any_store, sent)
    await Outbox(any_store).delivered(await begin(any_store, sent), answer="250", now=NOW, keep_s=60)
    await any_store.run("DEL", any_store.keys.alerted("w"))
    assert await commit(any_store, sent)
    assert await Outbox(any_store).due(W, "c", most=10) == ([], None)


async def test_an_old_mark_is_forgotten_with_the_next_alert(any_store: Store) -> None:
    key = any_store.keys.alerted("w")
    await any_store.run("ZADD", key, 1, "ancient")
    await commit(any_store)
    assert await any_store.run("ZRANGE", key, 0, -1) == ["k1"]
    assert 0 < int(await any_store.run("PTTL", key)) <= REMEMBER_S * 1000


async def test_deliveries_are_due_in_the_order_of_their_alerts(any_store: Store) -> None:
    names = ["m", "a", "z", "k", "b"]
    for name in names:
        made = alert(name)
        await commit(any_store, delivery(made), made=made)
    ids = [delivery(alert(name)).id for name in names]
    outbox = Outbox(any_store)
    assert await outbox.due(W, "c", most=10) == (ids, None)
    assert await outbox.due(W, "c", most=5) == (ids, None)
    assert await outbox.due(W, "c", most=3) == (ids[:3], 0.0)
    assert await outbox.due(W, "nobody", most=3) == ([], None)


async def test_a_retry_is_not_due_before_its_time_and_may_be_overtaken(any_store: Store) -> None:
    first, second = alert("k1"), alert("k2")
    await commit(any_store, delivery(first), made=first)
    await commit(any_store, delivery(second), made=second)
    outbox = Outbox(any_store)
    await outbox.retry(await begin(any_store, delivery(first)), answer="503", now=NOW, delay_s=60)
    ids, wait_s = await outbox.due(W, "c", most=10)
    assert ids == [delivery(second).id]
    assert wait_s is not None
    assert 59 < wait_s <= 60
    found = await record(any_store, delivery(first))
    assert (found["attempts"], found["started"], found["answer"], found["state"]) == ("1", "0", "503", "open")
    await outbox.retry(await begin(any_store, delivery(first)), answer="503", now=NOW, delay_s=0)
    ids, _ = await outbox.due(W, "c", most=10)
    assert ids == [delivery(second).id, delivery(first).id]


async def test_a_begun_attempt_is_counted_until_it_ends(any_store: Store) -> None:
    outbox, made = Outbox(any_store), delivery(alert("k1"))
    await commit(any_store, made)
    started = []
    for _ in range(3):
        attempt = await outbox.begin(W, "c", made.id)
        assert attempt is not None
        started.append(attempt.started)
    assert started == [1, 2, 3]
    await outbox.abandon(made)
    assert (await record(any_store, made))["started"] == "2"
    await outbox.kept(made, answer="refused", now=NOW)
    attempt = await outbox.begin(W, "c", made.id)
    assert attempt is not None
    assert (attempt.started, attempt.delivery) == (1, made)


async def test_what_is_abandoned_after_its_end_is_not_counted_below_nothing(any_store: Store) -> None:
    outbox, made = Outbox(any_store), delivery(alert("k1"))
    await commit(any_store, made)
    await outbox.delivered(await begin(any_store, made), answer="250", now=NOW, keep_s=60)
    await outbox.abandon(made)
    assert (await record(any_store, made))["started"] == "0"
    await any_store.run("DEL", any_store.keys.delivery(W, made.id))
    await outbox.abandon(made)
    assert await record(any_store, made) == {}


async def test_what_is_delivered_keeps_a_record_without_its_body_for_a_time(any_store: Store) -> None:
    outbox, made = Outbox(any_store), delivery(alert("k1"))
    await commit(any_store, made)
    await outbox.delivered(await begin(any_store, made), answer="250 ok", now=NOW, keep_s=60)
    found = await record(any_store, made)
    assert (found["state"], found["answer"], found["attempts"]) == ("delivered", "250 ok", "1")
    assert "body" not in found
    assert 59_000 < int(await any_store.run("PTTL", any_store.keys.delivery(W, made.id))) <= 60_000
    assert await outbox.due(W, "c", most=10) == ([], None)
    assert await outbox.begin(W, "c", made.id) is None


@pytest.mark.parametrize("late", ["retry", "kept", "dead", "delivered"])
async def test_nothing_that_comes_after_delivered_changes_it(any_store: Store, late: str) -> None:
    outbox, made = Outbox(any_store), delivery(alert("k1"))
    await commit(any_store, made)
    held = await begin(any_store, made)
    await outbox.delivered(held, answer="250 ok", now=NOW, keep_s=60)
    before = await record(any_store, made)
    match late:
        case "retry":
            await outbox.retry(held, answer="503", now=NOW, delay_s=1)
        case "kept":
            await outbox.kept(held, answer="refused", now=NOW)
        case "dead":
            await outbox.dead(held, reason="400", now=NOW, keep_s=1, most=10)
        case "delivered":
            await outbox.delivered(held, answer="250 again", now=NOW, keep_s=1)
    assert await record(any_store, made) == before
    assert await outbox.due(W, "c", most=10) == ([], None)
    assert await DeadLetters(any_store).count() == 0
    assert mapping(await any_store.run("HGETALL", any_store.keys.outcomes(W))) == {"c delivered": "1"}


async def test_a_fault_of_the_channel_keeps_the_delivery_at_the_head(any_store: Store) -> None:
    outbox, first, second = Outbox(any_store), alert("k1"), alert("k2")
    await commit(any_store, delivery(first), made=first)
    await commit(any_store, delivery(second), made=second)
    await outbox.kept(await begin(any_store, delivery(first)), answer="connection refused", now=NOW)
    assert (await outbox.due(W, "c", most=10))[0] == [delivery(first).id, delivery(second).id]
    found = await record(any_store, delivery(first))
    assert found["answer"] == "connection refused"
    assert "attempts" not in found


async def test_a_dead_delivery_is_opened_again_with_a_fresh_ladder(any_store: Store) -> None:
    outbox, letters, made = Outbox(any_store), DeadLetters(any_store), delivery(alert("k1"))
    await commit(any_store, made)
    for _ in range(2):
        await outbox.retry(await begin(any_store, made), answer="503", now=NOW, delay_s=0)
    await outbox.dead(await begin(any_store, made), reason="550 no such user", now=NOW, keep_s=60, most=10)
    assert await outbox.due(W, "c", most=10) == ([], None)
    (letter,) = await letters.list()
    assert (letter.kind, letter.channel, letter.delivery, letter.reason) == (
        "delivery",
        "c",
        made.id,
        "550 no such user",
    )
    assert await letters.replay(letter.id)
    assert not await letters.replay(letter.id)
    assert await letters.count() == 0
    assert await begin(any_store, made) == dataclasses.replace(made, attempts=0)
    assert int(await any_store.run("PTTL", any_store.keys.delivery(W, made.id))) == -1
    assert (await outbox.due(W, "c", most=10))[0] == [made.id]


async def test_dead_letters_are_bounded(store: Store) -> None:
    outbox = Outbox(store)
    for n in range(5):
        made = alert(f"k{n}")
        await commit(store, delivery(made), made=made)
        await outbox.dead(await begin(store, delivery(made)), reason=f"{n}", now=NOW, keep_s=60, most=3)
    assert sorted(letter.reason for letter in await DeadLetters(store).list()) == ["2", "3", "4"]


async def test_a_delivery_of_a_newer_schema_is_left_as_it_is(any_store: Store) -> None:
    made = delivery(alert("k1"))
    await commit(any_store, made)
    await any_store.run("HSET", any_store.keys.delivery(W, made.id), "v", SCHEMA + 1)
    before = await record(any_store, made)
    assert await Outbox(any_store).begin(W, "c", made.id) is None
    assert await record(any_store, made) == before
    assert (await Outbox(any_store).due(W, "c", most=10))[0] == [made.id]


@pytest.mark.parametrize(
    "damage",
    [
        ("HDEL", "body"),
        ("HSET", "created_at", "yesterday"),
        ("HSET", "attempts", "many"),
        ("HSET", "started", "some"),
        ("HSET", "watchlist", "elsewhere"),
        ("HSET", "channel", "d"),
        ("HDEL", "state"),
        ("HSET", "state", "opne"),
        ("HDEL", "v"),
        ("HSET", "v", "one"),
        ("DEL",),
    ],
    ids=lambda damage: " ".join(map(str, damage)),
)
async def test_a_damaged_delivery_is_buried_with_its_reason_and_all_that_is_left_of_it(
    any_store: Store, damage: tuple[str, ...]
) -> None:
    made, neighbour = delivery(alert("k1")), delivery(alert("k2"))
    await commit(any_store, made)
    await commit(any_store, neighbour, made=alert("k2"))
    await any_store.run(damage[0], any_store.keys.delivery(W, made.id), *damage[1:])
    outbox, before = Outbox(any_store), await record(any_store, made)
    damaged = await outbox.begin(W, "c", made.id)
    assert isinstance(damaged, Damaged)
    assert made.id in damaged.reason
    assert (await outbox.due(W, "c", most=10))[0] == [made.id, neighbour.id]
    for _ in range(2):
        await outbox.bury(W, "c", damaged, now=NOW, keep_s=60, most=10)
    assert (await outbox.due(W, "c", most=10))[0] == [neighbour.id]
    letters = DeadLetters(any_store)
    (letter,) = await letters.list()
    assert (letter.channel, letter.delivery, letter.reason) == ("c", made.id, damaged.reason)
    shown = await letters.show(letter.id)
    assert shown is not None
    assert shown[1] | before == shown[1] | {"state": before.get("state", "dead")}
    assert await outbox.begin(W, "c", made.id) is None
    assert await any_store.run("HGET", any_store.keys.outcomes(W), "c dead") == "1"
    assert await begin(any_store, neighbour) == neighbour


async def test_a_value_that_is_no_utf_8_is_read_as_well_as_it_can_and_fails_no_neighbour(any_store: Store) -> None:
    made = delivery(alert("k1"))
    await commit(any_store, made)
    await any_store.run("HSET", any_store.keys.delivery(W, made.id), "body", b"tor\xffn")
    attempt, other = await asyncio.gather(Outbox(any_store).begin(W, "c", made.id), any_store.run("PING"))
    assert isinstance(attempt, Attempt)
    assert (attempt.delivery.body, other) == ("tor\N{REPLACEMENT CHARACTER}n", "PONG")


async def test_what_was_damaged_is_sent_once_it_is_mended_and_replayed(any_store: Store) -> None:
    made, outbox, letters = delivery(alert("k1")), Outbox(any_store), DeadLetters(any_store)
    await commit(any_store, made)
    await any_store.run("HSET", any_store.keys.delivery(W, made.id), "created_at", "yesterday")
    damaged = await outbox.begin(W, "c", made.id)
    assert isinstance(damaged, Damaged)
    await outbox.bury(W, "c", damaged, now=NOW, keep_s=60, most=10)
    await any_store.run("HSET", any_store.keys.delivery(W, made.id), "created_at", made.created_at.isoformat())
    (letter,) = await letters.list()
    assert await letters.replay(letter.id)
    assert await begin(any_store, made) == made


async def test_what_is_not_due_any_more_is_left_alone(any_store: Store) -> None:
    assert await Outbox(any_store).begin(W, "c", "ghost") is None
    assert await any_store.run("EXISTS", any_store.keys.delivery(W, "ghost")) == 0


async def test_a_full_server_refuses_new_alerts_and_goes_on_sending(start_valkey: Callable[..., Valkey]) -> None:
    server = start_valkey("--maxmemory-policy", "noeviction")
    store = await Store.open(server.url, prefix="t:")
    outbox, registry = Outbox(store), Registry(store)
    await store.run("HSET", "ballast", "b", "x" * 4_000_000)
    for n in range(3):
        made = alert(f"k{n}")
        await commit(store, delivery(made), made=made)
    await store.run("CONFIG", "SET", "maxmemory", "2mb")

    with pytest.raises(ServerFullError, match="memory limit") as caught:
        await commit(store, delivery(alert("new")), made=alert("new"))
    assert caught.value.temporary
    assert await store.run("EXISTS", store.keys.delivery(W, delivery(alert("new")).id)) == 0

    # All that a notifier does from owning a shard to writing down an outcome.
    owner = Ownership(store, worker="n1", ttl_s=60)
    assert await owner.hold([store.keys.owner(W)]) == [store.keys.owner(W)]
    held = [await begin(store, delivery(alert(f"k{n}"))) for n in range(3)]
    await outbox.delivered(held[0], answer="250", now=NOW, keep_s=60)
    await outbox.retry(held[1], answer="503", now=NOW, delay_s=60)
    await outbox.dead(held[2], reason="400", now=NOW, keep_s=60, most=10)
    await registry.decide(channel_disabled("c", reason="410", now=NOW))
    assert [each.subject for each in await registry.overrides()] == ["c"]
    ids, wait_s = await outbox.due(W, "c", most=10)
    assert (ids, wait_s is not None) == ([], True)
    await store.close()
