"""The web role as a process: alone under a service manager, and as part of `news-monitor run` once it is wanted."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from monitor.queue.codec import decode_item
from monitor.queue.keys import shard_of
from monitor.queue.server import socket_path
from monitor.queue.store import entries
from tests.conftest import free_port
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer, held
from tests.servers.hub import Hub
from tests.workers.service import COMMON, alive, running
from tests.workers.test_roles import managing, settings_of


async def status_of(url: str) -> int:
    """Ask for a page; 0 where nobody answers."""
    async with aiohttp.ClientSession() as client:
        try:
            async with client.get(url) as answer:
                return answer.status
        except aiohttp.ClientConnectionError:
            return 0


async def until_status(url: str, status: int) -> None:
    """Return once a page is answered this way."""
    async with asyncio.timeout(45):
        while await status_of(url) != status:  # noqa: ASYNC110 -- another process has no event of ours
            await asyncio.sleep(0.05)


async def test_alone_it_reports_to_its_service_manager_says_when_it_cannot_work_and_stops(tmp_path: Path) -> None:
    path, port = tmp_path / "settings.toml", free_port()
    url = f"http://127.0.0.1:{port}"
    path.write_text(settings_of("http://127.0.0.1:9/feed", tmp_path / "r") + f"[web]\nport = {port}\n", "utf-8")
    async with managing(path) as manager:
        await manager.start("queue")
        await manager.start("web")
        await manager.heard("web", "READY=1")
        assert [await status_of(url + page) for page in ("/healthz", "/readyz")] == [200, 200]
        assert await status_of(url + "/websub/wire/x") == 404
        await manager.heard("web", "X_WORKED=1")
        await manager.stop("queue")
        await until_status(url + "/readyz", 503)
        assert await status_of(url + "/healthz") == 200
        assert await manager.stop("web") == 0
        assert "STOPPING=1" in manager.said["web"]
        log = manager.log("web")
        assert "answered client=127.0.0.1 method=GET path=/healthz status=200 ms=" in log
        assert "Traceback" not in log


async def test_it_waits_for_an_address_that_another_has_and_says_so(tmp_path: Path) -> None:
    path, port = tmp_path / "settings.toml", free_port()
    path.write_text(settings_of("http://127.0.0.1:9/feed", tmp_path / "r") + f"[web]\nport = {port}\n", "utf-8")
    async with managing(path) as manager:
        with socket.create_server(("127.0.0.1", port)):
            await manager.start("queue")
            await manager.start("web")
            async with asyncio.timeout(45):
                while "Address already in use" not in manager.log("web"):  # noqa: ASYNC110 -- as above
                    await asyncio.sleep(0.05)
            assert "READY=1" not in manager.said["web"]
        await manager.heard("web", "READY=1")
        assert await status_of(f"http://127.0.0.1:{port}/healthz") == 200
    assert not socket_path(tmp_path / "r").exists(), "nothing is left running"


async def test_the_whole_service_takes_pushes_from_the_day_that_hubs_can_reach_it(tmp_path: Path) -> None:
    port = free_port()
    async with FeedServer() as feeds, Hub() as hub:
        link = f'<{hub.url}>; rel="hub", <{feeds.url("/topic")}>; rel="self"'
        url = feeds.add("/wire", headers={"Link": link})
        text = f'{COMMON}\n[[feeds]]\nid = "wire"\nurl = "{url}"\n'
        web = f'\n[web]\npublic_url = "http://127.0.0.1:{port}/"\nport = {port}\n'
        async with running(tmp_path, text) as service:
            await feeds.polled("/wire", times=2)
            assert "web" not in {row["role"] for row in (await service.status())["workers"]}
            service.path.write_text(text.replace('max_interval = "2s"', 'max_interval = "1h"') + web, "utf-8")
            subscriber = await hub.subscribed()
            feeds.publish("/wire", Entry("Item", guid="item"))
            assert (await hub.push(subscriber, feeds.document("/wire"))).status == 202
            await service.until(lambda log: 'pushed feed=wire status="1 new" new=1' in log)

            (pid,) = {row["pid"] for row in (await service.status())["workers"] if row["role"] == "web"}
            service.path.write_text(f"{text}\n[web]\nport = {port}\n", "utf-8")
            await hub.until(lambda: hub.left == [feeds.url("/topic")])
            assert await service.stop(within_s=10.0) == 0
            assert not alive(pid)


async def test_a_push_whose_process_is_killed_is_pushed_again_and_becomes_one_item(tmp_path: Path) -> None:
    port = free_port()
    async with FeedServer() as feeds, Hub() as hub:
        link = f'<{hub.url}>; rel="hub", <{feeds.url("/topic")}>; rel="self"'
        url = feeds.add("/wire", Entry("Before", guid="before", published_at=datetime.now(UTC)), headers={"Link": link})
        text = f"""{COMMON.replace('max_interval = "2s"', 'max_interval = "1h"')}
[web]
public_url = "http://127.0.0.1:{port}"
port = {port}

[[feeds]]
id = "wire"
url = "{url}"
"""
        async with running(tmp_path, text) as service:
            subscriber = await hub.subscribed()
            (web,) = {row["pid"] for row in (await service.status())["workers"] if row["role"] == "web"}
            answer, release = held(Answer(status=503))
            # Counted at once: the next poll may come by itself, before the hint.
            feeds.at("/wire").then(answer)
            polls = feeds.count["/wire"]
            await hub.push(subscriber, b"a hint to poll")
            await feeds.until(lambda: feeds.count["/wire"] > polls)
            feeds.publish("/wire", Entry("Item", guid="item", published_at=datetime.now(UTC)))
            push = asyncio.create_task(hub.push(subscriber, feeds.document("/wire")))
            await service.eventually(lambda status: not push.done())
            os.kill(web, signal.SIGKILL)
            assert (await push).status == 0
            release.set()
            async with asyncio.timeout(45):
                while (await hub.push(subscriber, feeds.document("/wire"))).status != 202:  # noqa: ASYNC110 -- as above
                    await asyncio.sleep(0.05)
            store = await service.store()
            found = entries(await store.run("XRANGE", store.keys.items(shard_of("wire")), "-", "+"))
            assert [decode_item(fields).title for _, fields in found] == ["Before", "Item"]
