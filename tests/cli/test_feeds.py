"""`news-monitor feeds`: add, import, export, list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.feeds.opml import Outline, read_opml

runner = CliRunner()
pytestmark = pytest.mark.usefixtures("settings")

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
        {"id": "a", "address": "https://a.example/rss?token=***", "name": "甲", "enabled": False, "watchlist": None},
        {"id": "s", "address": "(variable S_ADDRESS)", "name": None, "enabled": True, "watchlist": None},
    ]


SEARCHING = """
[[search_feeds]]
id = "mine"
url = "https://s.example/find?key=0123456789abcdef&q={query}"

[[watchlists]]
id = "wang"
query = '"Alexandr Wang" OR 汪滔 NOT 大疆'
search = ["mine"]
"""


def test_feeds_that_a_watchlist_brings_are_listed_with_it(settings: Path) -> None:
    settings.write_text(TEXT + SEARCHING)
    (row,) = (each for each in json.loads(runner.invoke(app, ["feeds", "list", "--json"]).stdout) if each["watchlist"])
    assert row == {
        "id": "search:wang:mine:1",
        "address": "https://s.example/find?key=***&q=%22Alexandr%20Wang%22%20OR%20%E6%B1%AA%E6%BB%94",
        "name": None,
        "enabled": True,
        "watchlist": "wang",
    }
    listed = runner.invoke(app, ["feeds", "list"], env={"COLUMNS": "200"}).stdout
    assert 'q="Alexandr Wang" OR 汪滔 ' in listed
    assert "0123456789abcdef" not in listed


def test_a_watchlist_that_cannot_be_read_ends_the_list_with_2(settings: Path) -> None:
    settings.write_text(TEXT + SEARCHING.replace(" NOT", " NOT NOT ("))
    result = runner.invoke(app, ["feeds", "list"])
    assert result.exit_code == 2
    assert "settings.toml: watchlist: wang: " in result.stderr


def test_a_route_of_rsshub_is_added(settings: Path) -> None:
    settings.write_text('[polling]\nrsshub = ["https://rsshub.example"]\n')
    added = runner.invoke(app, ["feeds", "add", "rsshub://36kr/newsflashes"]).stdout
    assert added == "settings.toml: added 36kr-newsflashes (rsshub://36kr/newsflashes)\n"


def test_an_import_leaves_out_what_is_no_address(tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml><body><outline xmlUrl="ftp://b.example/feed"/><outline xmlUrl="https://me:hunter2@c.example/"/>'
        '<outline xmlUrl="feed://b.example/feed"/></body></opml>'
    )
    result = runner.invoke(app, ["feeds", "import", "list.opml"])
    assert result.exit_code == 0
    assert result.stdout == "settings.toml: added b-example (http://b.example/feed)\n"
    assert result.stderr == (
        'list.opml: left out ftp://b.example/feed: not an address that starts with "http://" or "https://"\n'
        "list.opml: left out https://***@c.example/: not an address without user and password: "
        "put the whole address into url_env or url_file\n"
    )


def test_an_import_of_nothing_that_could_be_added_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text('<opml><body><outline xmlUrl="ftp://b.example/feed"/></body></opml>')
    result = runner.invoke(app, ["feeds", "import", "list.opml"])
    assert result.exit_code == 2
    assert result.stderr.endswith("list.opml: no feed in it can be added\n")


def test_feeds_are_exported_with_folders_and_without_secrets(settings: Path, tmp_path: Path) -> None:
    settings.write_text(
        TEXT
        + '[[feeds]]\nid = "b"\nname = "乙 & co"\nfolder = "AI/中文"\nurl = "https://b.example/?x=1&y=2"\n'
        + SEARCHING
    )
    result = runner.invoke(app, ["feeds", "export", "out.opml"])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == (
        "left out a: its address is secret: https://a.example/rss?token=***\n"
        "left out s: its address is secret: (variable S_ADDRESS)\n"
    )
    assert read_opml((tmp_path / "out.opml").read_bytes()) == [
        Outline("https://b.example/?x=1&y=2", "乙 & co", "AI/中文")
    ]
    assert read_opml(runner.invoke(app, ["feeds", "export"]).stdout_bytes)[0].title == "乙 & co"


def test_an_export_that_cannot_be_written_ends_with_2() -> None:
    result = runner.invoke(app, ["feeds", "export", "nowhere/out.opml"])
    assert result.exit_code == 2
    assert "nowhere/out.opml: cannot be written: No such file" in result.stderr


@pytest.mark.parametrize("command", ["add", "import", "export", "list"])
def test_the_help_has_an_example(command: str) -> None:
    assert f"Example: news-monitor feeds {command}" in runner.invoke(app, ["feeds", command, "--help"]).stdout
