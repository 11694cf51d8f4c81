"""Keeps subscriptions at hubs in line with what feeds offer and with the settings: asks, renews, leaves.

Each step is: load -> decide (`monitor.feeds.websub`) -> amend, unless somebody amended it meanwhile. What hubs answer
to it at the callback is `workers.callbacks`'; a feed whose subscription fails is polled as any other.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import structlog

from monitor.errors import FetchError, StoreError
from monitor.feeds.discover import Offer
from monitor.feeds.state import from_fields
from monitor.feeds.websub import (
    Capability,
    Subscription,
    from_record,
    is_over,
    reconcile,
    request_form,
    requested,
    to_record,
)
from monitor.model import FeedState
from monitor.net.client import Client, Request, Response
from monitor.net.retry_after import retry_after_s
from monitor.net.urls import absolute_url
from monitor.queue.duty import Duty
from monitor.queue.store import Store
from monitor.queue.subscriptions import Amendment, Subscriptions
from monitor.settings import schema
from monitor.settings.secrets import masked_url
from workers.reach import Reach
from workers.wiring import callbacks_of

#: Subscriptions taken of one shard in one turn, and how long they stay with us.
_MOST = 8
_TAKEN_S = 120.0
#: Hubs that send us on to another before we give up (WebSub, section 5.1.2).
_MOST_HOPS = 3
#: Of a hub's answer, in which only the status counts.
_ANSWER_BYTES = 64 * 1024
#: How often a decision is made anew because its subject has changed.
_TRIES = 5

log = structlog.get_logger()


class Subscriber:
    """The subscriptions of all feeds, as one poller looks after them."""

    def __init__(
        self, store: Store, duty: Duty, client: Callable[[], Client], *, now: Callable[[], datetime] | None = None
    ) -> None:
        self._duty = duty
        self._subscriptions = Subscriptions(store)
        self._reach = Reach(store)
        self._client = client
        self._now = now or (lambda: datetime.now(UTC))
        self._public_url: str | None = None
        self._feeds: frozenset[str] = frozenset()
        #: Whether subscriptions are to be compared with new settings.
        self._changed = False

    def apply(self, settings: schema.Settings) -> None:
        """Take over changed settings; subscriptions that they leave without a reason are ended at the next turn."""
        self._public_url = settings.web.public_url
        self._feeds = frozenset(feed.id for feed in settings.feeds if feed.enabled)
        self._changed = True

    async def polled(self, feed_id: str, state: FeedState) -> None:
        """Settle a feed's subscription where the state that a poll has left shows that it is out of date.

        Mostly it is not, and nothing is asked of the store.
        """
        if state.subscribed != self._wish(feed_id, state):
            await self._settle(feed_id)

    def _wish(self, feed_id: str, state: FeedState) -> str:
        """Name what a feed's subscription is to be, "" for none."""
        offer = _offer(state)
        callbacks = self._callbacks(feed_id) if offer else None
        return f"{offer.topic} {offer.hub} {callbacks}" if offer and callbacks else ""

    def _callbacks(self, feed_id: str) -> str | None:
        if self._public_url is None or feed_id not in self._feeds:
            return None
        return callbacks_of(self._public_url, feed_id)

    async def tend(self) -> None:
        """Do what is due for subscriptions; compare all of them with the settings where those have changed.

        No hub is asked while it could not ask back.
        """
        if self._changed:
            self._changed = False
            await self._for_all(self._settle)
        if await self._reach.look(self._now()):
            await self._for_all(self._wake if self._reach.lost else self._renew)
        if self._reach.works:
            due = await self._subscriptions.take_due(_MOST, pause_s=_TAKEN_S)
            await asyncio.gather(*(_alone(feed_id, self._tend_one(feed_id, token)) for feed_id, token in due))

    async def _for_all(self, do: Callable[[str], Awaitable[None]]) -> None:
        await asyncio.gather(*(_alone(feed_id, do(feed_id)) for feed_id in await self._subscriptions.feeds()))

    async def _wake(self, feed_id: str) -> None:
        """Let a feed that rests be polled by the clock, and now: nobody takes what is pushed."""
        if (await self._duty.state(feed_id)).get("push_until"):
            await self._subscriptions.amend(feed_id, [], state={"push_until": ""}, poll_now=True)

    async def _renew(self, feed_id: str) -> None:
        """Ask the hub of a feed again: once it has confirmed, it is relied on."""
        for token, record in (await self._subscriptions.of_feed(feed_id)).items():
            held = from_record(record)
            if held.phase == "wanted":
                due_now = replace(held, next_at=self._now())
                await self._subscriptions.amend(feed_id, [Amendment(token, record, to_record(due_now))])

    async def _settle(self, feed_id: str) -> None:
        """Bring a feed's subscriptions in line with its offer and the settings."""
        for _ in range(_TRIES):
            fields, held = await asyncio.gather(self._duty.state(feed_id), self._subscriptions.of_feed(feed_id))
            state = from_fields(fields)
            wanted = reconcile(
                [from_record(record) for record in held.values()],
                _offer(state),
                callbacks=self._callbacks(feed_id),
                fresh=Capability(secrets.token_urlsafe(32), secrets.token_urlsafe(32)),
                now=self._now(),
            )
            wish = self._wish(feed_id, state)
            changed = [each for each in wanted if held.get(each.token) != to_record(each)]
            if not changed and state.subscribed == wish:
                return
            amendments = [self._amendment(each, held.get(each.token, "")) for each in changed]
            # Where the feed rests because of a subscription that ends, it is polled by the clock again, and now.
            ends = state.push_until is not None and any(each.phase == "leaving" for each in changed)
            changes = {"subscribed": wish} | ({"push_until": ""} if ends else {})
            if await self._subscriptions.amend(feed_id, amendments, state=changes, poll_now=ends):
                return

    def _amendment(self, after: Subscription, before: str) -> Amendment:
        """Write what has become of a subscription; one that is over is forgotten."""
        now = self._now()
        record = "" if is_over(after, now=now) else to_record(after)
        return Amendment(after.token, before, record, (after.next_at - now).total_seconds())

    async def _tend_one(self, feed_id: str, token: str) -> None:
        """Ask a hub for what is due; a subscription that is over is forgotten."""
        record = await self._subscriptions.one(feed_id, token)
        held = from_record(record) if record else None
        if held is None:
            await self._subscriptions.amend(feed_id, [Amendment(token, "", "")])
        elif held.next_at > self._now() or is_over(held, now=self._now()):
            await self._subscriptions.amend(feed_id, [self._amendment(held, record)])
        else:
            await self._ask(feed_id, held, record)

    async def _ask(self, feed_id: str, held: Subscription, record: str) -> None:
        status, retry_s = await self._request(held)
        good = 200 <= status < 300
        after = requested(held, retry_after_s=retry_s, now=self._now())
        # A hub that fails us is not relied on until it confirms or pushes again.
        lost = not good and held.phase == "wanted" and held.lease_until is not None and held.lease_until > self._now()
        state = {"push_until": ""} if lost else {}
        # Many hubs verify before they answer: then the record is another by now, and this one out of date.
        await self._subscriptions.amend(feed_id, [self._amendment(after, record)], state=state, poll_now=lost)
        mode, told = request_form(held)["hub.mode"], status or "no answer"
        say = log.info if good else log.warning
        say("hub asked", feed=feed_id, mode=mode, hub=masked_url(held.hub), status=told, attempt=after.attempts)

    async def _request(self, held: Subscription) -> tuple[int, float | None]:
        """Send the request that is due, following the hub to another. Returns the status (0: none) and Retry-After."""
        hub, body = held.hub, urlencode(request_form(held)).encode()
        for _ in range(1 + _MOST_HOPS):
            try:
                answer = await self._client().send(_post(hub, body))
            except FetchError as error:
                log.warning("hub not reached", hub=masked_url(hub), error=str(error))
                return error.status or 0, error.retry_after_s
            if not (hub := _next_hub(answer)):
                return answer.status, retry_after_s(answer.headers.get("retry-after"), self._now())
        return answer.status, None


async def _alone(feed_id: str, work: Awaitable[None]) -> None:
    """Do what concerns one feed; where that fails, others are not concerned, and it is due again."""
    try:
        await work
    except StoreError as error:
        log.warning("subscription not tended", feed=feed_id, error=str(error))


def _offer(state: FeedState) -> Offer | None:
    return Offer(state.hub, state.topic) if state.hub and state.topic else None


def _post(hub: str, body: bytes) -> Request:
    return Request(
        url=hub,
        method="POST",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=body,
        max_bytes=_ANSWER_BYTES,
        shown_url=masked_url(hub),
    )


def _next_hub(answer: Response) -> str:
    """Give the hub that an answer sends us on to, "" for none. Source: WebSub, section 5.1.2."""
    return absolute_url(answer.headers.get("location", ""), answer.url) if answer.status in (307, 308) else ""
