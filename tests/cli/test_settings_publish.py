"""`news-monitor settings publish`: this host's file in force, whatever was."""

from __future__ import annotations

from pathlib import Path

from tests.cli.prepared import Prepared, settings_in_force
from tests.conftest import Valkey


def test_a_file_is_put_in_force_in_place_of_another_hosts(valkey: Valkey, tmp_path: Path) -> None:
    service = Prepared.on(valkey.url, tmp_path)
    service.fill(settings_in_force)
    other = Prepared(tmp_path / "other.toml", service.url, service.prefix)
    other.path.write_text(service.path.read_text("utf-8").replace('"Qwen"', '"Otter"'), "utf-8")
    result = other.run("settings", "publish")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{other.path}: in force\n"
    status = service.run("status").stdout
    assert status.startswith("settings version 2 of ")
    assert str(other.path) in "".join(status.splitlines())  # however the terminal breaks it


def test_a_file_that_is_in_force_already_keeps_its_version(valkey: Valkey, tmp_path: Path) -> None:
    service = Prepared.on(valkey.url, tmp_path)
    service.fill(settings_in_force)
    assert service.run("settings", "publish").exit_code == 0
    assert service.run("status").stdout.startswith("settings version 1 of ")


def test_a_broken_file_is_refused_with_2_and_changes_nothing(valkey: Valkey, tmp_path: Path) -> None:
    service = Prepared.on(valkey.url, tmp_path)
    service.fill(settings_in_force)
    service.path.write_text(service.path.read_text("utf-8") + "[net]\ntimeout = 0\n", "utf-8")
    result = service.run("settings", "publish")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "net.timeout = 0: more than 0" in result.stderr
    assert service.run("status").stdout.startswith("settings version 1 of ")


def test_watchlists_that_do_not_compile_are_refused(valkey: Valkey, tmp_path: Path) -> None:
    service = Prepared.on(valkey.url, tmp_path)
    service.path.write_text(service.path.read_text("utf-8").replace('"Qwen"', '"-"'), "utf-8")
    result = service.run("settings", "publish")
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'watchlists[0].terms[0]: the term "-": column 1: there is no letter or digit' in result.stderr


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    service = Prepared.on("", tmp_path)
    service.path.write_text("", "utf-8")
    result = service.run("settings", "publish")
    assert result.exit_code == 1
    assert "is the service running? (news-monitor run)" in result.stderr
