"""Host names -> addresses that may be connected to: the guard stands where the connection is made.

What a name leads to is judged on the very answer that is connected to, so a name that leads to a public address first
and to a private one a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.net.addresses import AllowedHosts, refused_answers

#: Lookups at once; a name server that does not answer holds one for up to half a minute.
_AT_ONCE = 64


class RefusedNameError(Exception):
    """Raised when a name leads to refused addresses only; the message says to which, and why they are refused."""


class GuardedResolver(AbstractResolver):
    """Answers with what another resolver answers, less the refused addresses."""

    def __init__(self, resolver: AbstractResolver, allowed: AllowedHosts) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look a name up; raises OSError as the resolver does, RefusedNameError where no address may be used."""
        answers = await self._resolver.resolve(host, port, family)
        if self._allowed.name(host):
            return answers
        refused = refused_answers((answer["host"] for answer in answers), self._allowed)
        permitted = [answer for answer in answers if answer["host"] not in refused]
        if refused and not permitted:
            address, reason = next(iter(refused.items()))
            raise RefusedNameError(f"{host} leads to {address}, which is {reason}")
        return permitted

    async def close(self) -> None:
        """Close the resolver behind."""
        await self._resolver.close()


class SystemResolver(AbstractResolver):
    """Asks the system (getaddrinfo) in daemon threads.

    The event loop's own thread pool has few threads, which dead name servers would hold up for everybody, and neither
    the loop nor the interpreter ends before its threads do.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look a name up; raises OSError (socket.gaierror)."""
        async with self._turns:
            found = await _in_daemon_thread(
                lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            )
        return [_answer(host, entry) for entry in found]

    async def close(self) -> None:
        """Leave lookups under way to end by themselves."""


def _answer(host: str, entry: tuple[Any, ...]) -> ResolveResult:
    family, _, proto, _, address = entry
    return ResolveResult(
        hostname=host,
        host=address[0],
        port=address[1],
        family=family,
        proto=proto,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


async def _in_daemon_thread(work: Callable[[], list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    outcome: Future[list[tuple[Any, ...]]] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except (OSError, UnicodeError) as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="name-lookup", daemon=True).start()
    return await asyncio.wrap_future(outcome)
