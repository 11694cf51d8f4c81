"""Routes of RSSHub through a poller: who answers, who is asked next, and that nothing is told twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor.queue.store import Store
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import Crew, crew
from tests.workers.service import COMMON

ROUTE = "/36kr/newsflashes"
HTML = Answer(headers={"Content-Type": "text/html"}, body=b"<!doctype html><html><body>Who are you?</body></html>")


def entry(title: str) -> Entry:
    url = f"https://36kr.example/{title.replace(' ', '-')}"
    return Entry(title, guid=url, url=url, published_at=datetime.now(UTC))


def settings(hook: WebhookReceiver, *instances: str) -> str:
    listed = ", ".join(f'"{each}"' for each in instances)
    return f"""{COMMON}
rsshub = [{listed}]
[[feeds]]
id = "36kr"
url = "rsshub:/{ROUTE}"
[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url()}"
secret_env = "HOOK_SECRET"
[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["hook"]
"""


@asynccontextmanager
async def two_instances() -> AsyncIterator[tuple[FeedServer, FeedServer]]:
    """Two instances with the same news."""
    async with FeedServer() as best, FeedServer() as other:
        for each in (best, other):
            each.add(ROUTE, entry("Qwen one"))
        yield best, other


async def told(hook: WebhookReceiver, work: Crew, *titles: str) -> None:
    """Return once these titles have been told, and check that they were told once."""
    await hook.alerted(len(titles))
    assert sorted(call.payload["items"][0]["title"] for call in hook.calls) == sorted(titles)
    assert (await work.status())["feed_rows"][0]["failures"] == 0


async def test_the_next_instance_answers_where_one_fails_and_nothing_is_told_twice(
    store: Store, tmp_path: Path
) -> None:
    async with two_instances() as (best, other), WebhookReceiver() as hook:
        text = settings(hook, best.address, other.address)
        async with crew(store, tmp_path, text, "poller", "matcher", "notifier") as work:
            await told(hook, work, "Qwen one")
            assert other.count[ROUTE] == 0
            best.at(ROUTE).always(HTML)
            await other.polled(ROUTE, times=2)
            other.publish(ROUTE, entry("Qwen two"))
            await told(hook, work, "Qwen one", "Qwen two")
            assert not {"if-none-match", "if-modified-since"} & other.requests_of(ROUTE)[0].headers.keys()
            assert "if-none-match" in other.requests_of(ROUTE)[1].headers


async def test_an_instance_that_asks_to_wait_is_left_alone(store: Store, tmp_path: Path) -> None:
    async with two_instances() as (best, other), WebhookReceiver() as hook:
        best.at(ROUTE).always(Answer(status=503, headers={"Retry-After": "3600"}))
        text = settings(hook, best.address, other.address)
        async with crew(store, tmp_path, text, "poller", "matcher", "notifier") as work:
            await told(hook, work, "Qwen one")
            await other.polled(ROUTE, times=3)
            assert best.count[ROUTE] == 1


async def test_where_nobody_answers_the_feed_fails_and_the_first_is_back_later(store: Store, tmp_path: Path) -> None:
    async with two_instances() as (best, other), WebhookReceiver() as hook:
        best.at(ROUTE).always(Answer(status=500))
        other.at(ROUTE).always(Answer(status=502))
        text = settings(hook, best.address, other.address)
        async with crew(store, tmp_path, text, "poller", "matcher", "notifier") as work:
            await work.eventually(lambda status: status["feed_rows"][0]["last_error"] == "fetch: answered 500")
            best.at(ROUTE).always(None)
            await told(hook, work, "Qwen one")
