"""`news-monitor feeds parse`: what the service would make of a document."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from tests.feeds.made import SAMPLES, rss
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer

runner = CliRunner()
FEED = rss(
    "<item><title>Fish &nosuch; chips</title><link>/1</link>"
    "<description>&lt;b onclick='x'&gt;Hot&lt;/b&gt;</description>"
    "<pubDate>Sun, 31 Feb 2026 08:00:00 GMT</pubDate></item>",
    "<item/>",
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_SETTINGS", raising=False)


def test_a_file_is_shown_as_the_service_has_it() -> None:
    Path("feed.xml").write_bytes(FEED)
    result = runner.invoke(app, ["feeds", "parse", "feed.xml", "--json", "--url", "https://harbour.example/rss"])
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert shown["feed"] == {
        "url": "https://harbour.example/rss",
        "format": "rss 2.0",
        "title": "Harbour",
        "link": "https://harbour.example/",
        "language": "",
    }
    (item,) = shown["items"]
    assert {name: item[name] for name in ("url", "title", "content", "content_html", "source", "language")} == {
        "url": "https://harbour.example/1",
        "title": "Fish &nosuch; chips",
        "content": "Hot",
        "content_html": "<b>Hot</b>",
        "source": "Harbour",
        "language": "und",
    }
    assert item["undated"]
    assert item["id"] == item["url"]
    assert shown["repairs"] == [
        "entities that nobody declared: 1",
        "item 1: impossible date 'Sun, 31 Feb 2026 08:00:00 GMT': the time seen stands in its place",
        "item 1: no id: made of its link",
    ]
    assert shown["refused"] == ["entries that say nothing: 1"]


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://harbour.example/news/?a&amp;b" rel="self"/>'
            '<entry><title>a</title><link href="1"/></entry></feed>',
            "https://harbour.example/news/1",
        ),
        (
            '<rss xmlns:a="http://www.w3.org/2005/Atom"><channel><link>/news/</link>'
            '<a:link rel="self" href="https://harbour.example/rss"/><item><link>1</link></item></channel></rss>',
            "https://harbour.example/news/1",
        ),
        (
            '{"version": "https://jsonfeed.org/version/1.1", "feed_url": "https:\\/\\/harbour.example\\/news\\/f.json",'
            ' "items": [{"id": "1", "url": "1"}]}',
            "https://harbour.example/news/1",
        ),
        (rss('<item><link>1</link><link rel="self" href="https://other.example/"/></item>', channel="").decode(), ""),
    ],
    ids=["Atom", "RSS", "JSON Feed", "none"],
)
def test_a_file_has_the_address_that_it_gives_itself(body: str, url: str) -> None:
    Path("feed").write_text(body, "utf-8")
    shown = json.loads(runner.invoke(app, ["feeds", "parse", "feed", "--json"]).stdout)
    assert [item["url"] for item in shown["items"]] == [url]


def test_the_limits_of_the_settings_hold() -> None:
    Path("feed.xml").write_bytes(rss("<item><title>a</title></item>", "<item><title>b</title></item>"))
    Path("settings.toml").write_text("[polling]\nmax_entries = 1\n", "utf-8")
    shown = json.loads(runner.invoke(app, ["feeds", "parse", "feed.xml", "--json"]).stdout)
    assert [item["title"] for item in shown["items"]] == ["a"]
    assert shown["refused"] == ["entries over the limit, not read: 1"]


def test_a_person_sees_a_line_or_two_an_item() -> None:
    result = runner.invoke(app, ["feeds", "parse", str(SAMPLES / "real-google-news.xml")])
    assert result.stdout.splitlines()[:3] == [
        '"crane" - Google News (rss 2.0): 2 items',
        "- 2026-05-03 08:00Z  The crane moved",
        "  https://harbour.example/crane-1  [Harbour Times, en]",
    ]


def test_standard_input_is_read_and_the_content_type_counts() -> None:
    body = rss("<item><title>新しいモデル</title></item>").decode().encode("iso2022_jp")
    command = ["feeds", "parse", "-", "--json", "--content-type", "text/xml; charset=iso-2022-jp"]
    result = runner.invoke(app, command, input=body)
    assert [item["title"] for item in json.loads(result.stdout)["items"]] == ["新しいモデル"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!doctype html><html></html>", "an HTML page, not a feed"),
        (b"\n", "the body is empty"),
        (b"a\nb", "not a feed: it begins with 'a?b'"),
        (b"<rss><channel><item><title>Half of", "no entry can be read; not well-formed"),
    ],
)
def test_what_is_no_feed_ends_with_1_and_one_line(body: bytes, said: str) -> None:
    result = runner.invoke(app, ["feeds", "parse", "-", "--json"], input=body)
    assert result.exit_code == 1
    assert not result.stdout
    assert result.stderr.startswith("-: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_named() -> None:
    result = runner.invoke(app, ["feeds", "parse", "missing.xml"])
    assert (result.exit_code, result.stderr) == (2, "missing.xml: cannot be read: No such file or directory\n")


async def test_an_address_is_fetched_by_the_guarded_client(tmp_path: Path) -> None:
    settings = tmp_path / "allowing.toml"
    settings.write_text('[net]\nallow_hosts = ["127.0.0.1"]\n')
    async with FeedServer() as feeds:
        feeds.add("/1", Entry("Crane", url="https://harbour.example/1"), form="rss")
        command = ["feeds", "parse", feeds.url("/1"), "--json"]
        refused = await asyncio.to_thread(runner.invoke, app, command)
        allowed = await asyncio.to_thread(runner.invoke, app, [*command, "--settings", str(settings)])
    assert refused.exit_code == 1
    assert "127.0.0.1" in refused.stderr
    assert [item["title"] for item in json.loads(allowed.stdout)["items"]] == ["Crane"]
