"""An installation into a root of its own, built once from this checkout and copied for each test that changes it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
DEPLOY = CHECKOUT / "deploy"
#: Builds and runs with what is installed here already: no registry is asked.
OFFLINE = ("--", "--no-index", "--no-deps", "--no-build-isolation")
BORROWED = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}


@pytest.fixture(scope="session")
def systemd() -> None:
    """Ask for what these tests stand on; at home they are skipped without it, in CI they fail."""
    missing = [name for name in ("systemd-analyze", "systemd-sysusers", "systemd-tmpfiles") if not shutil.which(name)]
    if os.name != "posix" or os.geteuid() != 0:
        missing.append("root")
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"missing here: {', '.join(missing)}")


def run(*command: str | Path) -> str:
    """Run to a successful end and return what was printed, both streams."""
    done = subprocess.run(command, env=BORROWED, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def install_command(root: Path) -> tuple[str | Path, ...]:
    """Return the command that installs this checkout into `root`."""
    return (DEPLOY / "install.sh", "--root", root, "--python", sys.executable, *OFFLINE)


def install(root: Path) -> str:
    """Install this checkout into `root`."""
    return run(*install_command(root))


def uninstall(root: Path, *options: str) -> str:
    """Uninstall from `root`."""
    return run(DEPLOY / "uninstall.sh", "--root", root, *options)


@pytest.fixture(scope="session")
def built(systemd: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install once, for the tests that only look."""
    root = tmp_path_factory.mktemp("built") / "root"
    install(root)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """Return a root of the test's own; a copy, since nothing in an installation knows where its root lies."""
    run("cp", "--archive", built, tmp_path / "root")
    return tmp_path / "root"
