"""Items flow from real feeds to real receivers while workers are killed: what must arrive, and what did."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.smtp import MailServer
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import Crew
from tests.workers.service import COMMON, Service

ROLES = ("poller", "matcher", "matcher", "notifier", "supervisor")
FEEDS = 8


@dataclass(slots=True)
class Storm:
    """One run: a service, its publishers and its receivers. Only a service of processes can be killed.

    Hook and mail are told at once of each story; `slow` is told of a few, and of what that holds back in digests.
    """

    service: Service | Crew
    feeds: FeedServer
    hook: WebhookReceiver
    slow: WebhookReceiver
    smtp: MailServer
    rng: Random
    #: Titles that must be told, each once by hook and once by mail.
    expected: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)

    async def publish(self, items: int, *, pause_s: float, kills: int = 0) -> None:
        """Publish items one by one on the feeds in turn, spread over so many kills.

        Four of five match; one in ten of those comes from another feed too, under another address.
        """
        for number in range(items):
            while self.killed.total() < kills * number / items - 3:  # noqa: ASYNC110 -- kills set no event
                await asyncio.sleep(pause_s)
            matching = number % 5 != 4
            title = f"Qwen distilled, report {number}" if matching else f"Weather report {number}"
            url = f"https://news.example/{title.replace(' ', '-')}"
            entry = Entry(title, guid=url, url=url, published_at=datetime.now(UTC))
            if matching:
                self.expected.append(title)
            self.feeds.publish(f"/f{number % FEEDS}", entry)
            if number % 10 == 0:
                copy = replace(entry, guid=f"{url}-copy", url=f"{url}-copy")
                self.feeds.publish(f"/f{(number + 1) % FEEDS}", copy)
            await asyncio.sleep(pause_s * self.rng.uniform(0.5, 1.5))

    async def kill(self, times: int, *, pause_s: float) -> None:
        """Kill workers at random moments; the supervisor too."""
        assert isinstance(self.service, Service)
        while self.killed.total() - self.killed["server"] < times:
            await asyncio.sleep(pause_s * self.rng.uniform(0.2, 1.8))
            role = self.rng.choice(ROLES)
            # Status may fail for a moment while the server is down; the next try finds it again.
            with contextlib.suppress(Exception):
                if role == "supervisor" or await self.service.pids(role):
                    await self.service.kill(role)
                    self.killed[role] += 1

    async def kill_server(self) -> None:
        """kill -9 the embedded server."""
        assert isinstance(self.service, Service)
        store = await self.service.store()
        info = await store.run("INFO", "server")
        pid = int(next(line for line in info.splitlines() if line.startswith("process_id:")).partition(":")[2])
        os.kill(pid, signal.SIGKILL)
        self.killed["server"] += 1

    async def all_told(self, *, within_s: float) -> None:
        """Return once every expected alert has arrived both ways, and nothing is open any more."""
        count = len(self.expected)
        await self.hook.alerted(count, within_s=within_s)
        await self.smtp.received(count, within_s=within_s)
        await self.slow.until(lambda: len(told_of(self.slow)) >= count, within_s=within_s)
        await self.service.eventually(
            lambda told: (
                all(row["waiting"] + row["pending"] == 0 for row in told["queues"][:1])
                and all(row["open"] == 0 for row in told["channels"])
                and not told["held"]["alerts"]
            ),
            within_s=120,
        )

    async def check(self) -> None:
        """Every expected alert arrived, under one id, with one body, and nothing else did."""
        told = {call.payload["items"][0]["title"]: call.payload["id"] for call in self.hook.alerts.values()}
        assert sorted(told) == sorted(self.expected)
        alert_ids = Counter(call.payload["id"] for call in self.hook.alerts.values())
        assert max(alert_ids.values()) == 1, "an alert went out under two delivery ids"
        titles = Counter(call.payload["items"][0]["title"] for call in self.hook.alerts.values())
        assert [title for title, count in titles.items() if count > 1] == [], "told twice, under two ids"
        assert not self.hook.altered
        subjects = Counter(str(mail.message["Subject"]) for mail in self.smtp.distinct.values())
        assert len(subjects) == len(self.smtp.distinct) == len(self.expected)
        assert max(subjects.values()) == 1
        status = await self.service.status()
        assert status["dead_letters"] == 0
        assert status["unsent"] == []
        assert {row["id"]: row["dead"] for row in status["channels"]} == {"hook": 0, "mail": 0, "slow": 0}
        # Alone or in a digest, no story is told twice there either.
        assert sorted(told_of(self.slow)) == sorted(self.expected)
        assert any(call.payload["type"] == "digest.created" for call in self.slow.alerts.values())
        assert not self.slow.altered


def told_of(receiver: WebhookReceiver) -> list[str]:
    """Return the titles of all stories that a receiver was told of, of each alert once."""
    told = {call.payload["id"]: call.payload for call in receiver.alerts.values()}
    stories = (story for payload in told.values() for story in payload.get("stories", [payload]))
    return [story["items"][-1]["title"] for story in stories]


def settings_of(
    feeds: FeedServer, hook: WebhookReceiver, slow: WebhookReceiver, smtp: MailServer, redis: str = ""
) -> str:
    """Write the settings of a storm."""
    for number in range(FEEDS):
        feeds.add(f"/f{number}")
    sources = "".join(f'[[feeds]]\nid = "f{n}"\nurl = "{feeds.url(f"/f{n}")}"\n' for n in range(FEEDS))
    return f"""{COMMON.replace("[redis]", f"[redis]{redis}")}
[mail]
host = "127.0.0.1"
port = {smtp.port}
security = "none"
sender = "news@example.org"
{sources}
[[channels]]
id = "mail"
type = "email"
to = ["one@example.org"]

[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url("/hook")}"
secret_env = "HOOK_SECRET"

[[channels]]
id = "slow"
type = "webhook"
url = "{slow.url("/slow")}"
secret_env = "HOOK_SECRET"
policy.rate = "1/2s"

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
context = ["distilled"]
channels = ["mail", "hook", "slow"]
"""
