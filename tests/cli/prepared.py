"""A service's settings file, and what its Redis holds, for commands to look at; no worker runs."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from monitor.alerts.alert import alert_of
from monitor.alerts.deliveries import deliveries_of
from monitor.cli.main import app
from monitor.feeds.state import to_fields
from monitor.model import Delivery, Evidence, FeedState, Habits, Match, Watchlist
from monitor.queue.codec import encode_item
from monitor.queue.outbox import Outbox
from monitor.queue.registry import Beat, ChannelState, HeldHost, Registry, channel_disabled
from monitor.queue.store import Store
from monitor.queue.stories import Bounds, Closed, Commit, Outcome, Stories
from monitor.queue.streams import Reader
from monitor.settings.schema import Settings
from tests.queue.made import committed
from tests.workers.crew import item, put_in_force
from workers.decisions import Decisions
from workers.rules import Rules
from workers.telling import Teller

SETTINGS = """
[redis]
url = "{url}"
prefix = "{prefix}"

[alerts]
time_zone = "Asia/Shanghai"

[[feeds]]
id = "good"
url = "https://good.example/rss"

[[feeds]]
id = "bad"
url = "https://bad.example/rss"

[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[channels]]
id = "hook"
type = "webhook"
url = "https://hook.example/"

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["box", "hook"]
"""
REFUSAL = "HTTP 410 Gone: " + "closed for good, " * 20 + "for ever"
THEN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

_PREFIXES = itertools.count()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A settings file whose service has a prefix of its own on the tests' server."""

    path: Path
    url: str
    prefix: str

    @classmethod
    def on(cls, url: str, folder: Path) -> Prepared:
        """Write the settings; Redis holds nothing yet."""
        prefix = f"cli{next(_PREFIXES)}:"
        path = folder / "settings.toml"
        path.write_text(SETTINGS.format(url=url, prefix=prefix), "utf-8")
        return cls(path, url, prefix)

    def fill(self, *steps: Callable[[Store, Path], Awaitable[object]]) -> None:
        """Do each step on the service's store."""

        async def do() -> None:
            store = await Store.open(self.url, prefix=self.prefix)
            for step in steps:
                await step(store, self.path)
            await store.close()

        asyncio.run(do())

    def run(self, *arguments: str, **environ: str) -> Result:
        """Run a command of ours on these settings."""
        # Whoever runs the tests may have set a width.
        env = {"COLUMNS": None, **environ}
        return CliRunner().invoke(app, [*arguments, "--settings", str(self.path)], env=env)


async def settings_in_force(store: Store, path: Path) -> None:
    """Publish the file."""
    assert await put_in_force(store, path)


async def workers(store: Store, path: Path) -> None:
    """Let a matcher be alive and a poller be silent."""
    now = datetime.now(UTC)
    registry = Registry(store)
    await registry.beat(Beat("m", "matcher", "a-host", 11, now.isoformat(), now.isoformat(), 1, "", "working"))
    await registry.beat(
        Beat("n", "notifier", "a-host", 13, now.isoformat(), now.isoformat(), 1, "version 2: [b]no[/b]", "working")
    )
    await registry.beat(Beat("p", "poller", "a-host", 12, THEN.isoformat(), THEN.isoformat(), 1, "", "working"))


async def polls(store: Store, path: Path) -> None:
    """Let one feed have been polled well, and one badly."""
    for feed, failures, error in (("good", 0, None), ("bad", 3, "fetch: answered 500 [red]to all[/red]")):
        state = FeedState(
            url="https://x.example/", seen_before=True, failures=failures, last_error=error, polled_at=THEN,
            succeeded_at=None if error else THEN, next_due_at=THEN + timedelta(minutes=5),
            habits=Habits(missed_at=THEN, latency_s=90.04, silent=True) if error else Habits(),
        )  # fmt: skip
        await store.run("HSET", store.keys.feed(feed), *(part for pair in to_fields(state).items() for part in pair))


