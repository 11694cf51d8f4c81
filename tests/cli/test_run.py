"""The commands as a whole: each has its help, and those that run the service say why where they cannot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer.main
from typer.testing import CliRunner

from monitor.cli.main import app


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Take back what a command that runs the service made of the log of this process."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


RUNS = ("run", "queue", "poller", "matcher", "notifier", "web")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give every command that does something, as one types it."""
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from commands(each, (*path, name))
    else:
        yield path


ALL = list(commands(typer.main.get_command(app)))


def test_there_are_all_the_commands_that_users_were_promised() -> None:
    assert {" ".join(path) for path in ALL} >= {
        *RUNS,
        *("check", "status", "demo", "send-test", "settings publish"),
        *("feeds import", "feeds add", "feeds list"),
        *("dead list", "dead show", "dead replay"),
        *("overrides list", "overrides undo"),
    }


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        result = CliRunner().invoke(app, [*path, flag], env={"COLUMNS": "200"})
        assert result.exit_code == 0
        assert f"Example: news-monitor {' '.join(path)}" in result.stdout


@pytest.mark.parametrize("command", RUNS)
def test_broken_redis_settings_end_with_2_and_the_place(command: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[redis]\nmax_backlog = 1\n", "utf-8")
    result = CliRunner().invoke(app, [command, "--settings", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{path}:2: redis.max_backlog = 1: at least 100\n"


def test_the_whole_service_refuses_to_start_on_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[polling]\nmax_known = 0\n", "utf-8")
    result = CliRunner().invoke(app, ["run", "--settings", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{path}:2: polling.max_known = 0: at least 1\n"
    path.write_text('[[watchlists]]\nid = "w"\nterms = ["-"]\n', "utf-8")
    result = CliRunner().invoke(app, ["run", "--settings", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f'{path}:3: watchlists[0].terms[0]: the term "-": column 1: there is no letter')
    assert not (tmp_path / "data").exists(), "nothing was started"


@pytest.mark.parametrize("command", RUNS)
def test_a_file_that_is_not_there_ends_with_2(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [command, "--settings", str(tmp_path / "none.toml")])
    assert result.exit_code == 2
    assert "none.toml" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["run", "matcher"])
def test_settings_with_which_it_can_never_work_end_it_with_the_reason_and_without_a_traceback(
    command: str, tmp_path: Path
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[redis]\nurl_env = "NO_SUCH_VARIABLE"\n', "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "monitor", command, "--settings", str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "NO_SUCH_VARIABLE" in done.stderr
    assert "Traceback" not in done.stderr
