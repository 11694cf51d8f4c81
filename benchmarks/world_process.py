"""The world outside, as a process of its own: a feed server and a webhook receiver, told what to do on standard input.

Started by `benchmarks.world`, so that what it costs to serve and to receive is not counted as the service's. One JSON
object a line comes in (`do`, and arguments), one goes out with the answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from benchmarks.made import entry
from tests.servers import FeedServer, WebhookReceiver

_CONDITIONS = ("if-none-match", "if-modified-since")


class WorldProcess:
    """What the process can do."""

    def __init__(self, feeds: FeedServer, hook: WebhookReceiver) -> None:
        self._feeds = feeds
        self._hook = hook
        self._serial = 0

    async def serve(self, feeds: int, entries: int, age_s: float = 0.0) -> dict[str, Any]:
        """Serve that many feeds at /0, /1, ..., RSS and Atom in turn, all of their entries new ones."""
        at = datetime.now(UTC) - timedelta(seconds=age_s)
        for number in range(feeds):
            made = [entry(self._next(), at=at) for _ in range(entries)]
            self._feeds.add(f"/{number}", *made, form="atom" if number % 2 else "rss")
        return {"feeds": self._feeds.address, "hook": self._hook.url()}

    async def renew(self, feeds: int) -> dict[str, Any]:
        """Publish one new entry in each feed."""
        for number in range(feeds):
            self._feeds.publish(f"/{number}", entry(self._next(), at=datetime.now(UTC)))
        return {}

    async def publish(self, feeds: int, rate: float, count: int, matching: int) -> dict[str, Any]:
        """Publish one entry after the other, `rate` a second, over the feeds in turn; every `matching`th matches."""
        clock, late_s = asyncio.get_running_loop().time, 0.0
        started = clock()
        for number in range(count):
            due = started + number / rate
            if (wait_s := due - clock()) > 0:
                await asyncio.sleep(wait_s)
            late_s = max(late_s, -wait_s)
            made = entry(self._next(), at=datetime.now(UTC), matching=number % matching == 0)
            self._feeds.publish(f"/{number % feeds}", made)
        return {"seconds": clock() - started, "late_s": late_s}

    async def tally(self, last: int) -> dict[str, int]:
        """Count the requests so far, and of the last ones those that were conditional."""
        requests = islice(reversed(self._feeds.requests), last)
        conditional = sum(not request.headers.keys().isdisjoint(_CONDITIONS) for request in requests)
        return {"requests": self._feeds.count.total(), "conditional": conditional}

    async def receive(self, alerts: int, within_s: float) -> list[tuple[str, float]]:
        """Wait for that many different alerts; return the first item's key and the time of each, seconds since 1970."""
        await self._hook.alerted(alerts, within_s=within_s)
        calls = self._hook.alerts.values()
        return [(call.payload["items"][0]["key"], call.received_at.timestamp()) for call in calls]

    def _next(self) -> int:
        self._serial += 1
        return self._serial


async def main() -> None:
    """Do what is asked for until the input ends."""
    async with FeedServer() as feeds, WebhookReceiver() as hook:
        world = WorldProcess(feeds, hook)
        doings: dict[str, Callable[..., Awaitable[Any]]] = {
            "serve": world.serve,
            "renew": world.renew,
            "publish": world.publish,
            "tally": world.tally,
            "receive": world.receive,
        }
        while line := await asyncio.to_thread(sys.stdin.readline):
            task = json.loads(line)
            answer = await doings[task.pop("do")](**task)
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
