"""Too much work, or a full server: the intake stops, says so, loses nothing and goes on by itself. Promise 4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from mailbox import Maildir
from pathlib import Path
from typing import Any

from monitor.queue.store import Store
from tests.conftest import Valkey
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.workers.crew import Crew, crew


def entry(title: str) -> Entry:
    """Make an entry published now."""
    url = f"https://news.example/{title.replace(' ', '-')}"
    return Entry(title, guid=url, url=url, published_at=datetime.now(UTC))


def settings_of(url: str) -> str:
    """Write settings with one feed, polled all the time, and a mailbox that is told of every item."""
    return f"""
[redis]
max_backlog = 100

[net]
allow_hosts = ["127.0.0.1"]

[polling]
min_interval = "50ms"

[[feeds]]
id = "wire"
url = "{url}"

[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[watchlists]]
id = "all"
terms = ["Item"]
channels = ["box"]
"""


def polling(status: Mapping[str, Any]) -> str:
    """What the poller says that it does."""
    return next(row["doing"] for row in status["workers"] if row["role"] == "poller")


async def beats(workers: Crew, count: int) -> list[str]:
    """What the poller says in its next beats."""
    said: dict[str, str] = {}

    def heard(status: Mapping[str, Any]) -> bool:
        said.update({row["beat_at"]: row["doing"] for row in status["workers"] if row["role"] == "poller"})
        return len(said) > count

    await workers.eventually(heard)
    return list(said.values())


async def test_a_backlog_over_its_limit_pauses_polling_until_the_matchers_have_caught_up(
    store: Store, tmp_path: Path
) -> None:
    titles = [f"Item {number}" for number in range(150)]
    async with FeedServer() as feeds:
        url = feeds.add("/wire", *map(entry, titles))
        async with crew(store, tmp_path, settings_of(url), "notifier") as workers:
            await workers.join("poller")
            word = "not polling: 150 items wait for the matchers (redis.max_backlog 100)"
            await workers.eventually(lambda status: polling(status) == word)
            asked = feeds.count["/wire"]
            feeds.publish("/wire", entry("Item of the pause"))
            assert set(await beats(workers, 2)) == {word}
            assert feeds.count["/wire"] == asked
            assert (await workers.status())["queues"][0] == {
                "stream": "items",
                "group": "matchers",
                "waiting": 150,
                "pending": 0,
                "limit": 100,
            }

            await workers.join("matcher")
            await workers.eventually(lambda status: status["channels"][0]["delivered"] == 151)
            await workers.eventually(lambda status: polling(status) == "working")
    subjects = sorted(str(mail["Subject"]) for mail in Maildir(tmp_path / "mail", create=False))
    assert subjects == sorted(f"{title} [all]" for title in [*titles, "Item of the pause"])


async def test_a_server_at_its_memory_limit_stops_the_intake_and_loses_nothing(
    start_valkey: Callable[..., Valkey], tmp_path: Path
) -> None:
    store = await Store.open(start_valkey().url, prefix="news:")
    async with FeedServer() as feeds:
        url = feeds.add("/wire", entry("Item before"))
        async with crew(store, tmp_path, settings_of(url), "poller", "matcher", "notifier") as workers:
            await workers.eventually(lambda status: status["channels"][0]["delivered"] == 1)
            await store.run("CONFIG", "SET", "maxmemory", "1mb")
            feeds.publish("/wire", *(entry(f"Item {number}") for number in range(50)))
            await workers.eventually(lambda status: "its memory limit is reached" in polling(status))
            await workers.join("notifier")  # sending is what frees memory: one that starts now must be able to work
            assert all("its memory limit is reached: raise maxmemory" in said for said in await beats(workers, 3))

            await store.run("CONFIG", "SET", "maxmemory", "0")
            await workers.eventually(lambda status: status["channels"][0]["delivered"] == 51)
            await workers.eventually(lambda status: polling(status) == "working")
            assert (await workers.status())["dead_letters"] == 0
    await store.close()
    assert len(Maildir(tmp_path / "mail", create=False)) == 51
