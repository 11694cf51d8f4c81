"""Receivers of alerts, as a process of its own: a mail server, and webhook endpoints of which some hang.

Started by `benchmarks.world`, and told what to do on standard input as `benchmarks.world_process` is. Both servers do
the least that their protocols ask for, so that the sender's limits are measured, not theirs.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

_YES = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receivers:
    """What the process can do."""

    def __init__(self) -> None:
        #: When each thing came first, by its id: seconds since 1970.
        self._came: dict[str, float] = {}
        self._changed = asyncio.Event()
        self._servers: list[asyncio.Server] = []

    async def hooks(self, hanging: int) -> int:
        """Answer POSTs at /0, /1, ...; those below `hanging` never get their answer. Returns the port."""
        return await self._serve(partial(self._hook, hanging))

    async def mail(self, answer_s: float) -> int:
        """Be a mail server that takes so long for each answer. Returns the port."""
        return await self._serve(partial(self._mail, answer_s))

    async def receive(self, count: int, within_s: float) -> dict[str, float]:
        """Wait for that many different things, and forget them."""
        async with asyncio.timeout(within_s):
            while len(self._came) < count:
                self._changed.clear()
                await self._changed.wait()
        came, self._came = self._came, {}
        return came

    async def _serve(self, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> int:
        async def talk_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await talk(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass  # the sender has gone
            finally:
                writer.close()

        server = await asyncio.start_server(talk_on, "127.0.0.1", 0, backlog=1024)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _record(self, name: str) -> None:
        self._came.setdefault(name, time.time())
        self._changed.set()

    async def _hook(self, hanging: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            await reader.readexactly(int(headers["content-length"]))
            if int(first.split()[1][1:]) < hanging:
                await reader.read()  # until the sender hangs up
                return
            self._record(headers["webhook-id"])
            writer.write(_YES)

    async def _mail(self, answer_s: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 bench\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                await _say(writer, b"354 go on\r\n", answer_s)
                message = await reader.readuntil(b"\r\n.\r\n")
                found = message.lower().partition(b"\nmessage-id:")[2]
                self._record(found.partition(b"\n")[0].decode().strip())
            await _say(writer, b"221 bye\r\n" if word == b"QUIT" else b"250 OK\r\n", answer_s)


async def _say(writer: asyncio.StreamWriter, words: bytes, answer_s: float) -> None:
    if answer_s:
        await asyncio.sleep(answer_s)
    writer.write(words)


async def main() -> None:
    """Do what is asked for until the input ends."""
    receivers = Receivers()
    doings = {"hooks": receivers.hooks, "mail": receivers.mail, "receive": receivers.receive}
    while line := await asyncio.to_thread(sys.stdin.readline):
        task = json.loads(line)
        answer = await doings[task.pop("do")](**task)  # type: ignore[operator]  # each has arguments of its own
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
