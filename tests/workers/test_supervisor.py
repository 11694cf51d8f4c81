"""The whole service under its supervisor: the dead are followed, the hung killed, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from mailbox import Maildir
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.queue.store import Store
from tests.conftest import Valkey
from tests.workers.service import Service, alive
from tests.workers.supervised import supervised
from workers import supervisor

SETTINGS = """
[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[watchlists]]
id = "all"
terms = ["Item"]
channels = ["box"]
"""


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def strange_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from a folder with modules of our names that are somebody else's."""
    for name in ("workers", "monitor"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('somebody else')\n", "utf-8")
    monkeypatch.chdir(tmp_path)


def contents(folder: Path) -> list[str]:
    """List a folder."""
    return sorted(each.name for each in folder.iterdir())


def pids(status: Mapping[str, Any], role: str) -> set[int]:
    """Process ids of a role."""
    return {row["pid"] for row in status["workers"] if row["role"] == role}


async def test_a_dead_worker_is_followed_at_once_and_a_hung_one_is_killed_first(
    store: Store, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs:
        async with supervised(store, valkey.url, tmp_path, SETTINGS) as (_, service):
            first = await service.status()
            for number, role in enumerate(("matcher", "notifier", "poller")):
                before = pids(await service.status(), role)
                os.kill(min(before), signal.SIGKILL)
                await service.publish(f"Item {number}")
                await service.eventually(lambda status, n=number: status["channels"][0]["delivered"] == n + 1)  # type: ignore[misc]  # a default binds the loop's value
                await service.eventually(
                    lambda status, role=role, before=before: (  # type: ignore[misc]  # a default binds the loop's value
                        len(pids(status, role) - before) == 1 and min(before) not in pids(status, role)
                    )
                )
            died = [log for log in logs if log["event"] == "worker died"]
            assert len(died) == 3
            assert {log["exit"] for log in died} == {-signal.SIGKILL}
            assert {log["restart_s"] for log in died} == {supervisor._PAUSES_S[0]}, "each for the first time"

            hung = min(pids(await service.status(), "notifier"))
            os.kill(hung, signal.SIGSTOP)
            await service.publish("Item of the hung")
            with monkeypatch.context() as impatient:
                impatient.setattr(supervisor, "_HUNG_S", 3.0)
                await service.until(lambda: "worker hangs" in [log["event"] for log in logs])
            await service.eventually(lambda status: status["channels"][0]["delivered"] == 4, within_s=90)
            assert not alive(hung)
            assert [log["post"] for log in logs if log["event"] == "worker hangs"] == ["notifier"]
            assert pids(await service.status(), "matcher") & pids(first, "matcher"), "the others went on"
    assert not [row for row in first["workers"] if row["role"] != "supervisor" and alive(row["pid"])]
    assert len(Maildir(tmp_path / "mail", create=False)) == 4


@pytest.mark.usefixtures("strange_folder")
async def test_the_pause_before_a_restart_grows_and_is_forgotten_once_work_was_done(
    store: Store, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_PAUSES_S", (0.01, 0.02, 0.03))
    with capture_logs() as logs:

        def pauses() -> list[float]:
            return [log["restart_s"] for log in logs if log["event"] == "worker died"]

        async with supervised(store, valkey.url, tmp_path, SETTINGS) as (_, service):
            assert pauses() == [], "what lies in the folder that it is started from is none of its code"
            for deaths in (1, 2, 3):
                (pid,) = pids(await service.status(), "notifier")
                os.kill(pid, signal.SIGKILL)
                await service.until(lambda deaths=deaths: len(pauses()) == deaths)  # type: ignore[misc]  # a default binds the loop's value
                await service.eventually(
                    lambda status, pid=pid: (
                        len(pids(status, "notifier") - {pid}) == 1  # type: ignore[misc]  # a default binds the loop's value
                        and any(row["doing"] == "working" for row in status["workers"] if row["role"] == "notifier")
                    )
                )
            assert pauses() == [0.01, 0.02, 0.03]
            await service.publish("Item")
            await service.eventually(lambda status: status["channels"][0]["delivered"] == 1)
            (pid,) = pids(await service.status(), "notifier")
            os.kill(pid, signal.SIGKILL)
            await service.until(lambda: len(pauses()) == 4)
            assert pauses()[-1] == 0.01


async def server_pid(store: Store) -> int:
    """Process id of the server."""
    return int((await store.run("INFO", "server")).partition("process_id:")[2].split()[0])


def roles(status: Mapping[str, Any]) -> set[str]:
    """Names of the workers, without the supervisor."""
    return {row["worker"] for row in status["workers"] if row["role"] != "supervisor"}


async def test_a_killed_supervisor_takes_its_workers_along_and_its_server_is_adopted_by_the_next(
    tmp_path: Path, short_folder: Path
) -> None:
    service = Service(tmp_path, SETTINGS)
    service.environ["TMPDIR"] = str(short_folder)
    await service.start()
    try:
        await service.ready()
        store = await service.store()
        before, server = await service.status(), await server_pid(store)
        assert len(contents(short_folder)) == 1, "sockets, where the workers' words are heard"
        assert service.process is not None
        service.process.kill()
        await service.process.wait()
        async with asyncio.timeout(60):
            while any(alive(row["pid"]) for row in before["workers"]):  # noqa: ASYNC110 -- no children of ours
                await asyncio.sleep(0.05)
        assert await server_pid(store) == server

        await service.start()
        await service.ready()
        assert "server adopted" in service.log
        assert await server_pid(store) == server
        assert roles(await service.status()).isdisjoint(roles(before))
    finally:
        assert await service.stop() == 0
    assert not alive(server)
    assert contents(short_folder) == []


async def test_without_the_embedded_server_it_waits_for_redis_and_needs_no_restart(
    start_valkey: Callable[..., Valkey], tmp_path: Path, short_folder: Path
) -> None:
    url = f"unix://{short_folder / 's'}"
    service = Service(tmp_path, f'[redis]\nurl = "{url}"\n{SETTINGS}', url=url)
    await service.start()
    try:
        await service.until(lambda log: "waiting for the store" in log)
        start_valkey(folder=short_folder)
        await service.ready()
        await service.eventually(
            lambda status: {row["settings_version"] for row in status["workers"] if row["role"] != "supervisor"} == {1}
        )
        assert "worker died" not in service.log
    finally:
        assert await service.stop() == 0
