"""What readers answer by the links of their alerts, from the token to what Redis holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest

from monitor.alerts.links import Links
from monitor.model import Alert
from monitor.queue.feedback import FeedbackBook
from monitor.queue.keys import shard_of
from monitor.queue.registry import Override, Registry
from monitor.queue.silences import Silences, muted
from monitor.queue.store import Store
from monitor.settings.load import load
from monitor.settings.schema import Settings
from monitor.settings.signing_keys import rotate
from tests.conftest import free_port
from tests.queue.made import alert
from tests.workers.crew import crew
from workers.links import links_of
from workers.readers import Readers
from workers.wiring import Place

SETTINGS = Settings.model_validate({"web": {"public_url": "https://news.example.org"}, "alerts": {"keep_feedback": 2}})

Token = Callable[[str], str]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "settings.toml", {})


@pytest.fixture
def links(place: Place) -> Links:
    found = links_of(SETTINGS, place)
    assert found is not None
    return found.at(datetime.now(UTC))


@pytest.fixture
def readers(store: Store, place: Place) -> Readers:
    made = Readers(store, place=place)
    made.apply(SETTINGS)
    return made


async def told(store: Store, key: str = "k1") -> Alert:
    made = replace(alert(key), watchlist_name="Watch <b>")
    await store.run("SET", store.keys.told(shard_of(made.watchlist_id), made.id), msgspec.json.encode(made))
    return made


def token(url: str) -> str:
    return url.rpartition("/")[2]


async def overrides(store: Store) -> list[Override]:
    return await Registry(store).overrides()


async def test_looking_says_what_a_click_would_do_and_changes_nothing(
    store: Store, readers: Readers, links: Links
) -> None:
    made = await told(store)
    yes = await readers.look(token(links.feedback(made.id, "w", "yes")))
    assert (yes.state, yes.purpose, yes.watchlist, yes.title) == ("ask", "yes", "Watch <b>", "Qwen distilled")
    mute = await readers.look(token(links.mute(made.id, "w", "team", "a@x.org")))
    assert (mute.state, mute.purpose, mute.channel, mute.title) == ("ask", "mute", "team", "Qwen distilled")
    leave = await readers.look(token(links.unsubscribe("w", "team", "a@x.org")))
    assert (leave.state, leave.purpose, leave.watchlist, leave.recipient) == ("ask", "unsubscribe", "w", "a@x.org")
    assert await FeedbackBook(store).of("w") == []
    assert await overrides(store) == []


async def test_the_last_click_counts_and_each_page_leads_to_the_other_answer(
    store: Store, readers: Readers, links: Links
) -> None:
    made = await told(store)
    done = await readers.act(token(links.feedback(made.id, "w", "yes")))
    assert (done.state, done.purpose) == ("done", "yes")
    other = await readers.look(done.opposite)
    assert (other.state, other.purpose, other.said) == ("ask", "no", "yes")
    for _ in range(2):
        assert (await readers.act(done.opposite)).state == "done"
    (said,) = await FeedbackBook(store).of("w")
    assert (said.verdict, said.by, said.items, said.watchlist_version) == ("no", "link", made.stories[0].items, "v1")


async def test_feedback_is_bounded_by_the_settings(store: Store, readers: Readers, links: Links) -> None:
    for key in ("k1", "k2", "k3"):
        await readers.act(token(links.feedback((await told(store, key)).id, "w", "no")))
    assert len(await FeedbackBook(store).of("w")) == 2


async def test_a_mute_lasts_a_day_and_never_cuts_a_longer_one_short(
    store: Store, readers: Readers, links: Links
) -> None:
    made = await told(store)
    mute = token(links.mute(made.id, "w", "team", "a@x.org"))
    assert (await readers.act(mute)).state == "done"
    until = Silences.of(await overrides(store)).muted_until("w", "team")
    assert until is not None
    assert abs(until - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)
    assert Silences.of(await overrides(store)).muted_until("w", "other") is None
    longer = muted("w", channel="team", until=None, reason="by hand", now=datetime.now(UTC))
    await Registry(store).decide(longer)
    assert (await readers.act(mute)).state == "done"
    assert await overrides(store) == [longer]


async def test_unsubscribing_ends_alerts_to_that_recipient_alone(store: Store, readers: Readers, links: Links) -> None:
    leave = token(links.unsubscribe("w", "team", "a@x.org"))
    for _ in range(2):
        assert (await readers.act(leave)).state == "done"
    (override,) = await overrides(store)
    assert override.reason == "a@x.org asked for it by a link"
    silences = Silences.of([override])
    assert silences.is_unsubscribed("w", "team", "a@x.org")
    assert not silences.is_unsubscribed("w", "team", "b@x.org")


async def test_what_cannot_be_is_told_apart(store: Store, readers: Readers, links: Links, place: Place) -> None:
    made = await told(store)
    late = links.at(datetime.now(UTC) - timedelta(days=91))
    forged = Links(links.public_url, (b"x" * 32,))
    for url, state in (
        (forged.feedback(made.id, "w", "no"), "bad"),
        ("", "bad"),
        (late.feedback(made.id, "w", "no"), "expired"),
        (late.mute(made.id, "w", "team", "r"), "expired"),
        (links.feedback("alt_gone", "w", "no"), "gone"),
    ):
        assert (await readers.look(token(url))).state == state
        assert (await readers.act(token(url))).state == state
    assert await FeedbackBook(store).of("w") == []
    assert await overrides(store) == []
    readers.apply(Settings())  # no address, no links
    assert (await readers.act(token(links.feedback(made.id, "w", "no")))).state == "bad"


async def test_the_links_of_a_test_show_their_pages_and_do_nothing(
    store: Store, readers: Readers, links: Links
) -> None:
    """Though there be a watchlist, an alert and a channel of those very ids."""
    made, trial = await told(store), links.for_trial()
    for url, purpose in (
        (trial.feedback(made.id, "w", "yes"), "yes"),
        (trial.feedback(made.id, "w", "no"), "no"),
        (trial.mute(made.id, "w", "team", "a@x.org"), "mute"),
        (trial.unsubscribe("w", "team", "a@x.org"), "unsubscribe"),
    ):
        for answer, state in ((await readers.look(token(url)), "ask"), (await readers.act(token(url)), "done")):
            assert (answer.state, answer.purpose, answer.watchlist, answer.is_trial) == (state, purpose, "w", True)
            assert not answer.opposite or (await readers.act(answer.opposite)).is_trial
    assert await FeedbackBook(store).of("w") == []
    assert await overrides(store) == []


async def test_links_outlive_a_rotation_and_not_a_key_that_is_forgotten(
    store: Store, readers: Readers, links: Links, place: Place
) -> None:
    yes = token(links.feedback((await told(store)).id, "w", "yes"))
    folder = place.folder / "data/redis"
    rotate(folder, forget=False)
    assert (await readers.look(yes)).state == "ask"
    rotate(folder, forget=True)
    assert (await readers.look(yes)).state == "bad"


async def test_where_redis_is_away_the_reader_is_asked_to_come_again(
    readers: Readers, links: Links, store: Store
) -> None:
    await store.run("SET", store.keys.told(shard_of("w"), "alt_broken"), "{")
    assert (await readers.look(token(links.feedback("alt_broken", "w", "no")))).state == "later"


async def test_the_web_role_serves_the_links_of_alerts(store: Store, tmp_path: Path) -> None:
    port = free_port()
    text = f'[web]\npublic_url = "http://127.0.0.1:{port}"\nport = {port}\n'
    async with crew(store, tmp_path, text, "web") as gathered, aiohttp.ClientSession() as client:
        links = links_of(load(gathered.path, environ={}).settings, Place(gathered.path, {}))
        assert links is not None
        made = await told(store)
        async with client.get(links.feedback(made.id, "w", "no")) as answer:
            assert (answer.status, "Watch &lt;b&gt;" in await answer.text()) == (200, True)
        assert await FeedbackBook(store).verdict("w", made.id) == ""
        async with client.post(links.feedback(made.id, "w", "no")) as answer:
            assert answer.status == 200
        assert await FeedbackBook(store).verdict("w", made.id) == "no"
        leave = links.unsubscribe("w", "team", "a@x.org")
        async with client.post(leave, data={"List-Unsubscribe": "One-Click"}) as answer:
            assert answer.status == 200
        assert Silences.of(await overrides(store)).is_unsubscribed("w", "team", "a@x.org")


HOOKED = """
[web]
public_url = "http://127.0.0.1:{port}"
port = {port}

