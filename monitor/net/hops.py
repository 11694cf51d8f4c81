"""A request and the redirects that follow -> one hop after the other, secrets staying with whom they were meant for.

Pure; whether a hop's host is refused is `monitor.net.addresses`' to say, and each hop is asked.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import msgspec
from yarl import URL

from monitor.net.messages import Request
from monitor.net.urls import DEFAULT_PORTS, absolute_url, without_userinfo

#: Redirects (RFC 9110, 15.4); 300, 304 and 305 are answers.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers that are no secrets; when a redirect leads to another origin, all others stay behind.
_OPEN_HEADERS = frozenset({"accept", "accept-language", "cache-control", "user-agent"})


@dataclass(frozen=True, slots=True)
class Target:
    """An address that can be asked."""

    #: Absolute, without user, password and fragment.
    url: str
    scheme: str
    host: str
    port: int
    #: The same address as the HTTP library takes it, to the letter.
    wire_url: URL
    #: User and password that stood in the address.
    credentials: tuple[str, str] | None

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: who it is that is asked (RFC 6454)."""
        return self.scheme, self.host, self.port


class Hop(msgspec.Struct, frozen=True):
    """One exchange of messages on the way to the answer."""

    target: Target
    headers: Mapping[str, str]


def first_hop(request: Request) -> Hop | None:
    """Begin a request; None where its address is not http(s)."""
    target = _target(request.url)
    if target is None:
        return None
    credentials = request.credentials or target.credentials
    if credentials is None or any(name.lower() == "authorization" for name in request.headers):
        return Hop(target, request.headers)
    return Hop(target, {**request.headers, "Authorization": _basic(*credentials)})


def next_hop(hop: Hop, location: str) -> Hop | None:
    """Follow a Location header; None where it leads to no http(s) address. User and password in it are not used."""
    target = _target(absolute_url(location, hop.target.url))
    if target is None:
        return None
    if _keeps_secrets(hop.target.origin, target.origin):
        return Hop(target, hop.headers)
    return Hop(target, {name: value for name, value in hop.headers.items() if name.lower() in _OPEN_HEADERS})


def is_redirect(request: Request, status: int) -> bool:
    """Say whether an answer with this status and a Location is to be followed."""
    return status in _REDIRECTS and request.follow_redirects and request.method in ("GET", "HEAD")


def shown_origin(target: Target) -> str:
    """Name where a redirect leads without path and query, in which it may repeat a secret."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    port = "" if target.port == DEFAULT_PORTS[target.scheme] else f":{target.port}"
    return f"{target.scheme}://{host}{port}"


def origin_of(url: str) -> str:
    """Name whom an address asks, as `shown_origin` does; "" where it is not http(s)."""
    target = _target(url)
    return shown_origin(target) if target else ""


@lru_cache(maxsize=8192)
def _target(url: str) -> Target | None:
    """Read an address; remembered, because feeds are asked at the same address again and again."""
    absolute = absolute_url(url)
    if not absolute:
        return None
    parts = urlsplit(absolute)
    bare = without_userinfo(absolute)
    return Target(
        url=bare,
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        wire_url=URL(bare, encoded=True),
        credentials=None if parts.username is None else (unquote(parts.username), unquote(parts.password or "")),
    )


def _keeps_secrets(origin: tuple[str, str, int], target: tuple[str, str, int]) -> bool:
    """Same origin, or the usual step from http to https on one host with default ports."""
    host = origin[1]
    return origin == target or (origin, target) == (("http", host, 80), ("https", host, 443))


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
