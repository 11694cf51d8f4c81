"""`news-monitor feeds add` looks at the address: a feed, a page that offers some, or neither."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer

pytestmark = pytest.mark.usefixtures("settings")
TEXT = '[net]\nallow_hosts = ["127.0.0.1"]\n'


@pytest.fixture
def site() -> Iterator[FeedServer]:
    """A site in a thread of its own, since the command has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = FeedServer()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    server.add("/feed", Entry("Item", guid="1"))
    server.add("/atom", Entry("Item", guid="1"), form="atom")
    yield server
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def page(*links: str) -> Answer:
    """Make a page with links in its head."""
    body = f"<!doctype html><html><head>{''.join(links)}</head><body>Hello</body></html>"
    return Answer(headers={"Content-Type": "text/html"}, body=body.encode())


def link(href: str, title: str = "", kind: str = "rss") -> str:
    return f'<link rel="alternate" type="application/{kind}+xml" title="{title}" href="{href}">'


def add(url: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["feeds", "add", url, *options])


def test_a_feed_is_added_as_it_stands(site: FeedServer, settings: Path) -> None:
    assert add(site.url("/feed"), "--id", "a").stdout == f"settings.toml: added a ({site.url('/feed')})\n"
    asked = site.count["/feed"]
    assert add(site.url("/feed")).stdout == "settings.toml: 1 known already\n"
    assert site.count["/feed"] == asked


def test_the_one_feed_of_a_page_is_added_in_its_place(site: FeedServer, settings: Path) -> None:
    site.at("/").always(page(link("feed", "News")))
    assert add(site.url("/"), "--id", "a").stdout == (
        f"{site.url('/')}: is a web page that offers {site.url('/feed')}\n"
        f"settings.toml: added a ({site.url('/feed')})\n"
    )


def test_several_feeds_are_listed_as_the_commands_that_add_them(site: FeedServer, settings: Path) -> None:
    site.at("/").always(page(link("/feed", "All\x1b[31m news"), link("/atom?a=1&amp;b=2", kind="atom")))
    result = add(site.url("/"))
    assert result.exit_code == 2
    assert result.stderr == (
        f"{site.url('/')}: is a web page that offers 2 feeds; add one of them:\n"
        f"  news-monitor feeds add {site.url('/feed')}  # RSS: All [31m news\n"
        f"  news-monitor feeds add '{site.url('/atom?a=1&b=2')}'  # Atom\n"
    )
    assert settings.read_text() == TEXT


def test_a_page_that_names_none_is_asked_at_the_usual_places(site: FeedServer) -> None:
    site.at("/blog/").always(page())
    assert f"added a ({site.url('/feed')})" in add(site.url("/blog/"), "--id", "a").stdout


def test_where_there_is_no_feed_nothing_is_added(site: FeedServer, settings: Path) -> None:
    site.at("/").always(page())
    site.at("/feed").always(Answer(status=404))
    result = add(site.url("/"))
    assert result.exit_code == 2
    assert result.stderr == f"{site.url('/')}: an HTML page, not a feed, and no feed is named there\n"
    assert settings.read_text() == TEXT


def test_what_cannot_be_reached_now_is_added_with_a_word(site: FeedServer) -> None:
    site.at("/later").always(Answer(status=503))
    result = add(site.url("/later"), "--id", "a")
    assert result.stderr == f"{site.url('/later')}: answered 503; it is added without a look at it\n"
    assert result.stdout == f"settings.toml: added a ({site.url('/later')})\n"


def test_it_need_not_look(site: FeedServer) -> None:
    assert "added a" in add(site.url("/"), "--id", "a", "--as-is").stdout
    assert site.count.total() == 0
