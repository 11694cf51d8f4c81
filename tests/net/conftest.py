"""Clients for tests: they may reach 127.0.0.1 and nothing else that is not public."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.net.client import Client, Limits
from tests.servers.http import Answer
from tests.servers.http import Request as Received

MakeClient = Callable[..., Client]


class Names(AbstractResolver):
    """Looks names up in a table; each look-up of a name takes its next answer, the last one again and again."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.asked.append(host)
        found = self.answers.get(host)
        if not found:
            raise OSError(-2, "Name or service not known")
        addresses = (found.pop(0) if len(found) > 1 else found[0]).split()
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        """Hold nothing open."""


class Recorder:
    """Gives one answer to every request and keeps the requests."""

    def __init__(self, answer: Answer = Answer()) -> None:  # noqa: B008 -- frozen
        self.answer = answer
        self.seen: list[Received] = []

    def __call__(self, request: Received) -> Answer:
        self.seen.append(request)
        return self.answer


@pytest_asyncio.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """Make clients with the limits given, closed at the end of the test."""
    async with AsyncExitStack() as stack:
        opened: list[Client] = []

        def make(*, resolver: Any = None, trust: Any = None, environ: Any = None, **limits: Any) -> Client:
            chosen = {"version": "1.2", "allow_hosts": ("127.0.0.1",), "timeout_s": 10.0, **limits}
            client = Client(Limits(**chosen), resolver=resolver, trust=trust, environ=environ or {})
            opened.append(client)
            return client

        yield make
        for client in opened:
            await stack.enter_async_context(client)


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    """A client with the usual limits."""
    return make_client()


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Make what a server needs to show a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@asynccontextmanager
async def https_server(context: ssl.SSLContext) -> AsyncIterator[str]:
    """Serve over TLS; gives the address."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"secret news")

    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
