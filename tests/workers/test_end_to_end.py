"""From a feed's publication to a mailbox, a mail server and a webhook receiver, through the whole running service."""

from __future__ import annotations

import mailbox
from datetime import UTC, datetime
from pathlib import Path

from monitor.queue.store import Store
from tests.servers.documents import Entry
from tests.servers.feeds import FeedServer
from tests.servers.smtp import MailServer
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import crew
from tests.workers.service import COMMON, alive, running


def entry(title: str, *, number: int = 0, summary: str = "") -> Entry:
    """Make an entry published now."""
    slug = f"{abs(hash(title))}-{number}"
    return Entry(title, guid=slug, url=f"https://news.example/{slug}", summary=summary, published_at=datetime.now(UTC))


def settings_of(feeds: FeedServer, hook: WebhookReceiver, smtp: MailServer, paths: list[str]) -> str:
    """Write the settings of a service that follows these feeds and tells by all three channels."""
    sources = "".join(f'[[feeds]]\nid = "{path.strip("/")}"\nurl = "{feeds.url(path)}"\n' for path in paths)
    return f"""{COMMON}
[mail]
host = "127.0.0.1"
port = {smtp.port}
security = "none"
sender = "News <news@example.org>"
{sources}
[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[channels]]
id = "mail"
type = "email"
to = ["one@example.org", "two@example.org"]

[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url("/hook")}"
secret_env = "HOOK_SECRET"

[[watchlists]]
id = "qwen"
name = "Qwen distillation"
terms = ["Qwen", "千问"]
context = ["distil", "distilled", "蒸馏"]
exclude = ["whisky"]
channels = ["box", "mail", "hook"]
"""


async def test_every_format_reaches_every_channel_and_a_stop_leaves_nothing_running(tmp_path: Path) -> None:
    async with FeedServer() as feeds, WebhookReceiver() as hook, MailServer() as smtp:
        feeds.add("/rss", form="rss")
        feeds.add("/atom", form="atom")
        feeds.add("/json", form="json")
        feeds.add("/gbk", form="rss", encoding="gbk")
        async with running(tmp_path, settings_of(feeds, hook, smtp, ["/rss", "/atom", "/json", "/gbk"])) as service:
            await service.eventually(lambda told: told["feeds"] == {"good": 4})
            feeds.publish("/rss", entry("A model distilled from Qwen"), entry("A whisky distilled by Qwen"))
            feeds.publish("/atom", entry("Qwen was distilled again"), entry("Qwen ships a phone"))
            feeds.publish("/json", entry("Nothing to see"), entry("They distilled", summary="<p>from <b>Q</b>wen</p>"))
            feeds.publish("/gbk", entry("研究者蒸馏千问模型"))
            await hook.alerted(4)
            await smtp.received(8)
            await service.eventually(lambda told: all(each["open"] == 0 for each in told["channels"]))
            told = await service.status()
            assert await service.stop(within_s=10.0) == 0
        assert len(told["workers"]) >= 4
        assert not [row for row in told["workers"] if alive(row["pid"])]
        assert all(call.verified for call in hook.calls)
        titles = {call.payload["items"][0]["title"] for call in hook.alerts.values()}
        assert titles == {
            "A model distilled from Qwen",
            "Qwen was distilled again",
            "They distilled",
            "研究者蒸馏千问模型",
        }
        assert len(mailbox.Maildir(tmp_path / "mail", create=False)) == 4
        assert len(smtp.mails) == 8
        assert {row["id"]: row["delivered"] for row in told["channels"]} == {"box": 4, "mail": 8, "hook": 4}
        assert told["dead_letters"] == 0


async def test_one_article_and_its_copy_in_two_feeds_alert_once(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as feeds, WebhookReceiver() as hook, MailServer() as smtp:
        feeds.add("/a")
        feeds.add("/b")
        settings = settings_of(feeds, hook, smtp, ["/a", "/b"])
        async with crew(store, tmp_path, settings, "poller", "matcher", "notifier") as workers:
            await workers.eventually(lambda told: told["feeds"] == {"good": 2})
            now = datetime.now(UTC)
            for path, tail in (("/a", "?utm_source=a"), ("/b", "?utm_source=b")):
                same = Entry("Qwen distilled", guid=path, url=f"https://news.example/same{tail}", published_at=now)
                feeds.publish(path, same, entry("Qwen distilled too", number=ord(path[1])))
            await hook.alerted(2)
            await workers.eventually(lambda told: told["queues"][0]["waiting"] + told["queues"][0]["pending"] == 0)
        # What stands in both feeds under two addresses is a copy, and joins in silence.
        assert sorted(call.payload["items"][0]["title"] for call in hook.calls) == [
            "Qwen distilled",
            "Qwen distilled too",
        ]
        assert sorted(call.payload["items"][0]["url"] for call in hook.calls).count("https://news.example/same") == 1


async def test_the_first_poll_of_a_feed_remembers_the_old_and_the_undated(store: Store, tmp_path: Path) -> None:
    async with FeedServer() as feeds, WebhookReceiver() as hook, MailServer() as smtp:
        old = Entry("Qwen distilled long ago", guid="old", published_at=datetime(2020, 1, 1, tzinfo=UTC))
        feeds.add("/a", old, Entry("Qwen distilled some day", guid="undated"), entry("Qwen distilled today"))
        settings = settings_of(feeds, hook, smtp, ["/a"])
        async with crew(store, tmp_path, settings, "poller", "matcher", "notifier") as workers:
            await hook.alerted(1)
            feeds.publish("/a", Entry("Qwen distilled, undated and new", guid="undated-new"))
            await hook.alerted(2)
            await workers.eventually(lambda told: told["queues"][0]["waiting"] + told["queues"][0]["pending"] == 0)
        titles = {call.payload["items"][0]["title"] for call in hook.calls}
        assert titles == {"Qwen distilled today", "Qwen distilled, undated and new"}
