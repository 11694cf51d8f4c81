"""Two pollers on one Redis: each publication is committed once, and a lease lost in the middle commits nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from structlog.testing import capture_logs

from monitor.queue.codec import decode_item
from monitor.queue.duty import Duty
from monitor.queue.keys import SHARDS
from monitor.queue.store import Store, entries
from tests.servers.documents import Entry, render_document
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer, held
from tests.workers.crew import crew

FEEDS = 6


def entry(title: str) -> Entry:
    """Make an entry published now."""
    url = f"https://news.example/{title.replace(' ', '-')}"
    return Entry(title, guid=url, url=url, published_at=datetime.now(UTC))


def settings_of(feeds: FeedServer) -> str:
    """Write the settings of pollers that poll these feeds all the time."""
    sources = "".join(f'[[feeds]]\nid = "f{n}"\nurl = "{feeds.url(f"/f{n}")}"\n' for n in range(FEEDS))
    return f"""
[net]
allow_hosts = ["127.0.0.1"]
per_host = 64

[polling]
min_interval = "20ms"
{sources}"""


async def committed(store: Store) -> list[str]:
    """List the titles of all items that were committed."""
    replies = await store.run_all([("XRANGE", store.keys.items(shard), "-", "+") for shard in range(SHARDS)])
    return [decode_item(fields).title for reply in replies for _, fields in entries(reply)]


async def test_two_pollers_commit_every_publication_once(store: Store, tmp_path: Path) -> None:
    titles: list[str] = []
    async with FeedServer() as feeds:
        for number in range(FEEDS):
            feeds.add(f"/f{number}")
        with capture_logs() as logs:
            async with crew(store, tmp_path, settings_of(feeds), "poller", "poller"):
                for turn in range(12):
                    for number in range(FEEDS):
                        titles.append(f"Item {turn}.{number}")
                        feeds.publish(f"/f{number}", entry(titles[-1]))
                    await asyncio.gather(*(feeds.polled(f"/f{number}") for number in range(FEEDS)))
                await asyncio.gather(*(feeds.polled(f"/f{number}", times=2) for number in range(FEEDS)))
    assert sorted(await committed(store)) == sorted(titles)
    polls = [log for log in logs if log["event"] == "polled"]
    assert sum(log["new"] for log in polls) == len(titles)
    assert [log["event"] for log in logs if log["log_level"] == "error"] == []


async def test_a_lease_lost_in_the_middle_commits_nothing(store: Store, tmp_path: Path) -> None:
    late = render_document(
        "rss", [entry("Item of the loser")], title="Late", home="http://127.0.0.1/", encoding="utf-8"
    )
    answer, release = held(Answer(headers={"ETag": '"of the loser"'}, body=late))
    async with FeedServer() as feeds:
        for number in range(FEEDS):
            feeds.add(f"/f{number}", entry(f"Item {number}"))
        feeds.at("/f0").then(answer)
        with capture_logs() as logs:
            async with crew(store, tmp_path, settings_of(feeds), "poller") as workers:
                (first,) = [row["worker"] for row in (await workers.status())["workers"]]
                await feeds.until(lambda: feeds.count["/f0"] == 1)
                # What the successor of a dead poller does; this one only seems dead.
                assert await Duty(store, worker="successor", lease_s=30).release(first) >= 1
                await workers.join("poller")
                await workers.eventually(lambda status: status["feeds"] == {"good": FEEDS})
                state = await store.run("HGET", store.keys.feed("f0"), "etag")
                release.set()
                await workers.until(lambda: "lease lost" in [log["event"] for log in logs])
                await feeds.polled("/f0", times=2)
    assert sorted(await committed(store)) == sorted(f"Item {number}" for number in range(FEEDS))
    assert await store.run("HGET", store.keys.feed("f0"), "etag") == state != '"of the loser"'
