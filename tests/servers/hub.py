"""A hub as the WebSub Recommendation describes it: takes subscriptions, asks back, signs and distributes, forgets.

What it does wrong it does on order of the test. Its own requests go out by a client of its own, so that nothing of the
service stands on both ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

import aiohttp

from tests.servers.http import Answer, HttpServer, Request
from tests.servers.script import Changes, Script

Body = bytes | AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One verified subscription: topic and callback are its key (WebSub, section 1)."""

    topic: str
    callback: str
    secret: str
    lease_s: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What a callback answered; status 0: nothing."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Hub(HttpServer):
    """One hub at `/hub` of 127.0.0.1; other paths answer as the test orders them to."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        #: What requests at a path are answered with; None: a hub's own way.
        self._scripts: dict[str, Script[Answer | None]] = {}
        self._changes = Changes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: aiohttp.ClientSession | None = None
        #: The lease that it grants, whatever it is asked for; None: what it is asked for.
        self.grants_s: int | None = None
        #: Whether it verifies requests; else it stays silent after its 202.
        self.verifies = True
        #: Forms of all requests, oldest first, with the content type that they came with.
        self.requests: list[dict[str, str]] = []
        self.content_types: list[str] = []
        self.subscribers: dict[tuple[str, str], Subscriber] = {}
        #: Topics of the unsubscriptions that were confirmed.
        self.left: list[str] = []
        #: What callbacks answered to verifications.
        self.verifications: list[Reply] = []

    @property
    def url(self) -> str:
        """The hub's address."""
        return f"{self.address}/hub"

    def at(self, path: str) -> Script[Answer | None]:
        """Return the script of a path; None in it means "what a hub answers"."""
        return self._scripts.setdefault(path, Script(None))

    async def stop(self) -> None:
        """Stop listening and asking."""
        await super().stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def until(self, condition: Callable[[], bool], *, within_s: float = 25.0) -> None:
        """Return once `condition()` holds after something has happened here."""
        await self._changes.until(condition, within_s=within_s, say=lambda: f"{self.requests} {self.verifications}")

    async def subscribed(self, count: int = 1) -> Subscriber:
        """Return the latest subscriber once there are so many."""
        await self.until(lambda: len(self.subscribers) >= count)
        return list(self.subscribers.values())[-1]

    async def push(
        self,
        to: Subscriber,
        body: bytes,
        *,
        method: str = "sha256",
        signature: str | None = None,
        content_type: str = "application/rss+xml",
        chunked: bool = False,
    ) -> Reply:
        """Distribute content to one subscriber (section 7); `signature` replaces the right one, "" leaves it out.

        `chunked` sends it without saying how long it is.
        """
        signed = f"{method}={hmac.new(to.secret.encode(), body, getattr(hashlib, method)).hexdigest()}"
        headers = {"Content-Type": content_type, "Link": f'<{self.url}>; rel="hub", <{to.topic}>; rel="self"'}
        if signature != "":
            headers["X-Hub-Signature"] = signature or signed
        return await self._send("POST", to.callback, headers=headers, body=_pieces(body) if chunked else body)

    async def verify(self, callback: str, **query: str) -> Reply:
        """Ask a callback (section 5.3), with any parameters: `mode="subscribe"` stands for hub.mode."""
        joint = "&" if "?" in callback else "?"
        asked = urlencode({f"hub.{name}": value for name, value in query.items()})
        return await self._send("GET", f"{callback}{joint}{asked}")

    async def deny(self, to: Subscriber, reason: str = "not any more") -> Reply:
        """Tell a subscriber that it is denied (section 5.2)."""
        self.subscribers.pop((to.topic, to.callback), None)
        return await self.verify(to.callback, mode="denied", topic=to.topic, reason=reason)

    async def _send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        if self._client is None:
            self._client = aiohttp.ClientSession()
        try:
            async with self._client.request(method, url, headers=headers, data=body, allow_redirects=False) as answer:
                return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())
        except aiohttp.ClientConnectionError:
            return Reply(0)

    def _answer(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
        self.requests.append(form)
        self.content_types.append(request.headers.get("content-type", ""))
        self._changes.happened()
        ordered = self._scripts[request.path].next() if request.path in self._scripts else None
        if ordered is not None:
            return ordered
        if not {"hub.callback", "hub.mode", "hub.topic"} <= form.keys():
            return Answer(status=400, body=b"a parameter is missing")
        if self.verifies:
            task = asyncio.create_task(self._verify(form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return Answer(status=202)

    async def _verify(self, form: Mapping[str, str]) -> None:
        """Verify the intent of a request; only then it counts (sections 5.1 and 5.3)."""
        mode, topic, callback = form["hub.mode"], form["hub.topic"], form["hub.callback"]
        challenge, lease_s = secrets.token_urlsafe(24), self.grants_s or int(form.get("hub.lease_seconds", 864_000))
        asked = {"mode": mode, "topic": topic, "challenge": challenge, "lease_seconds": str(lease_s)}
        reply = await self.verify(callback, **asked)
        self.verifications.append(reply)
        if 200 <= reply.status < 300 and reply.body == challenge.encode():
            if mode == "subscribe":
                self.subscribers[topic, callback] = Subscriber(topic, callback, form.get("hub.secret", ""), lease_s)
            elif self.subscribers.pop((topic, callback), None):
                self.left.append(topic)
        self._changes.happened()


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 8192):
        yield body[start : start + 8192]
