"""What publishers do to their feeds: move them, end them, list old things as new. Decided, told, and undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.queue.keys import shard_of
from monitor.queue.reversal import undo
from monitor.queue.store import Store
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer, redirect
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import Crew, crew

NOW = datetime.now(UTC)


def entry(title: str, *, guid: str = "", published_at: datetime | None = NOW) -> Entry:
    slug = title.replace(" ", "-")
    return Entry(title, guid=guid or slug, url=f"https://news.example/{slug}", published_at=published_at)


def settings_of(server: FeedServer, hook: WebhookReceiver, path: str = "/feed") -> str:
    return f"""
[net]
allow_hosts = ["127.0.0.1"]
per_host = 64

[polling]
min_interval = "50ms"
max_interval = "200ms"
dead_after = 3

[alerts]
operator_channel = "ops"

[[feeds]]
id = "wire"
url = "{server.url(path)}"

[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url("/hook")}"
secret_env = "HOOK_SECRET"

[[channels]]
id = "ops"
type = "webhook"
url = "{hook.url("/ops")}"
secret_env = "HOOK_SECRET"

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["hook"]
"""


def notices(hook: WebhookReceiver) -> list[str]:
    """Kinds of the notices that came, in order."""
    return [call.payload["notice"]["kind"] for call in hook.calls if call.payload["type"] == "operator.notice"]


def alerts(hook: WebhookReceiver) -> list[str]:
    """Titles of the alerts that came, in order."""
    return [call.payload["items"][0]["title"] for call in hook.calls if call.payload["type"] == "alert.created"]


async def overrides(workers: Crew) -> list[str]:
    return [each["id"] for each in (await workers.status())["overrides"]]


ROLES = ("poller", "matcher", "notifier")


async def test_a_feed_that_moves_for_good_is_followed_and_loses_nothing(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as server, WebhookReceiver() as hook:
        server.add("/feed", entry("Qwen before"))
        server.add("/new", entry("Qwen before"))
        async with crew(store, tmp_path, settings_of(server, hook), *ROLES) as workers:
            await hook.until(lambda: alerts(hook) == ["Qwen before"])
            server.at("/feed").always(redirect("/new", 308))
            await hook.until(lambda: notices(hook) == ["feed-moved"])
            assert await overrides(workers) == ["feed-moved:wire"]
            asked = server.count["/feed"]
            await server.polled("/new", times=5)
            assert server.count["/feed"] == asked, "the old address is left alone"
            unconditional = [each for each in server.requests_of("/new") if "if-none-match" not in each.headers]
            assert len(unconditional) == 1, "what the new address answered through the redirect still counts"
            server.publish("/new", entry("Qwen after"))
            await hook.until(lambda: alerts(hook) == ["Qwen before", "Qwen after"])
            assert await undo(store, "feed-moved:wire")
            await server.polled("/feed", times=5)
            assert await overrides(workers) == [], "once undone, it is not decided again"
        assert notices(hook) == ["feed-moved"]


async def test_a_temporary_redirect_is_followed_and_never_stored(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as server, WebhookReceiver() as hook:
        server.add("/new", entry("Qwen one"))
        server.at("/feed").always(redirect("/there", 301))
        server.at("/there").always(redirect("/new", 307))
        async with crew(store, tmp_path, settings_of(server, hook), *ROLES) as workers:
            await server.polled("/feed", times=8)
            assert await overrides(workers) == []
            assert {each.path for each in server.requests if "if-none-match" in each.headers} == {"/new"}
        assert (alerts(hook), notices(hook)) == (["Qwen one"], [])


async def test_a_feed_that_is_gone_is_retired_until_that_is_undone(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as server, WebhookReceiver() as hook:
        server.add("/feed", entry("Qwen before"))
        async with crew(store, tmp_path, settings_of(server, hook), *ROLES) as workers:
            await hook.until(lambda: alerts(hook) == ["Qwen before"])
            server.at("/feed").always(Answer(status=410))
            await hook.until(lambda: notices(hook) == ["feed-retired"])
            await workers.eventually(lambda status: status["feeds"] == {"retired": 1})
            # Given back, unpolled, for a long time.
            await workers.eventually(lambda status: status["feed_rows"][0]["failures"] == 1)
            asked = server.count["/feed"]
            server.at("/feed").always(None)
            server.publish("/feed", entry("Qwen after"))
            assert await undo(store, "feed-retired:wire")
            await hook.until(lambda: alerts(hook) == ["Qwen before", "Qwen after"])
            await workers.eventually(lambda status: status["feeds"] == {"good": 1})
            first = server.requests_of("/feed")[asked]
            assert "if-none-match" in first.headers, "what was known of it still is"


async def test_a_retirement_is_of_an_address(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as server, WebhookReceiver() as hook:
        server.at("/feed").always(Answer(status=410))
        server.add("/other", entry("Qwen other"))
        async with crew(store, tmp_path, settings_of(server, hook), *ROLES):
            await hook.until(lambda: notices(hook) == ["feed-retired"])
        async with crew(store, tmp_path, settings_of(server, hook, "/other"), "poller") as workers:
            await store.run("ZADD", store.keys.due(shard_of("wire")), 0, "wire")
            await server.until(lambda: server.count["/other"] > 1)
            assert await overrides(workers) == []


async def test_a_dead_feed_is_told_once(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as server, WebhookReceiver() as hook:
        async with crew(store, tmp_path, settings_of(server, hook), *ROLES):
            await hook.until(lambda: notices(hook) == ["feed-dead"])
            await server.polled("/feed", times=5)
        assert notices(hook) == ["feed-dead"]
        assert "answered 404" in hook.calls[0].payload["notice"]["text"]


async def test_an_archive_listed_anew_is_held_back_and_let_through_by_a_person(store: Store, tmp_path: Path) -> None:
    archive = [entry(f"Qwen of old {n}", published_at=NOW - timedelta(days=90 + n)) for n in range(20)]
    async with FeedServer() as server, WebhookReceiver() as hook:
        server.add("/feed", entry("Qwen before"))
        async with crew(store, tmp_path, settings_of(server, hook), *ROLES) as workers:
            await hook.until(lambda: alerts(hook) == ["Qwen before"])
            server.publish("/feed", *archive, entry("Qwen today"))
            await hook.until(lambda: notices(hook) == ["feed-flooded"] and "Qwen today" in alerts(hook))
            await server.polled("/feed", times=3)
            assert alerts(hook) == ["Qwen before", "Qwen today"]
            assert await overrides(workers) == ["feed-flooded:wire"]
            assert await undo(store, "feed-flooded:wire")
            await hook.until(lambda: len(alerts(hook)) == 22)
            assert await overrides(workers) == []
        assert len(set(alerts(hook))) == 22
        assert notices(hook) == ["feed-flooded"]


async def test_an_update_alerts_those_whom_it_concerns_now_and_nobody_twice(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as server, WebhookReceiver() as hook:
        first = [Entry("Qwen one", guid="1", url="https://news.example/1", published_at=NOW)]
        first += [Entry("Teal two", guid="2", url="https://news.example/2", published_at=NOW)]
        server.add("/feed", *first)
        async with crew(store, tmp_path, settings_of(server, hook), *ROLES) as workers:
            await hook.until(lambda: alerts(hook) == ["Qwen one"])
            corrected = [Entry("Qwen one, corrected", guid="1", url="https://news.example/1", published_at=NOW)]
            corrected += [Entry("Teal two, on Qwen", guid="2", url="https://news.example/2", published_at=NOW)]
            server.add("/feed", *corrected)
            await hook.until(lambda: len(alerts(hook)) == 2)
            server.publish("/feed", entry("Qwen at the end"))
            await hook.until(lambda: "Qwen at the end" in alerts(hook))
            await workers.eventually(lambda status: status["queues"][0]["waiting"] == 0)
        assert alerts(hook) == ["Qwen one", "Teal two, on Qwen", "Qwen at the end"]
