"""A small HTTP/1.1 server that can also misbehave to the byte: it turns a function of requests into a server.

Written on asyncio streams rather than on a web framework because tests need answers that a framework refuses to send:
cut short, dripping, endless, not HTTP at all. It reads no chunked requests and speaks no TLS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.client import responses
from typing import Self

HEAD_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    method: str
    #: Path and query, to the letter.
    target: str
    #: Header names in lower case.
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, and how."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: Sent to the letter in place of a response, after which the connection closes.
    raw: bytes | None = None
    #: Seconds before the first byte.
    delay_s: float = 0.0
    #: The first byte waits until this is set.
    held_until: asyncio.Event | None = None
    #: The body goes in pieces of so many bytes (None: whole) with so many seconds between them.
    piece_bytes: int | None = None
    pause_s: float = 0.0
    #: Bytes of the body after which the connection closes, although Content-Length promises all.
    cut_after: int | None = None
    #: The body is repeated without end and without Content-Length.
    endless: bool = False


#: Closes the connection without a byte.
HANG_UP = Answer(raw=b"")


def redirect(to: str, status: int = 302) -> Answer:
    """Send the client to another address."""
    return Answer(status=status, headers={"Location": to})


def endless(block: bytes, *, pause_s: float = 0.0) -> Answer:
    """Send `block` again and again until the client leaves."""
    return Answer(body=block, endless=True, pause_s=pause_s)


def held(answer: Answer) -> tuple[Answer, asyncio.Event]:
    """Return the answer held back, and the event that lets it go."""
    release = asyncio.Event()
    return replace(answer, held_until=release), release


def render(answer: Answer) -> bytes:
    """Render the whole response of a well-behaved answer."""
    return _head(answer) + answer.body


class HttpServer:
    """Answers each request on 127.0.0.1 with what `respond` returns: an Answer, or a whole response as bytes."""

    def __init__(self, respond: Callable[[Request], Answer | bytes]) -> None:
        self._respond = respond
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        #: Free until the first start, then kept.
        self.port = 0
        #: Connections accepted since the start.
        self.accepted = 0

    @property
    def address(self) -> str:
        """The server's root without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        """Listen; after a stop, on the same port as before."""
        self._server = await asyncio.start_server(
            self._converse, "127.0.0.1", self.port, limit=HEAD_LIMIT, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stop listening and break the connections that are open, as a crash would."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self.accepted += 1
        try:
            while (request := await _read(reader)) and await _write(writer, self._respond(request)):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body, datetime.now(UTC))


async def _write(writer: asyncio.StreamWriter, answer: Answer | bytes) -> bool:
    """Send one answer; tell whether the connection can go on."""
    if isinstance(answer, bytes):
        writer.write(answer)
        await writer.drain()
        return True
    await _hold(answer)
    if answer.raw is not None:
        writer.write(answer.raw)
        await writer.drain()
        return False
    writer.write(_head(answer))
    await _write_body(writer, answer)
    return answer.cut_after is None and not answer.endless


async def _hold(answer: Answer) -> None:
    if answer.held_until:
        await answer.held_until.wait()
    if answer.delay_s:
        await asyncio.sleep(answer.delay_s)


def _head(answer: Answer) -> bytes:
    headers = dict(answer.headers)
    if not answer.endless and answer.status not in (204, 304):
        headers.setdefault("Content-Length", str(len(answer.body)))
    phrase = responses.get(answer.status, "")
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _write_body(writer: asyncio.StreamWriter, answer: Answer) -> None:
    body = answer.body[: answer.cut_after]
    piece = answer.piece_bytes or len(body) or 1
    while True:
        for start in range(0, len(body), piece):
            writer.write(body[start : start + piece])
            await writer.drain()
            await asyncio.sleep(answer.pause_s)
        if not answer.endless:
            return
