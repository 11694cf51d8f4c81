"""The one HTTP client: a request -> the answer, whatever its status, or a `FetchError` that says how far it came.

Every hop's host is judged before it is asked, and every address that a name leads to as it is connected to (behind a
proxy, which looks names up itself, only hosts written as an address can be judged). Redirects are followed one at a
time. It keeps no cookies, sends no referrer, reads no .netrc and never holds more of a body than the limit.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver

from monitor.errors import FetchError, HeldBackError, SettingsError
from monitor.net.addresses import AllowedHosts, refused_host
from monitor.net.coding import Body, too_large
from monitor.net.deadlines import Deadlines
from monitor.net.failures import FAILURES, Progress, failure, refused
from monitor.net.gate import HostGate
from monitor.net.holds import ASK_TO_WAIT, Holds
from monitor.net.hops import Hop, first_hop, is_redirect, next_hop, shown_origin
from monitor.net.messages import Limits, Request, Response
from monitor.net.proxies import read_proxies
from monitor.net.resolver import GuardedResolver, SystemResolver
from monitor.net.urls import without_userinfo

__all__ = ["Client", "Limits", "Request", "Response"]

_ACCEPT_ENCODING = "gzip, deflate, br"
#: Publishers behind large Content-Security-Policy headers go far over the usual 8 KB.
_LONGEST_HEADER_BYTES = 64 * 1024
_DNS_CACHE_S = 10
#: Idle connections are kept for the next request to the same host in a burst; most hosts are asked again minutes later,
#: and each idle connection holds one of the process' file descriptors.
_KEEP_ALIVE_S = 5.0


class Client:
    """Sends requests within `limits`; one per process, closed by whoever made it."""

    def __init__(
        self,
        limits: Limits,
        *,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
        environ: Mapping[str, str] = os.environ,
        holds: Holds | None = None,
    ) -> None:
        """Prepare without connecting; raises SettingsError for a proxy or an allowed host that is none.

        `holds` says which hosts are not to be asked for a while, and learns of them; None: each request is sent.
        `resolver` looks names up in place of the system, `trust` says whose certificates count, and `environ` names
        the proxies where `limits` does not.
        """
        try:
            self._allowed = AllowedHosts.parse(limits.allow_hosts)
        except ValueError as error:
            raise SettingsError("net.allow_hosts", str(error)) from error
        self._limits = limits
        self._proxies = read_proxies(limits.proxy, environ)
        self._resolver = resolver or SystemResolver()
        self._trust = trust
        self._deadlines = Deadlines()
        self._gate = HostGate(at_once=limits.per_host, delay_s=limits.per_host_delay_s)
        self._holds = holds
        #: By whether a proxy is asked: proxies are the operator's own and may stand at private addresses.
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()
        await self._resolver.close()

    async def send(self, request: Request) -> Response:
        """Send a request and return the answer, whatever its status.

        Raises FetchError (AddressError where the address is refused, HeldBackError where its host has asked to wait);
        its `status` is set where an answer had begun.
        """
        journey = self._begin(request)
        while True:
            self._check_host(journey)
            self._check_held(journey)
            host = journey.hop.target.host
            await self._gate.enter(host)
            try:
                # Once more: who waited for a turn may have been waiting for one that asked us to stop.
                self._check_held(journey)
                answer, location = await self._exchange(journey)
                if self._holds is not None and answer.status in ASK_TO_WAIT:
                    self._holds.heed(shown_origin(journey.hop.target), answer.status, answer.headers)
            finally:
                self._gate.leave(host)
            if location is None:
                return answer
            self._follow(journey, answer.status, location)

    def _begin(self, request: Request) -> _Journey:
        hop = first_hop(request)
        if hop is None:
            raise FetchError(_subject(request), "is no http:// or https:// address", phase="address", temporary=False)
        left_s = self._limits.timeout_s if request.timeout_s is None else request.timeout_s
        return _Journey(request, hop, left_s)

    def _check_host(self, journey: _Journey) -> None:
        target = journey.hop.target
        reason = refused_host(target.host, self._allowed)
        if reason is None:
            return
        if journey.followed:
            reason = f"redirects to {shown_origin(target)}: {reason}"
        raise refused(_subject(journey.request), reason, redirected=bool(journey.followed))

    def _check_held(self, journey: _Journey) -> None:
        if not self._holds:
            return
        host = shown_origin(journey.hop.target)
        if left_s := self._holds.left_s(host):
            cause = f"not asked: {host} has asked to wait for {left_s:.0f} s more"
            raise HeldBackError(_subject(journey.request), cause, phase="held", retry_after_s=left_s)

    def _follow(self, journey: _Journey, status: int, location: str) -> None:
        """Move a journey on to where a redirect leads."""
        hop = next_hop(journey.hop, location)
        if hop is None:
            cause = "redirects to what is no http:// or https:// address"
        elif hop.target.url in journey.visited():
            cause = "redirects in a loop"
        elif len(journey.followed) >= self._limits.max_redirects:
            cause = f"redirects more than {self._limits.max_redirects} times (net.max_redirects)"
        else:
            journey.followed.append((status, hop.target.url))
            journey.hop = hop
            return
        raise FetchError(_subject(journey.request), cause, phase="redirect", status=status)

    async def _exchange(self, journey: _Journey) -> tuple[Response, str | None]:
        """Do one hop within the time that is left; returns the answer and where a redirect leads."""
        target = journey.hop.target
        proxy = self._proxies.choose(target.scheme, target.host)
        progress = Progress(proxied=proxy is not None, redirected=bool(journey.followed))
        _progress.set(progress)
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            with self._deadlines.within(journey.left_s):
                return await self._ask(journey, proxy, progress)
        except FAILURES as error:
            raise failure(_subject(journey.request), error, progress) from error
        finally:
            journey.left_s -= clock() - started

    async def _ask(self, journey: _Journey, proxy: str | None, progress: Progress) -> tuple[Response, str | None]:
        request, hop = journey.request, journey.hop
        async with self._session(proxied=proxy is not None).request(
            request.method,
            hop.target.wire_url,
            headers=_headers_of(request, hop),
            data=request.body,
            proxy=proxy,
            allow_redirects=False,
        ) as answer:
            progress.status = answer.status
            location = answer.headers.get("Location") if is_redirect(request, answer.status) else None
            body = await self._read(request, answer) if location is None else b""
            return Response(answer.status, hop.target.url, _headers(answer), body, tuple(journey.followed)), location

    async def _read(self, request: Request, answer: aiohttp.ClientResponse) -> bytes:
        if answer.content.at_eof():
            return b""
        max_bytes = self._limits.max_bytes if request.max_bytes is None else request.max_bytes
        if (answer.content_length or 0) > max_bytes:
            raise too_large(max_bytes)
        body = Body(answer.headers.get("Content-Encoding", ""), max_bytes=max_bytes)
        while chunk := await answer.content.readany():
            body.feed(chunk)
        return body.finish()

    def _session(self, *, proxied: bool) -> aiohttp.ClientSession:
        """Open the connections of one kind when they are first used, because that needs the running loop."""
        if proxied not in self._sessions:
            self._sessions[proxied] = self._open(proxied=proxied)
        return self._sessions[proxied]

    def _open(self, *, proxied: bool) -> aiohttp.ClientSession:
        limits = self._limits
        connector = _Connector(
            resolver=self._resolver if proxied else GuardedResolver(self._resolver, self._allowed),
            ttl_dns_cache=_DNS_CACHE_S,
            keepalive_timeout=_KEEP_ALIVE_S,
            limit=0,
            ssl=self._trust or True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": _user_agent(limits), "Accept-Encoding": _ACCEPT_ENCODING},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            # The time for the whole hop is kept by `Deadlines`.
            timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect_timeout_s),
            max_line_size=_LONGEST_HEADER_BYTES,
            max_field_size=_LONGEST_HEADER_BYTES,
        )


#: Of the hop that the current task is on.
_progress: ContextVar[Progress] = ContextVar("progress")


class _Connector(aiohttp.TCPConnector):
    """Writes down when a hop has its connection, so that a failure on the way there is told from one after.

    The library's own tracing would tell the same for a tenth of the time of a request.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[aiohttp.tracing.Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 -- the library's signature
    ) -> aiohttp.connector.Connection:
        progress = _progress.get()
        progress.phase = "connect"
        connection = await super().connect(req, traces, timeout)
        progress.phase = "send"
        return connection


@dataclass(slots=True)
class _Journey:
    """A request on its way: where it is now, how it came there, and how much time it has left."""

    request: Request
    hop: Hop
    left_s: float
    followed: list[tuple[int, str]] = field(default_factory=list)

    def visited(self) -> set[str]:
        """List the addresses that were asked."""
        start = first_hop(self.request)
        return {url for _, url in self.followed} | ({start.target.url} if start else set())


def _headers_of(request: Request, hop: Hop) -> Mapping[str, str]:
    """Give a hop its headers; validators are for the address that they came from (RFC 9110, section 8.8)."""
    if request.validators and hop.target.url == request.validated_url:
        return {**request.validators, **hop.headers}
    return hop.headers


def _subject(request: Request) -> str:
    """Name an address as errors show it."""
    return request.shown_url or without_userinfo(request.url)


def _user_agent(limits: Limits) -> str:
    contact = f" (+{limits.contact})" if limits.contact else ""
    return f"news-monitor/{limits.version}{contact}"


def _headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in answer.headers.items():
        key = name.lower()
        text = value if value.isascii() else _storable(value)
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _storable(value: str) -> str:
    """Replace the bytes of a header that are no UTF-8, which could be neither stored nor sent back."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
