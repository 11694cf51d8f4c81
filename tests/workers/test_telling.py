"""Matches of one watchlist from several matchers to its stories: each decided once, none lost, within bounded tries."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from unittest.mock import AsyncMock

import pytest

from monitor.alerts.deliveries import deliveries_of
from monitor.errors import StoreError
from monitor.model import Alert, Delivery, Evidence, Item, Match
from monitor.queue.anew import Anew
from monitor.queue.codec import decode_told
from monitor.queue.keys import shard_of
from monitor.queue.store import Store, entries
from monitor.queue.stories import UNREAD, Bounds, Commit, Outcome, Reading, Stories
from monitor.settings.channels import Channel
from monitor.settings.schema import Settings
from monitor.stories.record import decode
from tests.conftest import Valkey
from workers.decisions import Decisions
from workers.life import Life
from workers.releases import Releases
from workers.rules import Rules
from workers.telling import Teller

NOW = datetime.now(UTC)
WATCHLIST = "meta"


class Counted(Stories):
    """Stories that count what became of commits, and what was read."""

    outcomes: Counter[Outcome]
    #: How often, by all workers, all stories of a watchlist were read, not those alone that had changed.
    whole: ClassVar[int] = 0

    async def read(self, watchlist: str, *, since: str = UNREAD) -> Reading:
        Counted.whole += since == UNREAD
        return await super().read(watchlist, since=since)

    async def commit(self, commit: Commit, *, bounds: Bounds) -> tuple[Outcome, str]:
        outcome, version = await super().commit(commit, bounds=bounds)
        self.outcomes[outcome] += 1
        return outcome, version


def rules(**policy: Any) -> Rules:
    """Make the rules of one watchlist that is told to one folder."""
    return Rules.of(
        Settings.model_validate(
            {
                "channels": [{"id": "box", "type": "mailbox", "path": "mail"}],
                "watchlists": [{"id": WATCHLIST, "terms": ["Meta"], "channels": ["box"], "policy": policy}],
            }
        )
    )


def an_item(key: str, title: str, outlet: str, *, minute: int) -> Item:
    at = NOW + timedelta(minutes=minute)
    return Item(key, "f", f"https://news.example/{key}", title, "", "", outlet, "", at, at, "en")


def match_of(item: Item) -> Match:
    return Match(WATCHLIST, "v1", (Evidence("title", 0, 4, item.title[:4]),))


#: Events that share nothing, of which four outlets tell each.
EVENTS = [
    "Meta buys chip startup Rivos",
    "Meta delays glasses in Europe",
    "Texas court fines Meta over faces",
    "Meta engineers strike in Dublin",
    "Meta lab in Zurich shows a wristband",
]
ITEMS = [
    an_item(f"k{number}-{outlet}", title, f"Outlet {outlet}", minute=number)
    for number, title in enumerate(EVENTS)
    for outlet in range(4)
]


@pytest.fixture
async def tellers(any_server: Valkey, any_store: Store) -> AsyncIterator[tuple[list[Teller], Counter[Outcome]]]:
    """Four tellers, each with a connection of its own as it would have in a process of its own."""
    counted: Counter[Outcome] = Counter()
    Counted.whole = 0
    async with AsyncExitStack() as stack:
        made = []
        for number in range(4):
            store = await Store.open(any_server.url, prefix=any_store.keys.prefix)
            stack.push_async_callback(store.close)
            stories = Counted(store, worker=f"m{number}")
            stories.outcomes = counted
            made.append(Teller(stories, Decisions(store)))
        yield made, counted


async def told(store: Store) -> list[str]:
    """Return the first titles of all alerts that were committed, in order."""
    keys, shard = store.keys, shard_of(WATCHLIST)
    announced = entries(await store.run("XRANGE", keys.alerts(shard), "-", "+"))
    ids = [fields["alert"].split('"id":"', 1)[1].split('"', 1)[0] for _, fields in announced]
    return [decode_told(await store.run("GET", keys.told(shard, each))).stories[0].items[-1].item.title for each in ids]


async def test_a_hot_watchlist_of_four_matchers_is_told_of_each_event_once_within_bounded_tries(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store
) -> None:
    workers, outcomes = tellers
    version = rules()

    async def work(worker: Teller, items: list[Item]) -> None:
        for item in items:
            await worker.match(item, match_of(item), version)

    # Every outlet's report of every event at once, each matcher with one outlet's; and all of it once more.
    await asyncio.gather(*(work(worker, ITEMS[number::4]) for number, worker in enumerate(workers)))
    await asyncio.gather(*(work(worker, ITEMS[number::4]) for number, worker in enumerate(reversed(workers))))
    assert sorted(await told(any_store)) == sorted(EVENTS)
    assert outcomes[Outcome.DONE] == len(ITEMS)
    assert outcomes.total() <= 6 * 2 * len(ITEMS)
    assert Counted.whole == len(workers), "a refused commit costs what changed, not all stories"
    reading = await Stories(any_store, worker="m9").read(WATCHLIST)
    assert len(reading.changed) == len(EVENTS)


async def test_what_is_held_is_let_out_once_by_whoever_comes_first(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, _ = tellers
    version = rules(send="hourly")
    for item in ITEMS[::4]:
        await workers[0].match(item, match_of(item), version)
    assert await told(any_store) == []
    later = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr("workers.telling.clock", lambda: later)
    watchlist = version.watchlists[WATCHLIST]
    await asyncio.gather(*(worker.release(watchlist, version) for worker in workers))
    assert await told(any_store) == [EVENTS[0]], "one digest, which tells the first event first"
    assert await Stories(any_store, worker="m9").holding(shard_of(WATCHLIST)) == []


async def test_a_story_that_a_power_cut_took_back_is_told_again(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store
) -> None:
    workers, _ = tellers
    version, keys = rules(), any_store.keys
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    # As after the restart of a server that lost its last second: one matcher still knows the story, Redis does not.
    shard = shard_of(WATCHLIST)
    await any_store.run("DEL", keys.stories(WATCHLIST), keys.story_versions(WATCHLIST), keys.alerted(WATCHLIST))
    await any_store.run("DEL", keys.alerts(shard))
    await workers[1].match(ITEMS[4], match_of(ITEMS[4]), version)
    copied = ITEMS[1]
    await workers[0].match(copied, match_of(copied), version)
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    assert await told(any_store) == [EVENTS[1], EVENTS[0]]


async def test_a_change_of_a_known_item_is_told_once_and_an_old_one_never(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store
) -> None:
    workers, _ = tellers
    version = rules()
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    changed = replace(ITEMS[0], title="Meta denies that it buys Rivos", is_update=True)
    for worker in (*workers, *workers):
        await worker.match(changed, match_of(changed), version)
    assert await told(any_store) == [EVENTS[0], EVENTS[0]], "the story, and one update of it"


async def test_a_story_that_cannot_be_read_stops_none_of_its_watchlist(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store
) -> None:
    workers, _ = tellers
    version = rules()
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    (kept,) = (await Stories(any_store, worker="m9").read(WATCHLIST)).changed
    await any_store.run("HSET", any_store.keys.stories(WATCHLIST), kept.story, "{torn")
    await workers[1].match(ITEMS[4], match_of(ITEMS[4]), version)
    assert await told(any_store) == EVENTS[:2]


async def test_a_story_of_a_newer_version_is_left_to_a_newer_worker(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store
) -> None:
    workers, _ = tellers
    version = rules()
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    (kept,) = (await Stories(any_store, worker="m9").read(WATCHLIST)).changed
    await any_store.run("HSET", any_store.keys.stories(WATCHLIST), kept.story, '{"version": 99}')
    with pytest.raises(StoreError, match="newer version") as caught:
        await workers[1].match(ITEMS[4], match_of(ITEMS[4]), version)
    assert caught.value.temporary


async def test_what_a_power_cut_took_back_to_being_held_is_due_again(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store
) -> None:
    workers, _ = tellers
    version, keys, stories = rules(send="hourly"), any_store.keys, Stories(any_store, worker="m9")
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    (held,) = (await stories.read(WATCHLIST)).changed
    await workers[0].match(ITEMS[1], match_of(ITEMS[1]), version)
    # The second item's commit is undone; then another matcher opens another story.
    await any_store.run("HSET", keys.stories(WATCHLIST), held.story, held.record, "=", held.version)
    await any_store.run("ZADD", keys.story_versions(WATCHLIST), held.version, held.story)
    await workers[1].match(ITEMS[4], match_of(ITEMS[4]), version)
    await workers[0].match(ITEMS[8], match_of(ITEMS[8]), version)
    place = workers[0]._shelves.place(version.watchlists[WATCHLIST], version)
    assert place.shelf.records[held.story].story.items_total == 1
    assert place.shelf.versions == dict((await stories.read(WATCHLIST)).open)


@pytest.mark.parametrize("is_raced", [False, True])
async def test_a_digest_whose_time_comes_twice_by_two_clocks_loses_nothing(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store, monkeypatch: pytest.MonkeyPatch, *, is_raced: bool
) -> None:
    workers, outcomes = tellers
    version = rules(send="hourly")
    watchlist = version.watchlists[WATCHLIST]
    on_time = datetime.now(UTC)
    fast = on_time + timedelta(hours=1)
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    monkeypatch.setattr("workers.telling.clock", lambda: fast)
    await workers[0].release(watchlist, version)
    monkeypatch.setattr("workers.telling.clock", lambda: on_time)
    await workers[1].match(ITEMS[4], match_of(ITEMS[4]), version)
    monkeypatch.setattr("workers.telling.clock", lambda: fast)
    if is_raced:  # the other one is told between the question and the commit
        answers = iter([False, True, False])
        monkeypatch.setattr(workers[0]._stories, "were_told", AsyncMock(side_effect=lambda *_: next(answers)))
    await workers[0].release(watchlist, version)
    assert await told(any_store) == EVENTS[:2]
    assert outcomes[Outcome.TAKEN] == is_raced, "otherwise it is known before it is rendered"
    assert await any_store.run("ZCARD", any_store.keys.outbox(shard_of(WATCHLIST), "box")) == 2


async def test_hundreds_of_stories_are_rendered_once_each_and_nobody_waits_for_it(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, outcomes = tellers
    names = [f"m{number}" for number in range(3)]
    version = Rules.of(
        Settings.model_validate(
            {
                "channels": [{"id": name, "type": "mailbox", "path": name} for name in names],
                "watchlists": [{"id": WATCHLIST, "terms": ["Meta"], "channels": names, "policy": {"send": "hourly"}}],
                "stories": {"window": 0},
            }
        )
    )
    for number in range(230):
        item = an_item(f"k{number}", f"Meta report {number}", "Outlet", minute=0)
        await workers[0].match(item, match_of(item), version)
    fast = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr("workers.telling.clock", lambda: fast)
    rendered: list[tuple[str, str, int]] = []

    def deliveries(alert: Alert, channels: list[Channel], **given: Any) -> tuple[Delivery, ...]:
        thread = threading.current_thread()
        rendered.append((channels[0].id, "here" if thread is threading.main_thread() else "aside", len(alert.stories)))
        return deliveries_of(alert, channels, **given)

    monkeypatch.setattr("workers.composing.deliveries_of", deliveries)
    while await Stories(any_store, worker="m9").holding(shard_of(WATCHLIST)):
        await workers[0].release(version.watchlists[WATCHLIST], version)
    assert rendered == [(name, "aside", part) for part in (100, 100, 30) for name in names]
    assert outcomes[Outcome.TAKEN] == 0


async def test_a_digest_that_takes_longer_than_a_turn_is_rendered_once_though_others_have_matches(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, _ = tellers
    version, stories = rules(send="hourly"), workers[0]._stories
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    on_time = datetime.now(UTC) + timedelta(hours=1)
    monkeypatch.setattr("workers.telling.clock", lambda: on_time)
    monkeypatch.setattr("workers.telling._RENEW_S", 0.1)
    stories._turns.ttl_s = 0.5
    rendered: list[str] = []
    asked: list[bool] = []
    is_begun, is_long = threading.Event(), threading.Event()

    def deliveries(alert: Alert, channels: list[Channel], **given: Any) -> tuple[Delivery, ...]:
        rendered.append(alert.id)
        is_begun.set()
        is_long.wait(timeout=10)
        return deliveries_of(alert, channels, **given)

    async def take_turn(watchlist: str) -> bool:
        asked.append(await Stories.take_turn(stories, watchlist))
        if len(asked) > 8:
            is_long.set()
        return asked[-1]

    async def match_meanwhile() -> None:
        await asyncio.to_thread(is_begun.wait, 10)
        await workers[1].match(ITEMS[4], match_of(ITEMS[4]), version)

    monkeypatch.setattr("workers.composing.deliveries_of", deliveries)
    monkeypatch.setattr(stories, "take_turn", take_turn)
    await asyncio.gather(workers[0].release(version.watchlists[WATCHLIST], version), match_meanwhile())
    assert len(rendered) == 1
    assert all(asked)
    assert await told(any_store) == EVENTS[:1]
    assert await stories.holding(shard_of(WATCHLIST)) == [WATCHLIST], "what came meanwhile is in the next digest"


@pytest.mark.parametrize(("policy", "is_told"), [({"min_sources": 1}, True), ({"min_sources": 2}, False)])
async def test_a_policy_that_the_settings_change_counts_at_once_for_what_is_held(
    store: Store, policy: dict[str, Any], is_told: bool
) -> None:
    decisions, stories, shard = Decisions(store), Stories(store, worker="m1"), shard_of(WATCHLIST)
    before, after = rules(min_sources=3), rules(**policy)
    teller = Teller(stories, decisions)
    releases = Releases(store, teller, decisions, life=Life("matcher"))
    await teller.match(ITEMS[0], match_of(ITEMS[0]), before)
    for version in (before, rules(min_sources=3)):
        await releases._release(shard, version)
        assert await Anew(store).asked(shard) == {}
    await releases._release(shard, after)
    assert await told(store) == (EVENTS[:1] if is_told else [])
    (kept,) = (await stories.read(WATCHLIST)).changed
    assert [held.reason for held in decode(kept.record).held.values()] == ([] if is_told else ["waiting for 2 sources"])


async def test_a_damaged_record_gives_way_to_what_comes_under_its_id(
    tellers: tuple[list[Teller], Counter[Outcome]], any_store: Store
) -> None:
    workers, _ = tellers
    version, keys = rules(), any_store.keys
    await workers[0].match(ITEMS[0], match_of(ITEMS[0]), version)
    (kept,) = (await Stories(any_store, worker="m9").read(WATCHLIST)).changed
    await any_store.run("HSET", keys.stories(WATCHLIST), kept.story, "{torn")
    await any_store.run("DEL", keys.alerted(WATCHLIST))
    await workers[1].match(ITEMS[0], match_of(ITEMS[0]), version)
    assert (await Stories(any_store, worker="m9").read(WATCHLIST)).changed[0].record != "{torn"
