"""Hands messages to the library Apprise (https://github.com/caronc/apprise) for the services that we do not speak.

It says whether it took a message, and nothing of why not. The library does its requests by itself: neither the address
guard nor `net.proxy` reaches them. It is imported only where such a channel is configured (`apprise` is an extra).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from monitor.alerts.outcome import Delivered, Later, Outcome
from monitor.errors import DeliveryError
from monitor.model import Delivery


class AppriseChannel:
    """One service, named by an Apprise URL."""

    def __init__(self, *, channel_id: str, url: str, timeout_s: float) -> None:
        """Raise DeliveryError where the library is missing or does not know what the address, never shown, names."""
        self._notify = _notifier(url.strip(), channel_id, timeout_s)
        self._channel_id = channel_id
        self._timeout_s = timeout_s
        self._thread: threading.Thread | None = None

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Let the library send once, in a thread, since it waits for the network, and within the time limit."""
        if self._thread is not None and self._thread.is_alive():
            return Later("Apprise: the attempt before is still under way")
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        message = json.loads(delivery.body)
        self._thread = _started(lambda: self._notify(message["title"], message["body"]), done, self._channel_id)
        try:
            async with asyncio.timeout(self._timeout_s):
                accepted = await done
        except TimeoutError:
            return Later(f"Apprise: no answer within {self._timeout_s:g} s")
        return Delivered("Apprise: accepted") if accepted else Later("Apprise: not accepted")

    async def close(self) -> None:
        """Do nothing: a thread that still waits ends by itself, and holds up no exit."""


def _notifier(url: str, channel_id: str, timeout_s: float) -> Callable[[str, str], bool]:
    try:
        import apprise
    except ImportError as error:
        raise DeliveryError(
            channel_id, "needs the library Apprise, which is not installed: pip install 'news-monitor[apprise]'"
        ) from error
    # Its log names addresses with their secrets.
    logging.getLogger("apprise").disabled = True
    asset = apprise.AppriseAsset(app_id="News monitor", app_desc="News monitor", async_mode=False)
    library: Any = apprise.Apprise(asset=asset)
    if len(url.split()) != 1 or not library.add(url) or len(library) != 1:
        raise DeliveryError(channel_id, "url_env or url_file must hold one Apprise URL of a service that Apprise knows")

    def notify(title: str, body: str) -> bool:
        return bool(library.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT, timeout=timeout_s))

    return notify


def _started(call: Callable[[], bool], done: asyncio.Future[bool], name: str) -> threading.Thread:
    """Run `call` in a thread of its own, which, unlike a pool's, no exit waits for; `done` gets what it returns."""
    loop = done.get_loop()

    def settle(accepted: bool) -> None:
        if not done.done():
            done.set_result(accepted)

    def run() -> None:
        try:
            accepted = call()
        except Exception:
            accepted = False
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(settle, accepted)

    thread = threading.Thread(target=run, name=f"apprise {name}", daemon=True)
    thread.start()
    return thread
