"""A receiver of webhooks as a careful customer would build it: signatures verified, repeats told by webhook-id.

It records every call, also the ones that it refuses. Answers are scripted; an unsigned or wrongly signed call gets 401.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.servers.http import Answer, HttpServer, Request
from tests.servers.script import Changes, Script

#: Signing secret of receivers that name none.
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes.").decode()

OK = Answer(status=204)
UNVERIFIED = Answer(status=401)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the receiver."""

    #: webhook-id, "" where missing.
    id: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    verified: bool
    #: The answer that it was given: 2xx means accepted.
    answer: Answer

    @property
    def payload(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)

    @property
    def accepted(self) -> bool:
        """Whether the sender was told that all is well, and can have read it."""
        return self.answer.raw is None and 200 <= self.answer.status < 300


class WebhookReceiver(HttpServer):
    """Takes webhooks at every path of one port of 127.0.0.1."""

    def __init__(self, secret: str = SECRET) -> None:
        super().__init__(self._answer)
        self.secret = secret
        self._verifier = Webhook(secret)
        self._changes = Changes()
        #: What comes back for verified calls.
        self.script: Script[Answer] = Script(OK)
        #: Every call, in order of arrival.
        self.calls: list[Call] = []
        #: The first accepted call of each webhook-id: what a receiver that honours the id acts upon.
        self.alerts: dict[str, Call] = {}
        #: webhook-ids that came with more than one body: a broken promise of the sender.
        self.altered: set[str] = set()
        self._bodies: dict[str, bytes] = {}

    async def until(self, condition: Callable[[], bool], *, within_s: float = 25.0) -> None:
        """Return once `condition()` holds after some call; fail after `within_s` seconds."""
        await self._changes.until(condition, within_s=within_s, say=self._say)

    async def alerted(self, count: int, *, within_s: float = 25.0) -> None:
        """Return once `count` different alerts have been accepted."""
        await self.until(lambda: len(self.alerts) >= count, within_s=within_s)

    async def called(self, count: int, *, within_s: float = 25.0) -> None:
        """Return once there have been `count` calls, whatever came back."""
        await self.until(lambda: len(self.calls) >= count, within_s=within_s)

    def url(self, path: str = "/hook") -> str:
        """Return the whole address of a path."""
        return self.address + path

    def _answer(self, request: Request) -> Answer:
        verified = self._verify(request)
        answer = self.script.next() if verified else UNVERIFIED
        call = Call(
            id=request.headers.get("webhook-id", ""),
            path=request.path,
            headers=request.headers,
            body=request.body,
            received_at=request.received_at,
            verified=verified,
            answer=answer,
        )
        self._record(call)
        self._changes.happened()
        return answer

    def _verify(self, request: Request) -> bool:
        try:
            self._verifier.verify(request.body, dict(request.headers))
        except (WebhookVerificationError, ValueError):
            return False
        return True

    def _record(self, call: Call) -> None:
        self.calls.append(call)
        if call.accepted:
            self.alerts.setdefault(call.id, call)
        if self._bodies.setdefault(call.id, call.body) != call.body:
            self.altered.add(call.id)

    def _say(self) -> str:
        refused = sum(not call.accepted for call in self.calls)
        return f"{len(self.calls)} calls, {len(self.alerts)} different alerts accepted, {refused} calls refused"
