"""Every answer becomes one call with what an access log tells: who asked what, how it was answered, how long it took.

The tokens of callbacks, which are their only protection, are not told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.settings.secrets import MASK, masked_url


@dataclass(frozen=True, slots=True)
class Access:
    """One request that was answered."""

    client: str
    method: str
    #: As it came, percent-encoded, without query and secrets.
    path: str
    status: int
    ms: int


Said = Callable[[Access], None]


class AccessLog:
    """ASGI middleware; `said` is called after each answer."""

    def __init__(self, app: ASGIApp, *, said: Said) -> None:
        self._app = app
        self._said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            client = (scope.get("client") or ("-",))[0]
            ms = round((perf_counter() - started) * 1000)
            self._said(Access(client, scope["method"], _shown(scope), status, ms))


def _shown(scope: Scope) -> str:
    path = scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    token = scope.get("path_params", {}).get("token")
    return masked_url(path.replace(token, MASK) if token else path)
