"""What hubs send to our callbacks: questions about our intent, denials, and pushes, which `workers.pushes` takes.

Who does not know a subscription's callback learns nothing here, and who does not know its secret changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from monitor.errors import StoreError
from monitor.feeds.websub import Subscription, Verdict, answer_hub, from_record, is_authentic, takes_pushes, to_record
from monitor.model import Document
from monitor.queue.store import Store
from monitor.queue.subscriptions import Amendment, Subscriptions
from monitor.web.answers import Answer
from workers.life import Life
from workers.pushes import Pushes

#: For the store to answer whoever asks whether we are ready.
_PATIENCE_S = 2.0
#: How often a decision is made anew because its subject has changed.
_TRIES = 5

_ACCEPTED = Answer(202)
#: Section 7: "to indicate that the subscription has been deleted".
_GONE = Answer(410)
_LATER = Answer(503, headers={"retry-after": "30"})

log = structlog.get_logger()


class Callbacks:
    """Our side of all subscriptions: the `monitor.web.answers.Receiver` of a `web` process."""

    def __init__(self, store: Store, pushes: Pushes, *, life: Life) -> None:
        self._store = store
        self._subscriptions = Subscriptions(store)
        self._pushes = pushes
        self._life = life

    @property
    def max_body_bytes(self) -> int:
        """The largest push: as large as a document that is polled may be."""
        return self._pushes.in_use.settings.net.max_bytes

    async def ready(self) -> str:
        """Say why no work can be done, "" where it can."""
        if not self._life.settings_version:
            return self._life.settings_error or "no settings are in force"
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._store.run("PING")
        except StoreError as error:
            return str(error)
        except TimeoutError:
            return f"{self._store.subject} has not answered for {_PATIENCE_S:g} s"
        return ""

    async def ask(self, feed_id: str, token: str, query: Mapping[str, str]) -> Answer:
        """Answer a hub that asks whether we meant it, or tells that it will not."""
        try:
            for _ in range(_TRIES):
                record = await self._subscriptions.one(feed_id, token)
                verdict = answer_hub(from_record(record) if record else None, query, now=datetime.now(UTC))
                if await self._write(feed_id, token, record, verdict):
                    if record:  # of what strangers ask, the access log tells enough
                        after = verdict.subscription.phase if verdict.subscription else "ended"
                        log.info("hub answered", feed=feed_id, status=verdict.status, subscription=after)
                    return Answer(verdict.status, verdict.body)
        except StoreError as error:
            log.warning("hub not answered", error=str(error))
        return _LATER

    async def _write(self, feed_id: str, token: str, record: str, verdict: Verdict) -> bool:
        """Write what a verdict has changed; False where another has changed the subscription meanwhile."""
        after = verdict.subscription
        if verdict.status != 200:
            return True
        if after is None:
            return await self._subscriptions.amend(feed_id, [Amendment(token, record, "")])
        delay_s = (after.next_at - datetime.now(UTC)).total_seconds()
        return await self._subscriptions.amend(
            feed_id,
            [Amendment(token, record, to_record(after), delay_s)],
            state={"push_until": after.lease_until.isoformat() if after.lease_until else ""},
            poll_now=after.lease_until is None,  # denied: a feed that rested is polled by the clock again
        )

    async def admit(self, feed_id: str, token: str) -> Answer | None:
        """Say why a push by this callback is not even read; None where it is."""
        try:
            return None if await self._held(feed_id, token) else _GONE
        except StoreError:
            return _LATER

    async def _held(self, feed_id: str, token: str) -> Subscription | None:
        """Read the subscription of a callback; None where its pushes are not wanted, or not any more."""
        record = await self._subscriptions.one(feed_id, token) if feed_id in self._pushes.in_use.feeds else ""
        held = from_record(record) if record else None
        return held if held and takes_pushes(held) else None

    async def push(self, feed_id: str, token: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Take a push; the answer comes once it is committed.

        One that is not authentic is acknowledged and ignored (WebSub, section 7.1.2).
        """
        try:
            held = await self._held(feed_id, token)
            if held is None:
                return _GONE
            if not is_authentic(body, headers.get("x-hub-signature", ""), held.secret):
                log.warning("push ignored", feed=feed_id, reason="its signature is missing or wrong")
                return _ACCEPTED
            given = {"content-type": headers.get("content-type", "")}
            document = Document(held.topic, held.topic, 200, given, body)
            taken = await self._pushes.take(feed_id, document, push_until=held.lease_until)
            return _ACCEPTED if taken else _LATER
        except StoreError as error:
            log.warning("push not committed", feed=feed_id, error=str(error))
            return _LATER
