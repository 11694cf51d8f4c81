"""What the HTTP library raises -> the one error of ours that says how far the request came and what to do.

Pure; it is the only place that knows the library's exceptions.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass

import aiohttp

from monitor.errors import AddressError, FetchError
from monitor.net.coding import BodyError
from monitor.net.resolver import RefusedNameError

#: What a request can fail with; anything else is a bug of ours and is not caught.
FAILURES = (aiohttp.ClientError, TimeoutError, OSError, ValueError, BodyError, RefusedNameError)

_REMEDY = "name it in net.allow_hosts to permit it"
_LONGEST_CAUSE = 300


@dataclass(slots=True)
class Progress:
    """How far one hop has come; written while it goes on."""

    #: "connect" or "send" (see `FetchError`).
    phase: str = "connect"
    #: Of the answer, once its headers are there.
    status: int | None = None
    proxied: bool = False
    #: Whether a redirect led to this hop.
    redirected: bool = False


def refused(subject: str, cause: str, *, redirected: bool) -> FetchError:
    """Make the error for a host or address that is refused: nothing was sent to it."""
    return AddressError(subject, f"{cause}; {_REMEDY}", phase="redirect" if redirected else "address", temporary=False)


def failure(subject: str, error: BaseException, progress: Progress) -> FetchError:
    """Translate one of `FAILURES`; `progress` tells a time-out on the way there from one in the middle."""
    if isinstance(error, RefusedNameError):
        return refused(subject, str(error), redirected=progress.redirected)
    phase, cause = _phase_and_cause(error, progress)
    status = error.status if isinstance(error, aiohttp.ClientHttpProxyError) else progress.status
    return FetchError(subject, _one_line(cause), phase=phase, temporary=phase != "address", status=status)


def _phase_and_cause(error: BaseException, progress: Progress) -> tuple[str, str]:
    before = "proxy" if progress.proxied and progress.phase != "send" else progress.phase
    match error:
        case BodyError():
            return "body", str(error)
        case aiohttp.ConnectionTimeoutError():
            return before, "no connection in time (net.connect_timeout)"
        case TimeoutError():
            return before, "no complete answer in time (net.timeout)"
        case aiohttp.ClientHttpProxyError():
            return "proxy", f"the proxy answered {error.status} {error.message}"
        case aiohttp.ClientConnectorError():
            return _no_connection(error, before)
        case aiohttp.ClientPayloadError():
            return "send", "the connection broke off in the middle of the answer"
        case aiohttp.ClientResponseError():
            return "send", f"the answer is not valid HTTP: {error.message}"
        case aiohttp.ClientOSError() | aiohttp.ServerDisconnectedError() | OSError():
            return before, f"the connection was lost before the answer: {_reason(error)}"
        case aiohttp.InvalidURL():
            # Its own words repeat the whole address, secrets included.
            return "address", "the address cannot be asked"
        case _:
            # A header with a line break, for example: nothing was sent.
            return "address", f"the request cannot be written: {error}"


def _no_connection(error: aiohttp.ClientConnectorError, before: str) -> tuple[str, str]:
    """Name what stands in the way of a connection."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return "tls", f"the certificate of {error.host} is not valid: {_reason(error.certificate_error)}"
        case aiohttp.ClientConnectorSSLError():
            return "tls", f"no TLS connection to {error.host}:{error.port}: {_reason(error.os_error)}"
        case aiohttp.ClientProxyConnectionError():
            return "proxy", f"cannot connect to the proxy: {_reason(error.os_error)}"
        case aiohttp.ClientConnectorDNSError():
            return "proxy" if before == "proxy" else "dns", f"the name cannot be resolved: {_reason(error.os_error)}"
        case _:
            return before, f"cannot connect to {error.host}:{error.port}: {_reason(error.os_error)}"


def _reason(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientOSError) and error.errno is not None:
        return os.strerror(error.errno)  # its own words can hold the whole address: "Can not write request body for …"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_CAUSE]
