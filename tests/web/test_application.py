"""The routes over real HTTP: what reaches a receiver, what is read of a body, what is told of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest

from monitor.web.access import Access
from monitor.web.answers import Answer
from monitor.web.application import application
from monitor.web.server import WebServer, listen
from tests.web.readers import ReaderOfAll

TOKEN = "b7Xk_unguessable-Q2"


@dataclass
class Receiver:
    """Takes everything of one callback and remembers it."""

    max_body_bytes: int = 1000
    reason: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    pushed: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, feed_id: str, token: str, query: Mapping[str, str]) -> Answer:
        self.asked.append((feed_id, token, dict(query)))
        return Answer(200, query.get("hub.challenge", ""))

    async def admit(self, feed_id: str, token: str) -> Answer | None:
        return None if token == TOKEN else Answer(410)

    async def push(self, feed_id: str, token: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        self.pushed.append((feed_id, token, headers.get("X-Hub-Signature", ""), body))
        await self.free.wait()
        return Answer(202)

    async def ready(self) -> str:
        return self.reason


@dataclass
class Site:
    """One running server, its receiver and a client."""

    receiver: Receiver
    server: WebServer
    client: aiohttp.ClientSession
    url: str
    said: list[Access]
    serving: asyncio.Task[None]

    @property
    def callback(self) -> str:
        return f"{self.url}/websub/wire/{TOKEN}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(Receiver()) as site:
        site.receiver.free.set()
        yield site


@asynccontextmanager
async def serving(receiver: Receiver) -> AsyncIterator[Site]:
    said: list[Access] = []
    at = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{at.getsockname()[1]}"
    server = WebServer(application(receiver, ReaderOfAll(), said=said.append))
    task = asyncio.create_task(server.serve(at))
    async with aiohttp.ClientSession() as client:
        yield Site(receiver, server, client, url, said, task)
    server.stop()
    await task


async def test_a_question_reaches_the_receiver_with_its_query_and_the_echo_is_harmless(site: Site) -> None:
    async with site.client.get(f"{site.callback}?hub.mode=subscribe&hub.challenge=a%2Bb&hub.topic=x%26y") as answer:
        assert await answer.read() == b"a+b"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers
    query = {"hub.mode": "subscribe", "hub.challenge": "a+b", "hub.topic": "x&y"}
    assert site.receiver.asked == [("wire", TOKEN, query)]


async def test_a_push_reaches_the_receiver_to_the_byte(site: Site) -> None:
    body = bytes(range(256)) * 3
    async with site.client.post(site.callback, data=body, headers={"X-Hub-Signature": "sha1=x"}) as answer:
        assert answer.status == 202
    assert site.receiver.pushed == [("wire", TOKEN, "sha1=x", body)]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_refused_while_it_is_read(site: Site, chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield bytes(100)

    async with site.client.post(site.callback, data=pieces() if chunked else bytes(1100)) as answer:
        assert answer.status == 413
    async with site.client.post(site.callback, data=bytes(1000)) as answer:
        assert answer.status == 202
    assert [len(body) for *_, body in site.receiver.pushed] == [1000]


async def test_the_body_of_an_unknown_callback_is_not_read(site: Site) -> None:
    async with site.client.post(site.callback + "x", data=b"x") as answer:
        assert answer.status == 410
    assert site.receiver.pushed == []


async def test_too_many_pushes_at_once_are_put_off() -> None:
    async with serving(Receiver()) as site:

        async def push() -> int:
            async with site.client.post(site.callback, data=b"x") as answer:
                return answer.status

        pushes = [asyncio.create_task(push()) for _ in range(20)]
        done, waiting = await asyncio.wait(pushes, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        while len(waiting) > 16:
            more, waiting = await asyncio.wait(waiting, timeout=20, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        assert {push.result() for push in done} == {503}
        site.receiver.free.set()
        assert {await push for push in waiting} == {202}


async def test_the_stop_waits_for_what_is_under_way() -> None:
    async with serving(Receiver()) as site:
        push = asyncio.create_task(site.client.post(site.callback, data=b"x").__aenter__())
        async with asyncio.timeout(10):
            while not site.receiver.pushed:  # noqa: ASYNC110 -- the receiver of the test has no event
                await asyncio.sleep(0.01)
        site.server.stop()
        site.receiver.free.set()
        assert (await push).status == 202
        await site.serving


async def test_others_can_see_whether_it_lives_and_can_work(site: Site) -> None:
    for path, reason, status, text in (
        ("/healthz", "away", 200, "alive\n"),
        ("/readyz", "", 200, "ready\n"),
        ("/readyz", "away", 503, "away\n"),
    ):
        site.receiver.reason = reason
        async with site.client.get(site.url + path) as answer:
            assert (answer.status, await answer.text()) == (status, text)


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/websub", "/websub/wire", "/websub/wire/a/b", "/websub/wire/a/"]
)
async def test_there_is_nothing_else(site: Site, path: str) -> None:
    async with site.client.get(site.url + path) as answer:
        assert answer.status == 404


async def test_each_answer_is_told_without_what_must_stay_secret(site: Site) -> None:
    await (await site.client.post(f"{site.callback}?hub.secret=s", data=b"x")).read()
    await (await site.client.get(f"{site.url}/a%0Ab?c=d")).read()
    await (await site.client.delete(site.callback)).read()
    told = [(each.client, each.method, each.path, each.status) for each in site.said]
    assert told == [
        ("127.0.0.1", "POST", "/websub/wire/***", 202),
        ("127.0.0.1", "GET", "/a%0Ab", 404),
        ("127.0.0.1", "DELETE", "/websub/wire/***", 405),
    ]


async def test_an_address_that_is_taken_is_an_error_and_not_shared() -> None:
    with listen("127.0.0.1", 0) as at, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", at.getsockname()[1])
