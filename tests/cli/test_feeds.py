"""`news-monitor feeds`: add, import, list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app

runner = CliRunner()

TEXT = """# Mine.
[[feeds]]
id = "a"
name = "甲"
url = "https://a.example/rss?token=hunter2"
enabled = false

[[feeds]]
id = "s"
url_env = "S_ADDRESS"
"""


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_SETTINGS", raising=False)
    (tmp_path / "settings.toml").write_text(TEXT)
    return tmp_path / "settings.toml"


def test_a_feed_is_added_once(settings: Path) -> None:
    command = ["feeds", "add", "https://b.example/feed", "--name", "乙", "--as-is"]
    assert runner.invoke(app, command).stdout == "settings.toml: added b-example (https://b.example/feed)\n"
    assert settings.read_text() == TEXT + '\n[[feeds]]\nid = "b-example"\nname = "乙"\nurl = "https://b.example/feed"\n'
    assert runner.invoke(app, command).stdout == "settings.toml: 1 known already\n"


def test_a_feed_gets_the_id_that_is_asked_for(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("")
    result = runner.invoke(app, ["feeds", "add", "https://b.example/feed", "--id", "bee", "--as-is", "-s", str(other)])
    assert result.stdout == f"{other}: added bee (https://b.example/feed)\n"


def test_a_bad_address_ends_with_2_and_changes_nothing(settings: Path) -> None:
    result = runner.invoke(app, ["feeds", "add", "b.example/feed"])
    assert result.exit_code == 2
    assert 'feeds[2].url = "b.example/feed": an address that starts with "http://" or "https://"' in result.stderr
    assert settings.read_text() == TEXT


def test_an_opml_file_is_imported(tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml><body><outline text="AI"><outline text="乙" xmlUrl="https://b.example/feed"/>'
        '<outline text="甲" xmlUrl="https://a.example/rss?token=hunter2"/></outline></body></opml>'
    )
    result = runner.invoke(app, ["feeds", "import", "list.opml"])
    assert result.stdout == (
        "settings.toml: added b-example (https://b.example/feed)\nsettings.toml: 1 known already\n"
    )
    assert 'folder = "AI"' in (tmp_path / "settings.toml").read_text()


@pytest.mark.parametrize(
    ("name", "said"), [("none.opml", "cannot be read"), ("settings.toml", "settings.toml: not an OPML document")]
)
def test_an_import_that_cannot_be_read_ends_with_2(name: str, said: str) -> None:
    result = runner.invoke(app, ["feeds", "import", name])
    assert result.exit_code == 2
    assert said in result.stderr


def test_feeds_are_listed_without_secrets() -> None:
    listed = runner.invoke(app, ["feeds", "list"]).stdout
    assert "甲" in listed
    assert "(variable S_ADDRESS)" in listed
    assert "hunter2" not in listed


def test_feeds_are_listed_for_programs() -> None:
    assert json.loads(runner.invoke(app, ["feeds", "list", "--json"]).stdout) == [
        {"id": "a", "address": "https://a.example/rss?token=***", "name": "甲", "enabled": False},
        {"id": "s", "address": "(variable S_ADDRESS)", "name": None, "enabled": True},
    ]


@pytest.mark.parametrize("command", ["add", "import", "list"])
def test_the_help_has_an_example(command: str) -> None:
    assert f"Example: news-monitor feeds {command}" in runner.invoke(app, ["feeds", command, "--help"]).stdout
