"""The routes: `/websub/{feed}/{token}` for hubs, `/f/{token}` for readers of alerts, `/healthz` and `/readyz` for
whoever watches over the process.

A body is read only where its callback is one of ours, within a limit of bytes and time, and only so many at once.
"""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect

from monitor.alerts.links import PATH
from monitor.web.access import AccessLog, Said
from monitor.web.answers import Answer, Reader, Receiver, Sight
from monitor.web.pages import HEADERS, STATUS, page_of
from monitor.web.wording import language_of

#: Pushes that are read and worked on at once; others are put off.
_MOST_PUSHES = 16
#: For a hub to send its body, seconds.
_READ_S = 30.0
#: What a form or a mail program sends along with a reader's click is not looked at, only read off the wire.
_MOST_FORM_BYTES = 10_000
_AGAIN_S = 60
#: An echo must be neither read as a page nor run as a script (WebSub, section 8.2).
_PLAIN = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
_MEDIA_TYPE = "application/octet-stream"

_BUSY = Answer(503, headers={"retry-after": "5"})
_TOO_LARGE = Answer(413)
_TOO_SLOW = Answer(408)


def application(receiver: Receiver, reader: Reader, *, said: Said) -> FastAPI:
    """Put the routes together in front of who receives and who reads; `said` is told of every answer."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(AccessLog, said=said)
    _add_watch(app, receiver)
    _add_callback(app, receiver)
    _add_links(app, reader)
    return app


def _add_watch(app: FastAPI, receiver: Receiver) -> None:
    @app.get("/healthz")
    async def health() -> Response:
        return _response(Answer(200, "alive\n"), media_type="text/plain")

    @app.get("/readyz")
    async def readiness() -> Response:
        reason = await receiver.ready()
        return _response(Answer(503 if reason else 200, f"{reason or 'ready'}\n"), media_type="text/plain")


def _add_callback(app: FastAPI, receiver: Receiver) -> None:
    turns = asyncio.Semaphore(_MOST_PUSHES)

    @app.get("/websub/{feed_id}/{token}")
    async def ask(feed_id: str, token: str, request: Request) -> Response:
        return _response(await receiver.ask(feed_id, token, request.query_params))

    @app.post("/websub/{feed_id}/{token}")
    async def push(feed_id: str, token: str, request: Request) -> Response:
        if turns.locked():
            return _response(_BUSY)
        async with turns:
            return _response(await _pushed(receiver, feed_id, token, request))


def _add_links(app: FastAPI, reader: Reader) -> None:
    @app.api_route(f"{PATH}{{token}}", methods=["GET", "HEAD"])
    async def look(token: str, request: Request) -> Response:
        # Mail scanners follow links too: looking changes nothing.
        return _page(await reader.look(token), request)

    @app.post(f"{PATH}{{token}}")
    async def act(token: str, request: Request) -> Response:
        # From the page's button, or from a mail program (RFC 8058): the token alone says what and for whom.
        if isinstance(body := await _timely_body(request, most=_MOST_FORM_BYTES), Answer):
            return _response(body)
        return _page(await reader.act(token), request)


def _page(sight: Sight, request: Request) -> Response:
    language = language_of(request.headers.get("accept-language", ""))
    again = {"retry-after": str(_AGAIN_S)} if sight.state == "later" else {}
    return Response(
        page_of(sight, language),
        status_code=STATUS[sight.state],
        headers={**HEADERS, **again, "content-language": language},
        media_type="text/html",
    )


async def _pushed(receiver: Receiver, feed_id: str, token: str, request: Request) -> Answer:
    if refusal := await receiver.admit(feed_id, token):
        return refusal
    body = await _timely_body(request, most=receiver.max_body_bytes)
    if isinstance(body, Answer):
        return body
    return await receiver.push(feed_id, token, headers=request.headers, body=body)


async def _timely_body(request: Request, *, most: int) -> bytes | Answer:
    """Read a body, or say why not."""
    try:
        async with asyncio.timeout(_READ_S):
            body = await _body(request, most=most)
    except (TimeoutError, ClientDisconnect):
        return _TOO_SLOW
    return _TOO_LARGE if body is None else body


async def _body(request: Request, *, most: int) -> bytes | None:
    """Read a body; None where it is over the limit, of which never more is held."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        return None
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > most:
            return None
        body += chunk
    return bytes(body)


def _response(answer: Answer, *, media_type: str = _MEDIA_TYPE) -> Response:
    return Response(answer.body, status_code=answer.status, headers={**_PLAIN, **answer.headers}, media_type=media_type)
