"""Feeds are added as an owner would add them, and a file that would be broken is not written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from monitor.errors import SettingsError
from monitor.settings.edit import NewFeed, add_feeds, derived_id

TEXT = """# My settings.
[[feeds]]
id = "a" # the first
url = "https://a.example/rss"

# ---- Watchlists ----

[[watchlists]]
id = "w"
terms = [
  "Qwen",  # a model
]
"""

ADDED = """# My settings.
[[feeds]]
id = "a" # the first
url = "https://a.example/rss"

[[feeds]]
id = "b-example"
name = "例"
url = "https://b.example/feed.xml"
folder = "AI/中文"

[[feeds]]
id = "c"
url = "https://c.example/feed.xml"

# ---- Watchlists ----

[[watchlists]]
id = "w"
terms = [
  "Qwen",  # a model
]
"""

NEW = [
    NewFeed("https://b.example/feed.xml", name="例", folder="AI/中文"),
    NewFeed("https://a.example/rss", name="known already"),
    NewFeed("https://c.example/feed.xml", id="c"),
    NewFeed("https://c.example/feed.xml"),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_feeds_go_behind_the_last_one_and_all_else_stays(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(TEXT.replace("\n", newline).encode())
    path.chmod(0o640)
    added = add_feeds(path, NEW, environ={})
    assert [feed.id for feed in added] == ["b-example", "c"]
    assert path.read_bytes().decode() == ADDED.replace("\n", newline)
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_the_first_feed_of_a_file_goes_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[net]\ntimeout = 7")
    add_feeds(path, [NewFeed("https://a.example/")], environ={})
    assert path.read_text() == '[net]\ntimeout = 7\n\n[[feeds]]\nid = "a-example"\nurl = "https://a.example/"\n'


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/settings.toml").write_text("")
    (tmp_path / "settings.toml").symlink_to("real/settings.toml")
    add_feeds(tmp_path / "settings.toml", [NewFeed("https://a.example/")], environ={})
    assert (tmp_path / "settings.toml").is_symlink()
    assert tomllib.loads((tmp_path / "real/settings.toml").read_text())["feeds"][0]["id"] == "a-example"


@pytest.mark.parametrize(
    ("text", "feed", "said"),
    [
        (TEXT, NewFeed("gopher://b.example"), 'feeds[1].url = "gopher://b.example"'),
        (TEXT, NewFeed("https://b.example", id="a"), 'settings.toml:7: feeds[1].id = "a": is the id of'),
        ("[net]\ntimeout = 0\n", NewFeed("https://b.example"), "settings.toml:2: net.timeout = 0"),
        ('feeds = [{ id = "a", url = "https://a.example" }]\n', NewFeed("https://b.example"), "by hand"),
    ],
)
def test_a_file_that_is_or_would_be_broken_is_left_as_it_is(
    tmp_path: Path, text: str, feed: NewFeed, said: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        add_feeds(path, [feed], environ={})
    assert said in "\n".join(refusal.value.problems)
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        add_feeds(tmp_path / "settings.toml", NEW, environ={})


@pytest.mark.parametrize(
    ("url", "derived"),
    [
        ("https://www.qbitai.com/feed", "qbitai-com"),
        ("https://a.example/blog/rss.xml", "a-example-blog"),
        ("https://a.example/Tag/AI/latest.rss?x=1", "a-example-tag-ai-latest-rss"),
        ("https://例子.example/新闻/feed", "example"),
        ("https://a.example/" + "x" * 200, ("a-example-" + "x" * 200)[:80]),
        ("https://taken.example/", "taken-example-3"),
    ],
)
def test_an_id_tells_host_and_path_and_is_not_taken(url: str, derived: str) -> None:
    assert derived_id(url, {"taken-example", "taken-example-2"}) == derived
