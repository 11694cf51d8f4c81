"""The three servers around the service: feeds by HTTP, a mail server, a webhook receiver; all real, all on 127.0.0.1.

What arrives is recorded in the ledger. Signatures are verified with the reference library of Standard Webhooks.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook, WebhookVerificationError

from monitor.demo.ledger import Ledger, Receipt, Subject
from monitor.demo.samples import Sample

HOST = "127.0.0.1"


class FeedSite:
    """The sample feeds, each at /<id>, with what has been published so far."""

    def __init__(self, samples: Mapping[str, Sample]) -> None:
        self._samples = samples
        self._dates: dict[str, dict[str, datetime]] = {id_: {} for id_ in samples}

    def publish(self, feed: str, entry: str, at: datetime) -> None:
        """Let an entry appear in its feed, dated `at`."""
        self._dates[feed][entry] = at

    async def respond(self, request: web.Request) -> web.Response:
        """Answer with the document as it stands, or with 304 to who knows it."""
        id_ = request.match_info["feed"]
        if id_ not in self._samples:
            raise web.HTTPNotFound
        body = self._samples[id_].document(self._dates[id_])
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers={**headers, "Content-Type": self._samples[id_].content_type})


class HookReceiver:
    """Takes webhooks, and refuses what is not signed with the secret."""

    def __init__(self, secret: str, ledger: Ledger) -> None:
        self._verifier = Webhook(secret)
        self._ledger = ledger

    async def respond(self, request: web.Request) -> web.Response:
        """Answer 204 to an alert that is signed right, 401 to anything else."""
        body = await request.read()
        try:
            alert = self._verifier.verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError):
            self._ledger.forged += 1
            return web.Response(status=401)
        for item in alert["items"]:
            subject = Subject(alert["watchlist"]["id"], item["url"])
            self._ledger.receive(Receipt("webhook", request.headers["webhook-id"], subject, time.time()))
        return web.Response(status=204)


class MailReceiver:
    """Takes every mail."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def handle_DATA(self, smtp: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Record a message that has been handed over."""
        message = message_from_bytes(envelope.original_content, policy=policy.default)
        self._ledger.receive(Receipt("mail", str(message["Message-ID"]), mail_subject(message), time.time()))
        return "250 OK"


def mail_subject(message: EmailMessage) -> Subject:
    """Read from a mail of the service which watchlist it comes from, and of which article it tells."""
    watchlist = str(message["List-Id"]).strip("<>").partition(".")[0]
    body = message.get_body(("plain",))
    lines = body.get_content().splitlines() if body else []
    return Subject(watchlist, next((line for line in lines if line.startswith("https://")), ""))


@asynccontextmanager
async def http_server(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Serve the routes on a free port and give the address."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def mail_server(receiver: MailReceiver) -> AsyncIterator[int]:
    """Serve SMTP on a free port and give the port."""
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.Protocol:
        return SMTP(receiver, hostname="localhost", loop=loop)

    server = await loop.create_server(protocol, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
