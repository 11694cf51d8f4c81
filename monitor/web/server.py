"""An application served on one address until it is told to stop; requests under way are answered first."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

#: For requests under way at the stop, seconds; a worker must be gone within ten.
_FINISH_S = 7
_BACKLOG = 128


def listen(host: str, port: int) -> socket.socket:
    """Bind the address, so that nobody else can have it. Raises OSError."""
    return socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_BACKLOG
    )


class WebServer:
    """uvicorn on a socket of ours; signals are the worker's."""

    def __init__(self, app: FastAPI) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_FINISH_S,
        )
        self._server = _Quiet(config)

    async def serve(self, at: socket.socket) -> None:
        """Serve until `stop`, and close the socket."""
        await self._server.serve(sockets=[at])

    def stop(self) -> None:
        """Listen no more; `serve` returns once the requests under way are answered."""
        self._server.should_exit = True


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the worker."""
        yield
