"""What is asked of other people's servers, what they answered, and within which limits: records, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. The client adds User-Agent and Accept-Encoding, and never a cookie or a referrer."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    #: If-None-Match and the like: sent to `validated_url` alone, the address whose answer they came with, whether a
    #: redirect leads there or the request begins there.
    validators: Mapping[str, str] = msgspec.field(default_factory=dict)
    validated_url: str = ""
    body: bytes | None = None
    #: (user, password) for HTTP basic authentication; a user and password in `url` serve where it is None.
    credentials: tuple[str, str] | None = None
    #: Seconds for the whole request, redirects and body included; the limit of the client where None.
    timeout_s: float | None = None
    #: Largest body after decompression; the limit of the client where None.
    max_bytes: int | None = None
    #: Redirects are followed for GET and HEAD only; with any other method they are the answer.
    follow_redirects: bool = True
    #: The address without its secrets, for errors; `url` without user and password where empty.
    shown_url: str = ""


class Response(msgspec.Struct, frozen=True):
    """What came back, whatever its status."""

    status: int
    #: The address that answered, after redirects: without user, password and fragment.
    url: str
    #: Lower-case names; the values of a name that came more than once are joined by ", ".
    headers: Mapping[str, str]
    #: After content decoding; its charset is untouched.
    body: bytes
    #: (status, address that it led to) of every redirect that was followed.
    redirects: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How the client behaves towards other people's servers."""

    #: Both stand in the User-Agent, so that a publisher knows whom to ask.
    version: str
    contact: str = ""
    #: http:// or https:// address of a proxy; None: HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment.
    proxy: str | None = None
    #: Hosts, addresses and networks that may be private or loopback (see `monitor.net.addresses`).
    allow_hosts: tuple[str, ...] = ()
    #: Requests at once to one host, and seconds between the starts of two.
    per_host: int = 2
    per_host_delay_s: float = 0.0
    #: For name lookup, connection and TLS handshake together.
    connect_timeout_s: float = 10.0
    #: For a whole request, redirects and body included; waiting for a turn at the host does not count.
    timeout_s: float = 30.0
    max_redirects: int = 5
    #: Largest body after decompression.
    max_bytes: int = 10 * 1024**2