[[channels]]
id = "hook"
type = "webhook"
url = "http://127.0.0.1:9/"

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["hook"]
"""


async def test_the_links_that_an_alert_carries_reach_the_alert_that_was_told(store: Store, tmp_path: Path) -> None:
    port = free_port()
    async with crew(store, tmp_path, HOOKED.format(port=port), "web", "matcher") as gathered:
        await gathered.publish("Qwen one")
        shard = shard_of("qwen")
        async with asyncio.timeout(20):
            while not (ids := await store.run("ZRANGE", store.keys.outbox(shard, "hook"), 0, -1)):  # noqa: ASYNC110 -- as elsewhere
                await asyncio.sleep(0.02)
        body = json.loads(await store.run("HGET", store.keys.delivery(shard, ids[0]), "body"))
        links = body["links"]
        async with aiohttp.ClientSession() as client:
            for link, words in (("relevant", "Noted: relevant"), ("not_relevant", "Noted: not"), ("mute", "Muted")):
                async with client.post(links[link]) as answer:
                    assert (answer.status, words in await answer.text()) == (200, True)
    (said,) = await FeedbackBook(store).of("qwen")
    assert (said.verdict, said.alert_id, said.items[0].item.title) == ("no", body["id"], "Qwen one")
    assert Silences.of(await overrides(store)).muted_until("qwen", "hook") is not None
