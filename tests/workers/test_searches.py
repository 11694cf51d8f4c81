"""Feeds that watchlists bring: named so that they last, polled like others, and gone when nobody asks any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.errors import SettingsError, WatchlistError
from monitor.queue.store import Store
from monitor.settings.schema import SearchFeedSettings, Settings, WatchlistSettings
from monitor.settings.search_engines import search_engines
from monitor.settings.snapshot import from_parts, to_parts
from tests.servers.documents import Entry, render_document
from tests.servers.http import Answer, HttpServer, Request
from tests.servers.script import Changes
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import crew
from tests.workers.service import COMMON
from workers.searches import left_out, search_feeds_of, with_search_feeds
from workers.wiring import Place, feed_of


def settings(*watchlists: WatchlistSettings, engines: Sequence[SearchFeedSettings] = ()) -> Settings:
    return Settings(watchlists=watchlists, search_feeds=tuple(engines))


def watchlist(*search: str, enabled: bool = True, terms: tuple[str, ...] = ("Qwen", "千问")) -> WatchlistSettings:
    return WatchlistSettings(id="qwen", terms=terms, search=search, enabled=enabled)


def test_each_engine_that_needs_no_setting_is_asked_at_its_address() -> None:
    names = search_engines(()).keys()
    assert names == {
        "google-news-en", "google-news-zh-hans", "google-news-zh-hant", "bing-news", "hacker-news", "arxiv",
    }  # fmt: skip
    addresses = {
        each.feed.id.split(":")[2]: each.feed.url or "" for each in search_feeds_of(settings(watchlist(*names)))
    }
    asked = {name: parse_qs(urlsplit(url).query) for name, url in addresses.items()}
    assert asked["google-news-zh-hans"] == {
        "q": ["Qwen OR 千问 when:7d"], "hl": ["zh-CN"], "gl": ["CN"], "ceid": ["CN:zh-Hans"],
    }  # fmt: skip
    assert asked["bing-news"] == {"q": ["Qwen OR 千问"], "format": ["rss"]}
    assert asked["hacker-news"] == {"q": ["Qwen OR 千问"], "count": ["100"]}
    assert asked["arxiv"]["search_query"] == ["all:Qwen OR all:千问"]


def test_a_search_feed_keeps_its_id_when_its_words_change() -> None:
    before, after = (
        next(search_feeds_of(settings(watchlist("hacker-news", terms=terms)))).feed for terms in (("a",), ("b", "a"))
    )
    assert before.id == after.id == "search:qwen:hacker-news:1"
    assert before.url != after.url


def test_the_feeds_go_to_all_workers_with_the_others() -> None:
    published = with_search_feeds(settings(watchlist("hacker-news", "arxiv")))
    received = from_parts(to_parts(published)).feeds
    assert {each.id for each in received} == {"search:qwen:hacker-news:1", "search:qwen:arxiv:1"}
    assert sorted(received, key=str) == sorted(published.feeds, key=str)


def test_an_engine_of_the_settings_stands_in_place_of_a_shipped_one() -> None:
    own = SearchFeedSettings(
        id="arxiv", url="https://a.example/{query}.xml", name="Mine", min_interval=60, language="en"
    )
    (found,) = search_feeds_of(settings(watchlist("arxiv", "arxiv"), engines=[own]))
    assert found.feed.url == "https://a.example/Qwen%20OR%20%E5%8D%83%E9%97%AE.xml"
    assert (found.feed.name, found.feed.min_interval, found.feed.language) == ("Mine", 60, "en")
    assert found.watchlist == "qwen"


def test_an_engines_secret_address_is_read_where_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "engine").write_text("https://a.example/?key=hunter2&q={query}\n", "utf-8")
    engine = SearchFeedSettings(id="mine", url_file="engine")
    published = with_search_feeds(settings(watchlist("mine"), engines=[engine]))
    assert "hunter2" not in published.model_dump_json()
    (found,) = search_feeds_of(settings(watchlist("mine"), engines=[engine]))
    assert [found.feed] == list(published.feeds)
    assert found.shown == "(file engine) Qwen%20OR%20%E5%8D%83%E9%97%AE"
    feed = feed_of(found.feed, Place(tmp_path / "settings.toml", {}))
    assert feed.url == "https://a.example/?key=hunter2&q=Qwen%20OR%20%E5%8D%83%E9%97%AE"
    assert (feed.shown_url, feed.is_question) == ("address of search:qwen:mine:1", True)
    (tmp_path / "engine").write_text("https://a.example/?key=hunter2", "utf-8")
    with pytest.raises(SettingsError, match="search:qwen:mine:1") as caught:
        feed_of(found.feed, Place(tmp_path / "settings.toml", {}))
    assert "hunter2" not in str(caught.value)


def test_a_watchlist_that_is_switched_off_asks_for_nothing() -> None:
    quiet = settings(watchlist("arxiv", enabled=False))
    assert with_search_feeds(quiet) is quiet


def test_a_query_that_cannot_be_read_is_said() -> None:
    with pytest.raises(WatchlistError):
        with_search_feeds(settings(WatchlistSettings(id="w", query="(", search=("arxiv",))))


def test_what_is_too_much_for_an_engine_is_told() -> None:
    engine = SearchFeedSettings(id="tiny", url="https://a.example/{query}", max_words=1, max_feeds=1)
    assert list(left_out(settings(watchlist("tiny"), engines=[engine]))) == [
        "watchlist qwen: tiny is not asked for 千问: max_feeds is 1, max_length 250, max_words 1"
    ]


class Engine(HttpServer):
    """A search engine: answers a question with the articles that have one of its words in their title."""

    def __init__(self, *articles: Entry) -> None:
        super().__init__(self._answer)
        self.articles = list(articles)
        self.questions: list[str] = []
        self.changes = Changes()

    def _answer(self, request: Request) -> Answer:
        (question,) = parse_qs(urlsplit(request.target).query)["q"]
        self.questions.append(question)
        self.changes.happened()
        found = [each for each in self.articles if any(word in each.title for word in question.split(" OR "))]
        body = render_document("rss", found, title="Found", home=f"{self.address}/", encoding="utf-8")
        return Answer(headers={"Content-Type": "application/rss+xml"}, body=body)

    async def asked(self, question: str) -> None:
        """Return once a question has been asked and, since the next poll follows on it, its answer was taken."""
        goal = self.questions.count(question) + 2
        await self.changes.until(
            lambda: self.questions.count(question) >= goal, within_s=10, say=lambda: str(self.questions)
        )


def article(title: str, *, days_ago: float = 0.0) -> Entry:
    url = f"https://news.example/{title.replace(' ', '-')}"
    return Entry(title, guid=url, url=url, published_at=datetime.now(UTC) - timedelta(days=days_ago))


def text_of(engine: Engine, hook: WebhookReceiver, terms: str, search: str = '["engine"]') -> str:
    return f"""{COMMON}
