"""install.sh and uninstall.sh: again and again, with edited settings, and until nothing is left."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import BORROWED, CHECKOUT, DEPLOY, install, install_command, run, uninstall

SETTINGS = "etc/news-monitor/settings.toml"
SHIPPED = "opt/news-monitor/settings.toml.shipped"
DATA = "var/lib/news-monitor/redis/appendonly.aof"


def snapshot(root: Path) -> dict[str, tuple[object, ...]]:
    """Return path -> what identifies the file: mode, owner, group, and content or target."""
    return {
        str(path.relative_to(root)): (
            (info := path.lstat()).st_mode,
            info.st_uid,
            info.st_gid,
            path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None,
        )
        for path in root.rglob("*")
    }


def traces(root: Path) -> set[str]:
    """Return every path that bears the service's name, without what lies below it."""
    named = set(root.rglob("*news-monitor*"))
    return {str(path.relative_to(root)) for path in named if not named & set(path.parents)}


def test_installing_again_changes_nothing(root: Path) -> None:
    before = snapshot(root)
    said = install(root)
    assert "building" not in said
    assert snapshot(root) == before


def test_the_built_release_runs_from_the_code_that_was_copied_into_it(root: Path) -> None:
    python = root / "opt/news-monitor/current/bin/python"
    where = run(python, "-P", "-c", "import monitor, workers; print(monitor.__file__, workers.__file__)").split()
    assert all(Path(path).is_relative_to((root / "opt").resolve()) for path in where)


@pytest.mark.parametrize("package", ["monitor", "workers"])
def test_a_release_holds_every_file_of_the_packages_that_is_not_code_too(built: Path, package: str) -> None:
    def files(folder: Path) -> set[str]:
        return {
            str(x.relative_to(folder))
            for x in folder.rglob("*")
            if x.is_file() and x.suffix != ".pyc" and x.name[0] != "."
        }

    (installed,) = (built / "opt/news-monitor/current/lib").glob(f"python*/site-packages/{package}")
    assert files(installed) == files(CHECKOUT / package)


def test_nothing_that_was_installed_knows_where_its_root_lies(built: Path) -> None:
    inside = [x for x in built.rglob("*") if x.is_file() and not x.is_symlink() and x.suffix != ".pyc"]
    assert [x for x in inside if str(built).encode() in x.read_bytes()] == []


def test_scripts_of_a_release_start_the_interpreter_of_that_release(built: Path) -> None:
    script = (built / "opt/news-monitor/current/bin/news-monitor").read_text()
    assert re.match(r"#!/opt/news-monitor/releases/[0-9a-f]{12}/bin/python", script)


@pytest.mark.parametrize(
    ("settings", "shipped_before", "expected", "offered"),
    [
        pytest.param("mine", "new", "mine", False, id="edited settings are kept"),
        pytest.param("mine", "old", "mine", True, id="edited settings are kept and the new ones laid beside them"),
        pytest.param("mine", None, "mine", True, id="settings of an earlier installation count as edited"),
        pytest.param("old", "old", "new", False, id="settings that nobody edited follow the new ones"),
        pytest.param("new", "old", "new", False, id="settings that were brought up to date by hand are left alone"),
        pytest.param(None, "old", "new", False, id="settings that were removed are laid again"),
    ],
)
def test_settings(root: Path, settings: str | None, shipped_before: str | None, expected: str, offered: bool) -> None:
    new = (root / SHIPPED).read_text()
    texts = {"mine": "# mine\n" + new, "old": "# shipped earlier\n", "new": new}
    for path, content in ((root / SETTINGS, settings), (root / SHIPPED, shipped_before)):
        path.unlink()
        if content:
            path.write_text(texts[content])
    install(root)
    assert (root / SETTINGS).read_text() == texts[expected]
    assert (root / SHIPPED).read_text() == new
    offer = root / f"{SETTINGS}.new"
    assert (offer.read_text() if offer.exists() else None) == (new if offered else None)


def test_a_release_that_refuses_the_settings_does_not_take_the_place_of_the_old_one(root: Path) -> None:
    current = root / "opt/news-monitor/current"
    current.unlink()
    current.symlink_to("releases/000000000000")
    (root / SETTINGS).write_text("[redsi]\n")
    done = subprocess.run(install_command(root), env=BORROWED, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "redsi" in done.stdout + done.stderr
    assert "mend the settings and run this again" in done.stderr
    assert current.readlink() == Path("releases/000000000000")


def test_shipped_settings_keep_their_data_in_the_state_directory(built: Path) -> None:
    text = (built / SETTINGS).read_text()
    assert '"/var/lib/news-monitor/' in text
    assert '"data/' not in text


def test_secrets_are_kept(root: Path) -> None:
    secrets = root / "etc/news-monitor/environment"
    secrets.write_text("SMTP_PASSWORD=hunter2\n")
    install(root)
    assert secrets.read_text() == "SMTP_PASSWORD=hunter2\n"


def test_only_root_and_the_group_may_read_settings_secrets_and_data(built: Path) -> None:
    ids = {line.split(":")[0]: int(line.split(":")[2]) for line in (built / "etc/group").read_text().splitlines()}
    modes = {SETTINGS: "-rw-r-----", "etc/news-monitor/environment": "-rw-r-----"}
    modes |= {"etc/news-monitor": "drwxr-s---", "var/lib/news-monitor": "drwxr-s---"}
    for path, mode in modes.items():
        info = (built / path).stat()
        assert (stat.filemode(info.st_mode), info.st_gid) == (mode, ids["news-monitor"]), path


def test_a_unit_that_was_disabled_stays_disabled(root: Path) -> None:
    wants = root / "etc/systemd/system/news-monitor.target.wants"
    assert {x.name for x in wants.iterdir()} > {"news-monitor-queue.service", "news-monitor-matcher@1.service"}
    (wants / "news-monitor-queue.service").unlink()
    install(root)
    assert "news-monitor-queue.service" not in {x.name for x in wants.iterdir()}


def test_uninstalling_leaves_settings_data_and_their_owner(root: Path) -> None:
    data = root / DATA
    data.parent.mkdir()
    data.write_text("log")
    uninstall(root)
    uninstall(root)
    assert traces(root) == {
        "etc/news-monitor",
        "var/lib/news-monitor",
        "usr/local/lib/sysusers.d/news-monitor.conf",
    }
    assert data.read_text() == "log"
    assert (root / SETTINGS).exists()


def test_purging_leaves_nothing_and_can_be_repeated(root: Path) -> None:
    (root / DATA).parent.mkdir()
    uninstall(root, "--purge")
    uninstall(root, "--purge")
    assert traces(root) == set()
    for database in ("passwd", "group", "shadow", "gshadow"):
        assert "news-monitor" not in (root / "etc" / database).read_text()


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["--python", "no-such-python"], "choose an interpreter with --python"),
        (["--colour"], "Usage:"),
        (["--root"], "needs a folder"),
    ],
)
def test_a_wrong_call_says_what_to_do_and_touches_nothing(
    systemd: None, tmp_path: Path, options: list[str], remedy: str
) -> None:
    command = [DEPLOY / "install.sh", "--root", tmp_path / "root", *options]
    done = subprocess.run(command, env=BORROWED, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert remedy in done.stderr
    assert traces(tmp_path) == set()
