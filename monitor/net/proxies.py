"""Which proxy a request goes through: the configured one, else what the environment says.

Pure: the environment is an argument. Same rules as curl and Python's own clients: HTTP_PROXY and HTTPS_PROXY by the
scheme of the address asked for, lower-case names first, NO_PROXY a list of host suffixes or "*".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxy of each scheme, and the hosts that are asked directly."""

    by_scheme: Mapping[str, str]
    no_proxy: str = ""

    def choose(self, scheme: str, host: str) -> str | None:
        """Name the proxy for an address of this scheme and host; None: connect directly."""
        proxy = self.by_scheme.get(scheme)
        return None if proxy is None or _is_named(host, self.no_proxy) else proxy


def read_proxies(configured: str | None, environ: Mapping[str, str]) -> Proxies:
    """Take `net.proxy` for all requests, else the environment; raises SettingsError for what is no HTTP proxy."""
    if configured:
        address = _address(configured, "net.proxy")
        return Proxies({"http": address, "https": address})
    found = {scheme: _variable(environ, f"{scheme}_proxy") for scheme in ("http", "https")}
    if "REQUEST_METHOD" in environ:
        # Under CGI anyone could set HTTP_PROXY by sending a header "Proxy:" (CVE-2016-5385).
        found["http"] = environ.get("http_proxy", "")
    by_scheme = {scheme: _address(value, f"{scheme}_proxy") for scheme, value in found.items() if value}
    return Proxies(by_scheme, _variable(environ, "no_proxy"))


def _is_named(host: str, no_proxy: str) -> bool:
    """Say whether a list like "intranet.example, .corp.example, *" names a host, itself or by a suffix."""
    names = [name.strip().lstrip(".").lower() for name in no_proxy.split(",")]
    return "*" in names or any(name and (host == name or host.endswith(f".{name}")) for name in names)


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _address(value: str, name: str) -> str:
    address = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        # The value may hold a password, so it is not repeated.
        raise SettingsError(name, "must be the http:// or https:// address of a proxy; SOCKS is not supported")
    return address
