"""A request and the redirects that follow -> one hop after the other, secrets staying with whom they were meant for.

Pure; whether a hop's host is refused is `monitor.net.addresses`' to say, and each hop is asked.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from monitor.net.messages import Request
from monitor.net.urls import absolute_url, without_userinfo

#: Redirects (RFC 9110, 15.4); 300, 304 and 305 are answers.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers that are no secrets; when a redirect leads to another origin, all others stay behind. The validators go
#: along, because it was the last hop's answer that they came with.
_OPEN_HEADERS = frozenset(
    {"accept", "accept-language", "cache-control", "if-modified-since", "if-none-match", "user-agent"}
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Hop:
    """One exchange of messages on the way to the answer."""

    #: Absolute, without user, password and fragment.
    url: str
    scheme: str
    host: str
    port: int
    headers: Mapping[str, str]


def first_hop(request: Request) -> Hop | None:
    """Begin a request; None where its address is not http(s)."""
    url = absolute_url(request.url)
    if not url:
        return None
    parts = urlsplit(url)
    credentials = request.credentials
    if credentials is None and parts.username is not None:
        credentials = (unquote(parts.username), unquote(parts.password or ""))
    headers = dict(request.headers)
    if credentials and not any(name.lower() == "authorization" for name in headers):
        headers["Authorization"] = _basic(*credentials)
    return _hop(url, headers)


def next_hop(hop: Hop, location: str) -> Hop | None:
    """Follow a Location header; None where it leads to no http(s) address. User and password in it are not used."""
    url = absolute_url(location, hop.url)
    if not url:
        return None
    target = _hop(url, hop.headers)
    if _keeps_secrets(hop, target):
        return target
    return _hop(url, {name: value for name, value in hop.headers.items() if name.lower() in _OPEN_HEADERS})


def is_redirect(request: Request, status: int) -> bool:
    """Say whether an answer with this status and a Location is to be followed."""
    return status in _REDIRECTS and request.follow_redirects and request.method in ("GET", "HEAD")


def shown_origin(hop: Hop) -> str:
    """Name where a hop leads without path and query, in which a redirect may repeat a secret."""
    host = f"[{hop.host}]" if ":" in hop.host else hop.host
    port = "" if hop.port == _DEFAULT_PORTS[hop.scheme] else f":{hop.port}"
    return f"{hop.scheme}://{host}{port}"


def _hop(url: str, headers: Mapping[str, str]) -> Hop:
    parts = urlsplit(without_userinfo(url))
    scheme = parts.scheme
    return Hop(parts.geturl(), scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[scheme], headers)


def _keeps_secrets(hop: Hop, target: Hop) -> bool:
    """Same origin, or the usual step from http to https on one host with default ports."""
    if (hop.scheme, hop.host, hop.port) == (target.scheme, target.host, target.port):
        return True
    return hop.host == target.host and (hop.scheme, hop.port, target.scheme, target.port) == ("http", 80, "https", 443)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
