"""A host that asks one feed to wait is left alone, by the next process too; its other feeds have not failed."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from monitor.queue.duty import Duty
from monitor.queue.registry import Registry
from monitor.queue.store import Store
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer
from tests.workers.crew import crew

FEEDS = 4
MOST_S = 3


def settings_of(busy: FeedServer, other: FeedServer) -> str:
    """Write settings of feeds at a host that will ask to wait, and one at another."""
    sources = {f"f{n}": busy.add(f"/f{n}") for n in range(FEEDS)} | {"other": other.add("/other")}
    feeds = "".join(f'[[feeds]]\nid = "{id_}"\nurl = "{url}"\n' for id_, url in sources.items())
    return f"""
[net]
allow_hosts = ["127.0.0.1"]

[polling]
min_interval = "50ms"
max_interval = "{MOST_S}s"
{feeds}"""


async def test_all_feeds_of_a_host_wait_as_it_asks_and_then_go_on(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as busy, FeedServer() as other:
        settings = settings_of(busy, other)
        with capture_logs() as logs:
            async with crew(store, tmp_path, settings, "poller"):
                await asyncio.gather(*(busy.polled(f"/f{n}", times=2) for n in range(FEEDS)))
                # Longer than max_interval bounds it to.
                busy.at("/f0").then(Answer(status=429, headers={"Retry-After": "3600"}))
                async with asyncio.timeout(20):
                    while not (held := await Registry(store).held_hosts()):  # noqa: ASYNC110 -- told within two seconds
                        await asyncio.sleep(0.05)
            # Neither does the next process ask.
            async with crew(store, tmp_path, settings, "poller"):
                await asyncio.gather(other.polled("/other", times=3), *(busy.polled(f"/f{n}") for n in range(1, FEEDS)))
        assert [each.host for each in held] == [busy.address]
        until = datetime.fromisoformat(held[0].until)
        since = until - timedelta(seconds=MOST_S)
        # A moment for what was on its way.
        early = [each for each in busy.requests if since + timedelta(seconds=0.5) < each.received_at < until]
        assert (early, any(each.received_at > until for each in busy.requests)) == ([], True)
        states = [await Duty(store, worker="w", lease_s=1).state(f"f{n}") for n in range(1, FEEDS)]
        assert [state.get("failures", "0") for state in states] == ["0"] * (FEEDS - 1)
        assert {each["feed"] for each in logs if each["event"] == "held back"} <= {f"f{n}" for n in range(1, FEEDS)}
        assert [each["host"] for each in logs if each["event"] == "host asks to wait"] == [busy.address]