async def overridden(store: Store, path: Path) -> None:
    """Let the hook be disabled."""
    registry = Registry(store)
    await registry.decide(channel_disabled("hook", reason="HTTP 410 Gone", now=THEN))
    await registry.set_channel(ChannelState("hook", "disabled", THEN.isoformat(), "HTTP 410 Gone"))


async def refused(store: Store, path: Path) -> None:
    """Let the hook have been refused at length."""
    await Registry(store).set_channel(ChannelState("hook", "disabled", THEN.isoformat(), REFUSAL))


async def held_back(store: Store, path: Path) -> None:
    """Let three hosts have asked to be left alone, and a fourth whose time is over."""
    now = datetime.now(UTC)
    for host, hours in (("x.example", 3), ("bad.example", 2), ("gone.example:8443", 1), ("good.example", -1)):
        await Registry(store).hold(HeldHost(f"https://{host}", (now + timedelta(hours=hours)).isoformat()))


async def dead_delivery(store: Store, path: Path) -> None:
    """Let one delivery of the hook be dead, and its neighbour be open."""
    outbox = Outbox(store)
    for delivery in await alert(store, path, "Qwen one"):
        if delivery.channel_id == "hook":
            reason = "HTTP 400 Bad Request: [i]too long[/i]"
            await outbox.dead(delivery, reason=reason, now=THEN, keep_s=3600, most=100)


async def alert(store: Store, path: Path, title: str) -> tuple[Delivery, ...]:
    """Make an alert with its deliveries."""
    settings = Settings.model_validate(
        {
            "channels": [
                {"id": "box", "type": "mailbox", "path": "mail"},
                {"id": "hook", "type": "webhook", "url": "https://hook.example/"},
            ]
        }
    )
    watchlist, news = Watchlist("qwen", "Qwen", ("Qwen",), channels=("box", "hook")), item(title)
    match = Match("qwen", "1", (Evidence("title", 0, 4, "Qwen"),))
    made = alert_of(match, news, watchlist=watchlist, why="Because.", now=THEN)
    deliveries = deliveries_of(made, settings.channels, mail=settings.mail, time_zone="UTC")
    assert await committed(store, made, deliveries, remember_s=3600)
    return tuple(deliveries)


async def waiting(store: Store, path: Path) -> None:
    """Let one alert wait for its digest, and another have been closed as not sent."""
    policy = {"send": "weekly", "weekday": "friday"}
    channels = [{"id": "box", "type": "mailbox", "path": "mail"}]
    watchlist = {"id": "otter", "terms": ["Qwen"], "channels": ["box"], "policy": policy}
    rules = Rules.of(Settings.model_validate({"channels": channels, "watchlists": [watchlist]}))
    stories = Stories(store, worker="m")
    await Teller(stories, Decisions(store)).match(
        item("Qwen [b]one[/b]"), Match("otter", "1", (Evidence("title", 0, 4, "Qwen"),)), rules
    )
    closed = Closed("otter", "box", "sto_2", "Qwen two", "1 of 3 sources when its story's window ended", THEN)
    held = await stories.read("otter")
    due_at = datetime.now(UTC) + timedelta(days=1)
    commit = Commit(watchlist="otter", version=held.version, due_at=due_at, closed=[closed])
    bounds = Bounds(remember_s=60, keep_told_s=60, keep_stories_s=60, most_unsent=100)
    assert (await stories.commit(commit, bounds=bounds))[0] is Outcome.DONE


async def dead_item(store: Store, path: Path) -> None:
    """Let one item be buried."""
    reader = Reader(store, group="matchers", consumer="m", stream=store.keys.items)
    await reader.ensure()
    await store.run("XADD", store.keys.items(3), "*", "v", 1, "item", encode_item(item("Poison")))
    (message,) = await reader.take(most=1, wait_s=5)
    await reader.bury(message, reason="ValueError: cannot cope", now=THEN - timedelta(hours=1), most=100)
    await reader.close()
