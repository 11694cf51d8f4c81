"""From a publisher over its hub into the stream of items: subscriptions, pushes, and what becomes of failed ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.feeds.discover import Offer
from monitor.feeds.websub import Capability, from_record, reconcile, to_record
from monitor.queue.duty import Duty, InWork, Lease
from monitor.queue.keys import shard_of
from monitor.queue.store import Store, mapping
from monitor.queue.subscriptions import Amendment, Subscriptions
from tests.conftest import free_port
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer, held, redirect
from tests.servers.hub import Hub, Subscriber
from tests.workers.crew import Crew, crew, put_in_force


def entry(title: str) -> Entry:
    """Make an entry published now."""
    url = f"https://news.example/{title.replace(' ', '-')}"
    return Entry(title, guid=url, url=url, published_at=datetime.now(UTC))


def settings_of(url: str, port: int, *, web: bool = True, max_backlog: int = 100_000, feed: str = "") -> str:
    """Write settings with one feed that is polled often unless a hub pushes it."""
    return f"""
[redis]
max_backlog = {max_backlog}

[net]
allow_hosts = ["127.0.0.1"]
max_bytes = "100KB"

[polling]
min_interval = "300ms"
max_interval = "1h"

[web]
{f'public_url = "http://127.0.0.1:{port}"' if web else ""}
port = {port}

[[feeds]]
id = "wire"
url = "{url}"
{feed}
"""


@dataclass(frozen=True, slots=True)
class World:
    """A publisher, its hub, and a crew that polls and listens."""

    feeds: FeedServer
    hub: Hub
    crew: Crew
    port: int
    path: Path

    async def publish(self, *titles: str) -> bytes:
        """Publish entries and return the document."""
        self.feeds.publish("/wire", *map(entry, titles))
        return self.feeds.document("/wire")

    async def poll_held(self, subscriber: Subscriber) -> asyncio.Event:
        """Begin a poll; its answer waits for the event."""
        answer, release = held(Answer(body=self.feeds.document("/wire")))
        self.feeds.at("/wire").then(answer)
        polled = asyncio.create_task(self.feeds.polled("/wire"))
        await self.hub.push(subscriber, b"a hint to poll")
        await polled
        return release

    async def resting(self) -> Subscriber:
        """Return the subscriber once the feed is polled at leisure."""
        subscriber = await self.hub.subscribed()
        await self.until_due(more_than_s=60)
        return subscriber

    async def until_due(self, *, more_than_s: float = -1e9, less_than_s: float = 1e9) -> None:
        """Return once the feed's next poll is so far away."""
        async with asyncio.timeout(25):
            while not more_than_s < await self.due_in_s() < less_than_s:  # noqa: ASYNC110 -- Redis has no event of ours
                await asyncio.sleep(0.01)

    async def due_in_s(self) -> float:
        """Seconds until the feed's next poll."""
        store = self.crew.store
        score = float(await store.run("ZSCORE", store.keys.due(shard_of("wire")), "wire"))
        return score / 1000 - datetime.now(UTC).timestamp()

    async def put_in_force(self, **changes: object) -> None:
        """Put other settings in force."""
        self.path.write_text(settings_of(self.feeds.url("/wire"), self.port, **changes), "utf-8")  # type: ignore[arg-type] -- by name
        assert await put_in_force(self.crew.store, self.path)

    async def phases(self) -> list[str]:
        """What Redis knows of the feed's subscriptions."""
        store = self.crew.store
        found = mapping(await store.run("HGETALL", store.keys.subscriptions("wire")))
        return sorted(from_record(record).phase for record in found.values())

    async def until_phases(self, *phases: str) -> None:
        """Return once the feed has these subscriptions and no others."""
        async with asyncio.timeout(25):
            while await self.phases() != list(phases):  # noqa: ASYNC110 -- as above
                await asyncio.sleep(0.01)

    def offer(self, hub: str, topic: str = "/topic") -> None:
        """Let the feed name another hub from now on, in an answer that is served beside the feed itself."""
        link = f'<{hub}>; rel="hub", <{self.feeds.url(topic)}>; rel="self"'
        body = self.feeds.document("/wire") + b"<!-- another hub -->"
        self.feeds.at("/wire").always(Answer(headers={"Link": link, "Content-Type": "application/rss+xml"}, body=body))


