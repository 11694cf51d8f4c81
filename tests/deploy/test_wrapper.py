"""/usr/local/bin/news-monitor: the installed commands, with the service's settings and secrets."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY

FAKE = """#!/bin/sh
printf '%s\\n' "$MONITOR_SETTINGS" "$MONITOR__REDIS__DATA_DIR" "$(umask)" "$#" "$2" "${SECRET-unset}" "${OTHER-unset}"
"""


@pytest.fixture
def wrapper(tmp_path: Path) -> Path:
    """Return the wrapper with /etc and /opt below `tmp_path`, and a command there that shows what it was given."""
    command = tmp_path / "opt/news-monitor/current/bin/news-monitor"
    command.parent.mkdir(parents=True)
    command.write_text(FAKE)
    command.chmod(0o755)
    somebody = tmp_path / "bin/id"
    somebody.parent.mkdir()
    somebody.write_text("#!/bin/sh\necho 1000\n")
    somebody.chmod(0o755)
    (tmp_path / "etc/news-monitor").mkdir(parents=True)
    (tmp_path / "etc/news-monitor/settings.toml").touch()
    script = tmp_path / "news-monitor"
    text = (DEPLOY / "news-monitor").read_text()
    script.write_text(
        text.replace("etc=/etc", f"etc={tmp_path}/etc").replace("command=/opt", f"command={tmp_path}/opt")
    )
    script.chmod(0o755)
    return script


def call(wrapper: Path, environment: str | None = None) -> list[str]:
    if environment is not None:
        (wrapper.parent / "etc/news-monitor/environment").write_text(environment)
    command = [wrapper, "send-test", "my channel"]
    path = {"PATH": f"{wrapper.parent}/bin:{os.environ['PATH']}"}
    return subprocess.run(command, env=path, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_command_is_given_the_settings_the_data_and_its_arguments(wrapper: Path) -> None:
    etc = wrapper.parent / "etc/news-monitor/settings.toml"
    assert call(wrapper)[:5] == [str(etc), "/var/lib/news-monitor/redis", "0007", "2", "my channel"]


@pytest.mark.parametrize(
    ("environment", "secret", "other"),
    [
        ("SECRET=a\nOTHER=b\n", "a", "b"),
        ("SECRET=a", "a", "unset"),
        ("# SECRET=a\n\n  \nOTHER=b\n", "unset", "b"),
        ("SECRET=\nOTHER==b=\n", "", "=b="),
        ('SECRET="a b"\nOTHER=\'c "d"\'\n', "a b", 'c "d"'),
        ("SECRET=$(touch pwned) `x` $HOME \\n\n", "$(touch pwned) `x` $HOME \\n", "unset"),
        ("SEC-RET=a\n9=b\nno assignment\nOTHER=c\n", "unset", "c"),
    ],
)
def test_secrets_are_read_as_they_stand_and_never_run(wrapper: Path, environment: str, secret: str, other: str) -> None:
    assert call(wrapper, environment)[5:] == [secret, other]


def test_who_may_not_read_the_settings_is_told_how_to(wrapper: Path) -> None:
    (wrapper.parent / "etc/news-monitor/settings.toml").unlink()
    done = subprocess.run([wrapper, "status"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "sudo usermod --append --groups news-monitor" in done.stderr