[[search_feeds]]
id = "engine"
url = "{engine.address}/search?q={{query}}"
[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url()}"
secret_env = "HOOK_SECRET"
[[watchlists]]
id = "qwen"
terms = {terms}
search = {search}
channels = ["hook"]
"""


async def test_a_watchlist_brings_its_feeds_and_takes_them_away(store: Store, tmp_path: Path) -> None:
    found = [article("Qwen today"), article("Qwen of old", days_ago=3), article("Ling of old", days_ago=3)]
    roles = ("poller", "matcher", "notifier")
    async with (
        Engine(*found) as engine,
        WebhookReceiver() as hook,
        crew(store, tmp_path, text_of(engine, hook, '["Qwen"]'), *roles) as work,
    ):
        await work.keep()
        await hook.alerted(1)
        assert [row["id"] for row in (await work.status())["feed_rows"]] == ["search:qwen:engine:1"]

        work.path.write_text(text_of(engine, hook, '["Qwen", "Ling"]'), "utf-8")
        await engine.asked("Qwen OR Ling")
        engine.articles.append(article("Ling at last"))
        await hook.alerted(2)
        assert {call.payload["items"][0]["title"] for call in hook.calls} == {"Qwen today", "Ling at last"}

        work.path.write_text(text_of(engine, hook, '["Qwen", "Ling"]', search="[]"), "utf-8")
        await work.eventually(lambda status: status["feed_rows"] == [])
        assert len(hook.calls) == 2