@asynccontextmanager
async def world(store: Store, folder: Path, *roles: str, **settings: object) -> AsyncIterator[World]:
    """Have a publisher whose feed names its hub in Link headers, and a crew that follows it."""
    async with FeedServer() as feeds, Hub() as hub:
        topic, port = feeds.url("/topic"), free_port()
        link = f'<{hub.url}>; rel="hub", <{topic}>; rel="self"'
        url = feeds.add("/wire", entry("Item before"), headers={"Link": link})
        text = settings_of(url, port, **settings)  # type: ignore[arg-type] -- by name
        async with crew(store, folder, text, *(roles or ("web", "poller"))) as workers:
            yield World(feeds, hub, workers, port, folder / "settings.toml")


async def test_a_push_becomes_an_item_once_and_the_feed_is_polled_at_leisure(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        request = at.hub.requests[0]
        assert request["hub.mode"] == "subscribe"
        assert request["hub.topic"] == at.feeds.url("/topic")
        assert request["hub.callback"].startswith(f"http://127.0.0.1:{at.port}/websub/wire/")
        assert 32 <= len(request["hub.secret"]) < 200
        assert at.hub.content_types == ["application/x-www-form-urlencoded"]
        polls = at.feeds.count["/wire"]

        document = await at.publish("Item pushed")
        assert [(await at.hub.push(subscriber, document)).status for _ in range(2)] == [202, 202]
        await at.crew.told("Item before", "Item pushed")
        assert at.feeds.count["/wire"] == polls
        assert await at.due_in_s() > 60


@pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64, "md5=0", "nonsense"])
async def test_a_push_that_is_not_signed_right_is_acknowledged_and_ignored(
    store: Store, tmp_path: Path, signature: str
) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        forged = at.feeds.document("/wire", entry("Item forged"))
        assert (await at.hub.push(subscriber, forged, signature=signature)).status == 202
        assert (await at.hub.push(subscriber, await at.publish("Item pushed"))).status == 202
        await at.crew.told("Item before", "Item pushed")


async def test_over_the_backlog_a_push_is_put_off_and_the_feed_is_polled_once_there_is_room(
    store: Store, tmp_path: Path
) -> None:
    async with world(store, tmp_path, max_backlog=100) as at:
        subscriber = await at.resting()
        many = [f"Item {number}" for number in range(100)]
        assert (await at.hub.push(subscriber, await at.publish(*many))).status == 202
        backlog = "not polling: 101 items wait for the matchers (redis.max_backlog 100)"
        await at.crew.eventually(lambda status: backlog in [row["doing"] for row in status["workers"]])

        document = await at.publish("Item over")
        answer = await at.hub.push(subscriber, document)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "Item over" not in await at.crew.items()
        await at.until_due(less_than_s=0.1)
        await at.crew.join("matcher")
        await at.crew.told("Item before", *many, "Item over")


