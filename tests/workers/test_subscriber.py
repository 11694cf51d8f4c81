"""The subscriptions of a poller over days, with time as an argument: renewals, failures, nobody to take pushes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.discover import Offer
from monitor.feeds.state import from_fields, to_fields
from monitor.feeds.websub import Capability, Subscription, answer_hub, from_record, reconcile, to_record
from monitor.model import FeedState
from monitor.net.client import Request, Response
from monitor.queue.duty import Duty
from monitor.queue.duty import reconcile as list_feeds
from monitor.queue.registry import Beat, Registry
from monitor.queue.store import Store
from monitor.queue.subscriptions import Amendment, Subscriptions
from monitor.settings.schema import FeedSettings, Settings, WebSettings
from workers.subscriptions import Subscriber
from workers.wiring import callbacks_of

BASE = "https://news.example"
OFFER = Offer("https://hub.example/", "https://feeds.example/self")
SETTINGS = Settings(
    web=WebSettings(public_url=BASE), feeds=(FeedSettings(id="wire", url="https://feeds.example/feed"),)
)
#: The server's clock, by which things fall due, cannot be set: time is moved by hours, and what is due is due at once.
NOW = datetime.now(UTC)


class HubClient:
    """Stands in for the HTTP client: answers with a status and remembers the requests."""

    def __init__(self) -> None:
        self.status = 202
        self.asked: list[str] = []

    async def send(self, request: Request) -> Response:
        self.asked.append((request.body or b"").decode())
        return Response(self.status, request.url, {}, b"")


class Days:
    """A subscriber whose clock is ours, and the one feed that it looks after."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.hub = HubClient()
        self.duty, self.held = Duty(store, worker="w", lease_s=60), Subscriptions(store)
        self.subscriber = Subscriber(store, self.duty, lambda: self.hub, now=lambda: self.now)  # type: ignore[arg-type, return-value] -- all that is used of a client

    async def begin(self) -> None:
        """Let the feed be subscribed, and its lease of ten days be confirmed."""
        await list_feeds(self.store, ["wire"])
        self.subscriber.apply(SETTINGS)
        (wanted,) = reconcile(
            (), OFFER, callbacks=callbacks_of(BASE, "wire"), fresh=Capability("token", "key"), now=self.now
        )
        query = {"hub.mode": "subscribe", "hub.topic": OFFER.topic, "hub.challenge": "x", "hub.lease_seconds": "864000"}
        held = answer_hub(wanted, query, now=self.now).subscription
        assert held is not None
        state = FeedState(hub=OFFER.hub, topic=OFFER.topic, seen_before=True, push_until=held.lease_until)
        fields = {**to_fields(state), "subscribed": f"{OFFER.topic} {OFFER.hub} {callbacks_of(BASE, 'wire')}"}
        await self.held.amend("wire", [Amendment("token", "", to_record(held))], state=fields)

    async def turn(self, *, after: timedelta, web: bool = True) -> None:
        """Let time go by and the subscriber have its turn, with whatever is due by the server's clock due now."""
        self.now += after
        if web:
            beat = Beat("web", "web", "h", 1, self.now.isoformat(), self.now.isoformat(), 1, "", "working")
            await Registry(self.store).beat(beat)
        record = await self.held.one("wire", "token")
        if record:
            await self.held.amend("wire", [Amendment("token", record, record)])
        await self.subscriber.tend()

    async def subscription(self) -> Subscription:
        """The subscription as it is kept."""
        return from_record(await self.held.one("wire", "token"))

    async def push_until(self) -> datetime | None:
        """Until when the feed rests."""
        return from_fields(await self.duty.state("wire")).push_until


@pytest.fixture
async def days(store: Store) -> Days:
    days = Days(store)
    await days.begin()
    return days


async def test_a_lease_is_renewed_on_its_eighth_day_and_not_before(days: Days) -> None:
    await days.turn(after=timedelta(days=7))
    assert days.hub.asked == []
    await days.turn(after=timedelta(days=1))
    assert len(days.hub.asked) == 1
    assert "hub.mode=subscribe" in days.hub.asked[0]
    await days.turn(after=timedelta(minutes=4))
    assert len(days.hub.asked) == 1
    await days.turn(after=timedelta(minutes=2))
    assert len(days.hub.asked) == 2
    assert await days.push_until() == NOW + timedelta(days=10)


async def test_a_hub_that_refuses_a_renewal_is_not_relied_on(days: Days) -> None:
    days.hub.status = 404
    await days.turn(after=timedelta(days=8))
    assert await days.push_until() is None
    assert (await days.duty.claim(1))[0]
    assert (await days.subscription()).lease_until == NOW + timedelta(days=10)


async def test_while_nobody_takes_pushes_feeds_are_polled_and_hubs_asked_again_afterwards(days: Days) -> None:
    await days.turn(after=timedelta(0), web=False)
    await days.turn(after=timedelta(seconds=30), web=False)
    assert await days.push_until() is not None
    await days.turn(after=timedelta(seconds=31), web=False)
    assert await days.push_until() is None
    await days.turn(after=timedelta(days=9), web=False)
    assert days.hub.asked == []
    await days.turn(after=timedelta(0))
    assert len(days.hub.asked) == 1


async def test_an_end_that_a_hub_does_not_confirm_is_asked_for_three_times(days: Days) -> None:
    days.subscriber.apply(SETTINGS.model_copy(update={"web": WebSettings()}))
    for hours in (0, 7, 7, 7, 7):
        await days.turn(after=timedelta(hours=hours))
    assert len(days.hub.asked) == 3
    assert all("hub.mode=unsubscribe" in asked for asked in days.hub.asked)
    assert await days.held.of_feed("wire") == {}
    assert await days.held.feeds() == set()


async def test_a_feed_that_names_another_hub_each_time_leaves_nothing_behind(days: Days) -> None:
    for number in range(5):
        state = FeedState(hub=f"https://hub-{number}.example/", topic=OFFER.topic)
        await days.held.amend("wire", [], state={"hub": state.hub})
        await days.subscriber.polled("wire", state)
    phases = [from_record(record).phase for record in (await days.held.of_feed("wire")).values()]
    # The one that a hub has confirmed is left in form; none of the others was ever asked for.
    assert sorted(phases) == ["leaving", "wanted"]


async def test_what_the_hub_confirms_while_it_is_asked_is_not_overwritten(days: Days) -> None:
    class Prompt(HubClient):
        """Verifies before it answers."""

        async def send(self, request: Request) -> Response:
            record = await days.held.one("wire", "token")
            query = {"hub.mode": "subscribe", "hub.topic": OFFER.topic, "hub.challenge": "x"}
            after = answer_hub(from_record(record), query, now=days.now).subscription
            assert after is not None
            assert await days.held.amend("wire", [Amendment("token", record, to_record(after))])
            return await super().send(request)

    days.hub = Prompt()
    await days.turn(after=timedelta(days=8))
    held = await days.subscription()
    assert (held.attempts, held.lease_until) == (0, NOW + timedelta(days=18))
