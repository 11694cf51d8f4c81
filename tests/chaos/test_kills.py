"""Promises 1 to 4 under kill -9: every expected alert arrives, none under two ids, whatever dies at whatever moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from monitor.queue.store import Store
from tests.chaos.storm import Storm, settings_of
from tests.conftest import Valkey
from tests.servers.feeds import FeedServer
from tests.servers.smtp import MailServer
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import crew
from tests.workers.service import running


def made(folder: Path) -> Path:
    """Make a folder."""
    folder.mkdir()
    return folder


@asynccontextmanager
async def storm(
    folder: Path, seed: int, *, redis: str = "", url: str = "", prefix: str = "news:"
) -> AsyncIterator[Storm]:
    """Run a service with its publishers and receivers."""
    async with FeedServer() as feeds, WebhookReceiver() as hook, WebhookReceiver() as slow, MailServer() as smtp:
        settings = settings_of(feeds, hook, slow, smtp, redis)
        async with running(folder, settings, url=url, prefix=prefix) as service:
            await service.eventually(lambda told: told["feeds"] == {"good": 8}, within_s=90)
            yield Storm(service, feeds, hook, slow, smtp, Random(seed))


@asynccontextmanager
async def neighbour(folder: Path, url: str, prefix: str) -> AsyncIterator[Storm]:
    """Run another instance on the same server, in this process: nobody kills it."""
    store = await Store.open(url, prefix=prefix)
    async with (
        FeedServer() as feeds,
        WebhookReceiver() as hook,
        WebhookReceiver() as slow,
        MailServer() as smtp,
        crew(store, folder, settings_of(feeds, hook, slow, smtp), "poller", "matcher", "notifier") as workers,
    ):
        await workers.eventually(lambda told: told["feeds"] == {"good": 8})
        yield Storm(workers, feeds, hook, slow, smtp, Random(10))
    await store.close()


@pytest.mark.timeout(600)
async def test_twenty_kills_and_a_restart_of_the_server_lose_and_repeat_nothing(tmp_path: Path) -> None:
    async with storm(tmp_path, seed=8) as weather:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(weather.publish(200, pause_s=0.1, kills=20))
            tasks.create_task(weather.kill(20, pause_s=1.2))
            await weather.hook.alerted(40, within_s=240)
            await weather.kill_server()
        await weather.all_told(within_s=240)
        await weather.check()
        assert weather.killed.total() == 21


@pytest.mark.timeout(600)
async def test_a_cluster_and_a_neighbour_under_another_prefix_change_nothing(tmp_path: Path, cluster: Valkey) -> None:
    redis = f'\nurl = "{cluster.url}"\nprefix = "one:"'
    async with (
        storm(made(tmp_path / "one"), seed=9, redis=redis, url=cluster.url, prefix="one:") as one,
        neighbour(made(tmp_path / "two"), cluster.url, "two:") as two,
    ):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(one.publish(60, pause_s=0.2))
            tasks.create_task(two.publish(20, pause_s=0.5))
            tasks.create_task(one.kill(6, pause_s=1.5))
        for each in (one, two):
            await each.all_told(within_s=240)
            await each.check()


@pytest.mark.chaos
@pytest.mark.timeout(3600)
async def test_two_hundred_kills_over_two_thousand_items(tmp_path: Path) -> None:
    async with storm(tmp_path, seed=11) as weather:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(weather.publish(2_000, pause_s=0.1, kills=200))
            tasks.create_task(weather.kill(200, pause_s=1.5))
            for part in (400, 1_200):
                await weather.hook.alerted(part, within_s=1_800)
                await weather.kill_server()
        await weather.all_told(within_s=600)
        await weather.check()
        assert weather.killed.total() == 202
        assert set(weather.killed) == {"poller", "matcher", "notifier", "supervisor", "server"}