async def test_what_cannot_be_read_is_taken_for_a_hint_to_poll(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        await at.publish("Item")
        assert (await at.hub.push(subscriber, b"a hint to poll")).status == 202
        await at.crew.told("Item before", "Item")


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once a push has met a poll of its feed."""
    met, take = asyncio.Event(), Duty.take

    async def watched(duty: Duty, feed_id: str) -> tuple[Lease, float] | None:
        try:
            return await take(duty, feed_id)
        except InWork:
            met.set()
            raise

    monkeypatch.setattr(Duty, "take", watched)
    return met


async def test_a_push_that_comes_during_a_poll_waits_for_its_end(
    store: Store, tmp_path: Path, waiting: asyncio.Event
) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        release = await at.poll_held(subscriber)
        push = asyncio.create_task(at.hub.push(subscriber, await at.publish("Item")))
        await asyncio.wait_for(waiting.wait(), 10)
        assert await at.crew.items() == ["Item before"]
        release.set()
        assert (await push).status == 202
        await at.crew.told("Item before", "Item")


async def test_the_stop_of_the_web_role_waits_for_pushes_under_way(
    store: Store, tmp_path: Path, waiting: asyncio.Event
) -> None:
    async with world(store, tmp_path, "poller") as at:
        web = await at.crew.join("web")
        subscriber = await at.resting()
        release = await at.poll_held(subscriber)
        push = asyncio.create_task(at.hub.push(subscriber, await at.publish("Item")))
        await asyncio.wait_for(waiting.wait(), 10)
        web.stop()
        release.set()
        assert (await push).status == 202
        await at.crew.told("Item before", "Item")


async def test_what_a_killed_web_role_held_is_polled_at_once(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        await at.resting()
        assert await Duty(store, worker="killed", lease_s=600).take("wire")
        await at.publish("Item")
        at.crew.path.write_text(at.crew.path.read_text().replace(f"port = {at.port}", f"port = {free_port()}"))
        await at.crew.join("web", predecessor="killed")
        await at.crew.told("Item before", "Item")


async def test_a_hint_does_not_outrank_what_the_publisher_asked_for(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        at.feeds.at("/wire").always(Answer(status=429, headers={"Retry-After": "7200"}))
        await at.hub.push(subscriber, b"a hint to poll")
        await at.until_due(more_than_s=7000)
        polls = at.feeds.count["/wire"]
        await at.hub.push(subscriber, b"another hint")
        await at.hub.deny(subscriber)
        assert await at.due_in_s() > 7000
        assert at.feeds.count["/wire"] == polls


async def test_before_its_first_poll_a_feed_takes_no_push(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path, "web") as at:
        fresh, callbacks = Capability("token", "key"), f"http://127.0.0.1:{at.port}/websub/wire"
        (held,) = reconcile((), Offer(at.hub.url, "t"), callbacks=callbacks, fresh=fresh, now=datetime.now(UTC))
        await Subscriptions(store).amend("wire", [Amendment("token", "", to_record(held))])
        reply = await at.hub.push(Subscriber("t", held.callback, "key", 1), at.feeds.document("/wire"))
        assert reply.status == 503
        await at.crew.join("poller")
        await at.crew.told("Item before")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_push_over_the_limit_is_refused(store: Store, tmp_path: Path, chunked: bool) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        answer = await at.hub.push(subscriber, bytes(100 * 1024 + 1), chunked=chunked)
        assert answer.status == 413
        assert await at.crew.items() == ["Item before"]


async def test_a_callback_answers_for_its_own_topic_and_requests_alone(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        callback, good = subscriber.callback, {"mode": "subscribe", "topic": subscriber.topic, "challenge": "Az0-_="}
        reply = await at.hub.verify(callback, **good, lease_seconds="3600")
        assert (reply.status, reply.body) == (200, b"Az0-_=")
        # Source: section 8.2.
        assert reply.headers["content-type"] == "application/octet-stream"
        assert reply.headers["x-content-type-options"] == "nosniff"
        wrong: list[Mapping[str, str]] = [
            {"topic": subscriber.topic + "/"},
            {"mode": "unsubscribe"},
            {"mode": "publish"},
            {"challenge": "<script>"},
            {"challenge": ""},
            {"challenge": "x" * 1025},
        ]
        for change in wrong:
            reply = await at.hub.verify(callback, **{**good, **change})
            assert (reply.status, reply.body) == (404, b""), change
        assert (await at.hub.verify(callback[:-1], **good)).status == 404
        assert (await at.hub.verify(callback.replace("/wire/", "/other/"), **good)).status == 404
        assert await at.phases() == ["wanted"]


async def test_a_push_by_an_unknown_callback_is_told_that_it_is_gone(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        document = await at.publish("Item")
        for callback in (subscriber.callback[:-1], subscriber.callback.replace("/wire/", "/other/")):
            assert (await at.hub.push(replace(subscriber, callback=callback), document)).status == 410


async def test_a_denied_subscription_is_polled_by_the_clock_and_takes_no_pushes(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        assert (await at.hub.deny(subscriber)).status == 200
        await at.feeds.polled("/wire", times=2)
        assert await at.phases() == ["denied"]
        assert (await at.hub.push(subscriber, b"")).status == 410
        assert len(at.hub.requests) == 1


@pytest.mark.parametrize("status", [307, 308])
async def test_a_hub_may_send_us_to_another(store: Store, tmp_path: Path, status: int) -> None:
    async with world(store, tmp_path, "web") as at:
        at.hub.at("/hub").always(redirect("/elsewhere", status))
        await at.crew.join("poller")
        await at.resting()
        assert at.hub.requests[0] == at.hub.requests[1]


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=403), Answer(raw=b""), redirect("/hub", 307)])
async def test_where_a_hub_fails_the_feed_is_polled_by_the_clock(store: Store, tmp_path: Path, answer: Answer) -> None:
    async with world(store, tmp_path, "web") as at:
        at.hub.at("/hub").always(answer)
        await at.crew.join("poller")
        await at.hub.until(lambda: bool(at.hub.requests))
        await at.feeds.polled("/wire", times=2)
        assert len({request["hub.callback"] for request in at.hub.requests}) == 1


async def test_a_hub_that_never_verifies_changes_nothing(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path, "web") as at:
        at.hub.verifies = False
        await at.crew.join("poller")
        await at.hub.until(lambda: bool(at.hub.requests))
        await at.feeds.polled("/wire", times=2)
        assert await at.phases() == ["wanted"]


async def test_a_lease_is_renewed_before_it_ends(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path, "web") as at:
        at.hub.grants_s = 3
        await at.crew.join("poller")
        await at.hub.until(lambda: len(at.hub.verifications) == 2)
        assert at.hub.requests[0] == at.hub.requests[1]
        assert {reply.status for reply in at.hub.verifications} == {200}
        assert len(at.hub.subscribers) == 1


async def test_after_a_lapse_the_feed_is_polled_by_the_clock_again(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path, "web") as at:
        at.hub.grants_s = 2
        await at.crew.join("poller")
        await at.hub.subscribed()
        at.hub.at("/hub").always(Answer(status=503))
        await at.publish("Item")
        await at.crew.told("Item before", "Item")
        await at.feeds.polled("/wire", times=3)


@pytest.mark.parametrize("changes", [{"web": False}, {"feed": "enabled = false"}], ids=["no web", "no feed"])
async def test_what_the_settings_no_longer_want_is_unsubscribed(
    store: Store, tmp_path: Path, changes: dict[str, object]
) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        await at.put_in_force(**changes)
        await at.hub.until(lambda: at.hub.left == [subscriber.topic])
        await at.until_phases()
        assert (await at.hub.push(subscriber, b"")).status == 410
        if "web" in changes:
            await at.feeds.polled("/wire", times=2)


async def test_a_feed_that_changes_its_hub_is_subscribed_there_and_no_longer_here(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at, Hub() as other:
        subscriber = await at.resting()
        at.offer(other.url, "/new")
        await at.hub.push(subscriber, b"a hint to poll")
        assert (await other.subscribed()).topic == at.feeds.url("/new")
        await at.hub.until(lambda: at.hub.left == [subscriber.topic])
        await at.until_phases("wanted")
        await at.until_due(more_than_s=60)


async def test_a_hub_that_does_not_push_is_not_relied_on(store: Store, tmp_path: Path) -> None:
    async with world(store, tmp_path) as at:
        subscriber = await at.resting()
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        at.feeds.publish("/wire", replace(entry("Item missed"), published_at=long_ago))
        await at.hub.push(subscriber, b"a hint to poll")
        await at.crew.told("Item before", "Item missed")
        await at.feeds.polled("/wire", times=2)
        await at.hub.push(subscriber, await at.publish("Item pushed"))
        await at.until_due(more_than_s=60)
