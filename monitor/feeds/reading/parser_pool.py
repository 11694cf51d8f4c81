"""Documents to parsed feeds in child processes, so that no document can block, crash or outgrow the poller.

A process is started when it is first needed, serves one document at a time, and is killed at the time limit; the next
document gets a new one. What the processes do is `monitor.feeds.reading.parser_process`'s.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from datetime import datetime
from typing import Self

from monitor.errors import ParseError
from monitor.feeds.reading.entries import Origin, ParsedFeed, ParseTask
from monitor.feeds.reading.frames import LENGTH, Reply, decode_reply, frame
from monitor.model import Document, Feed

_START_TIMEOUT_S = 30.0
#: Between the last word of a process that crashes and its end, in which the system may write much.
_CRASH_S = 5.0
#: The environment holds the service's secrets, which are nothing for a process that reads hostile input.
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
_PASSED_ON_PREFIXES = ("PYTHON", "LC_", "LD_", "DYLD_")


class ParserPool:
    """Parsing processes, at most `size` at once; who makes a pool closes it.

    `timeout_s` and `memory_bytes` (address space, where the platform can limit it) hold for each document.
    """

    def __init__(
        self, *, size: int, timeout_s: float, max_entries: int = 5_000, memory_bytes: int = 1024 * 1024**2
    ) -> None:
        self._timeout_s = timeout_s
        self._max_entries = max_entries
        self._memory_bytes = memory_bytes
        self._turns = asyncio.Semaphore(size)
        #: Used from the end, so that a quiet pool works with one process.
        self._idle: list[_Parser] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def parse(
        self,
        document: Document,
        feed: Feed,
        *,
        now: datetime,
        known: frozenset[str] = frozenset(),
        with_html: bool = False,
    ) -> ParsedFeed:
        """Parse and normalise a document but for the entries whose mark is `known`; its items are seen at `now`.

        They have HTML beside them only `with_html`.

        Raises ParseError for what is no feed, takes too long or too much memory, or crashes the process.
        """
        origin = Origin(feed.id, feed.name, feed.language, document.url, now)
        content_type = document.headers.get("content-type", "")
        task = ParseTask(origin, content_type, document.body, self._max_entries, with_html=with_html, known=known)
        async with self._turns:
            reply = await self._ask(task)
        if reply.parsed is None:
            raise ParseError(feed.id, reply.error)
        return reply.parsed

    async def close(self) -> None:
        """End the idle processes; call it when no `parse` is running any more."""
        while self._idle:
            await self._idle.pop().end()

    async def _ask(self, task: ParseTask) -> Reply:
        parser = await self._take()
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await parser.ask(task)
        except TimeoutError:
            await parser.end()
            return Reply(error=f"took longer than {self._timeout_s:g} s: killed")
        except (EOFError, OSError):
            how = await parser.end(grace_s=_CRASH_S)
            if parser.is_fresh:
                return Reply(error=f"ended the parsing process ({how}): too much memory, or a fault of the parser")
            # It may have died while it was idle, of nothing that this document did.
            return await self._ask(task)
        except BaseException:
            # Cancelled in the middle: the process is still busy with a document that nobody waits for.
            await parser.end()
            raise
        if reply.last:
            await parser.end()
        else:
            self._idle.append(parser)
        return reply

    async def _take(self) -> _Parser:
        while self._idle:
            parser = self._idle.pop()
            if parser.is_alive:
                return parser
        return await _Parser.start(timeout_s=self._timeout_s, memory_bytes=self._memory_bytes)


class _Parser:
    """One parsing process, seen from the poller."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if not process.stdin or not process.stdout:
            raise ValueError("a parsing process needs pipes for input and output")
        self._process = process
        self._tasks = process.stdin
        self._replies = process.stdout
        #: Whether it has not answered yet.
        self.is_fresh = True

    @classmethod
    async def start(cls, *, timeout_s: float, memory_bytes: int) -> _Parser:
        parser = cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "monitor.feeds.reading.parser_process"),
                *(f"--timeout-s={timeout_s}", f"--memory-bytes={memory_bytes}"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
                # A session of its own: Ctrl-C in the terminal must not end it before the poller is done.
                start_new_session=True,
            )
        )
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await parser._reply()
        except BaseException as error:
            how = await parser.end()
            if isinstance(error, TimeoutError | EOFError):
                raise ParseError("parsing process", f"did not start ({how})", temporary=True) from error
            raise
        return parser

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, task: ParseTask) -> Reply:
        """Hand over one document and wait for the answer; raises EOFError or OSError where the process dies."""
        self._tasks.write(frame(task))
        await self._tasks.drain()
        reply = await self._reply()
        self.is_fresh = False
        return reply

    async def end(self, *, grace_s: float = 0) -> str:
        """Kill the process, unless it ends by itself in time, and say how it ended."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), grace_s)
        with suppress(ProcessLookupError):
            self._process.kill()
        code = await self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    async def _reply(self) -> Reply:
        (length,) = LENGTH.unpack(await self._replies.readexactly(LENGTH.size))
        return decode_reply(await self._replies.readexactly(length))


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
