"""The service's process as the demonstration starts and stops it, also when it goes wrong."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from monitor.alerts.deliveries import deliveries_of
from monitor.demo import service as service_module
from monitor.demo.ledger import Subject
from monitor.demo.servers import mail_subject
from monitor.demo.service import Service, last_lines, running_service
from monitor.model import Alert, AlertItem, Evidence, Item, Story
from monitor.queue.server import EmbeddedServer
from monitor.settings.channels import MailboxChannel, MailSettings

#: Says that it is up, and does not listen to SIGTERM.
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"


async def test_a_service_that_cannot_start_ends_and_its_log_says_why(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    async with running_service(tmp_path / "none.toml", data_dir=tmp_path / "redis", environ={}, log=log) as service:
        async with asyncio.timeout(30):
            assert await service.wait() != 0
        assert not service.ready.is_set()
    assert "none.toml" in "\n".join(last_lines(log, 5))


async def test_a_service_that_does_not_stop_is_killed_with_its_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "STOP_S", 0.1)
    server = EmbeddedServer(tmp_path / "redis")
    await server.start()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DEAF), stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    await Service(process, data_dir=tmp_path / "redis", ready=asyncio.Event()).stop()
    assert process.returncode == -9
    async with asyncio.timeout(10):
        await asyncio.to_thread(server._process.wait)  # type: ignore[union-attr]  # it was started here


def test_a_log_that_is_missing_has_no_last_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log", 5) == []


def test_the_receiver_reads_subject_and_article_from_a_mail_of_the_service() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    title = "Meta weighs Avocado https://elsewhere.example/"
    item = Item(
        key="0" * 32,
        feed="ai-wire",
        url="https://ai-wire.example/2026/avocado-weights",
        title=title,
        summary="“牛油果”",
        content="",
        source="AI Wire",
        author="",
        published_at=now,
        seen_at=now,
        language="en",
    )
    alert = Alert(
        id="a1",
        type="alert.created",
        watchlist_id="avocado",
        watchlist_name="Avocado",
        watchlist_version="0" * 12,
        stories=(Story("s1", now, (AlertItem(item, (Evidence("title", 12, 19, "Avocado"),)),), "because"),),
        why="because",
        created_at=now,
    )
    box = MailboxChannel(id="box", type="mailbox", path="mail")
    (delivery,) = deliveries_of(alert, [box], mail=MailSettings(), time_zone="UTC")
    message = message_from_bytes(delivery.body.encode(), policy=policy.default)
    assert mail_subject(message) == Subject("avocado", item.url)
