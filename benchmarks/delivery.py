"""From a committed alert to its receiver: 10,000 by mail, and 10,000 to 100 webhook endpoints of which 10 hang.

The real notifier on a real Valkey, in this process; the receivers stand in one of their own. All endpoints are of one
host. Mails are sent as fast as they go; webhooks come at a steady rate, and each is compared with itself in a run in
which the ten are not there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, percentile
from benchmarks.made import item
from benchmarks.rig import valkey
from benchmarks.world import World, world
from monitor.alerts.alert import alert_of
from monitor.alerts.deliveries import deliveries_of
from monitor.model import Alert, Delivery, Evidence, Match, Watchlist
from monitor.queue.store import Store
from monitor.queue.stories import Bounds, Commit, Outcome, Stories
from monitor.settings import schema
from monitor.settings.channels import Channel, EmailChannel, MailSettings, WebhookChannel
from workers.life import Life
from workers.notifier import Notifier
from workers.senders import Senders
from workers.wiring import Place

ALERTS = 10_000
ENDPOINTS, HANGING = 100, 10
#: Alerts a second that the endpoints get together.
RATE = 250
#: Seconds that each answer of a mail server takes which is not on this machine, and alerts sent to that.
AFAR_S = 0.005
AFAR_ALERTS = 800
#: Of a mail's alerts; they are of all shards.
WATCHLISTS = 160

_BOUNDS = Bounds(remember_s=86400, keep_told_s=86400, keep_stories_s=86400, most_unsent=1000)
_MAIL = "mail"


async def run() -> list[Figure]:
    """Send mails over pools of several sizes, then webhooks without and with endpoints that hang."""
    async with world("benchmarks.receivers_process") as outside:
        return [*await _mail_figures(outside), *await _hook_figures(outside)]


async def _mail_figures(outside: World) -> list[Figure]:
    here, afar = await outside.ask("mail", answer_s=0.0), await outside.ask("mail", answer_s=AFAR_S)
    usual = MailSettings().connections
    figures = [
        Figure(f"mail, {usual} connections: {ALERTS:,} alerts", await _mailed(outside, here, usual, ALERTS), "/s")
    ]
    for connections in (1, usual, 8):
        rate = await _mailed(outside, afar, connections, AFAR_ALERTS)
        figures.append(Figure(f"mail to a server {1000 * AFAR_S:g} ms away, {connections} connections", rate, "/s"))
    return figures


async def _mailed(outside: World, port: int, connections: int, count: int) -> float:
    mail = MailSettings(
        host="127.0.0.1", port=port, security="none", sender="News <news@example.org>", connections=connections
    )
    channel = EmailChannel(type="email", id=_MAIL, to=("ann@example.org",))
    settings = schema.Settings(mail=mail, channels=(channel,))
    sample = _Sample.of(channel, mail)
    async with valkey() as (folder, store):
        desk = _Commits(store)
        for number in range(count):
            await desk.commit(*sample.made(number, watchlist=f"list-{number % WATCHLISTS}", channel=_MAIL))
        started = time.perf_counter()
        async with _notifying(store, settings, folder):
            await outside.ask("receive", count=count, within_s=600)
            return count / (time.perf_counter() - started)


async def _hook_figures(outside: World) -> list[Figure]:
    port = await outside.ask("hooks", hanging=HANGING)
    alone = await _hooked(outside, port, range(HANGING, ENDPOINTS))
    beside = await _hooked(outside, port, range(ENDPOINTS))
    later_ms = [1000 * (took_s - alone[name]) for name, took_s in beside.items()]
    return [
        Figure(f"webhooks, {ENDPOINTS} endpoints at {RATE} alerts/s: alerts to the healthy", len(beside), "alerts"),
        Figure("from commit to receipt with none that hangs, p99", 1000 * percentile([*alone.values()], 0.99), "ms"),
        Figure(f"the same where {HANGING} hang", 1000 * percentile([*beside.values()], 0.99), "ms"),
        Figure("slowest with none that hangs", 1000 * max(alone.values()), "ms"),
        Figure(f"slowest where {HANGING} hang", 1000 * max(beside.values()), "ms"),
        Figure("most that one alert came later beside those that hang", max(later_ms), "ms", bar=1000),
    ]


async def _hooked(outside: World, port: int, endpoints: Sequence[int]) -> dict[str, float]:
    """Send at a steady rate; give the seconds from commit to receipt of each delivery to a healthy endpoint."""
    channels = [
        WebhookChannel(type="webhook", id=f"hook-{number}", url=f"http://127.0.0.1:{port}/{number}")
        for number in endpoints
    ]
    settings = schema.Settings(net=schema.NetSettings(allow_hosts=("127.0.0.1",)), channels=tuple(channels))
    sample = _Sample.of(channels[0], MailSettings())
    committed: dict[str, float] = {}
    clock = asyncio.get_running_loop().time
    async with valkey() as (folder, store), _notifying(store, settings, folder):
        desk, started = _Commits(store), clock()
        for number in range(ALERTS):
            await asyncio.sleep(max(0.0, started + number / RATE - clock()))
            # Of each endpoint there are many watchlists, in all shards.
            endpoint, watchlist = number % ENDPOINTS, f"list-{number % (ENDPOINTS * 16)}"
            if endpoint in endpoints:
                alert, delivery = sample.made(number, watchlist=watchlist, channel=f"hook-{endpoint}")
                if endpoint >= HANGING:
                    committed[delivery.id] = time.time()
                await desk.commit(alert, delivery)
        came = await outside.ask("receive", count=len(committed), within_s=120)
    return {name: came[name] - at for name, at in committed.items()}


@dataclass(frozen=True, slots=True)
class _Sample:
    """One rendered alert, of which others are made: rendering is not what is measured here."""

    alert: Alert
    delivery: Delivery

    @classmethod
    def of(cls, channel: Channel, mail: MailSettings) -> _Sample:
        watchlist, found = Watchlist("list", "List", terms=("Meta",)), item(1, matching=True)
        match = Match(watchlist.id, "v1", (Evidence("title", 0, 4, found.title[:4]),))
        alert = alert_of(match, found, watchlist=watchlist, why="Meta stands in the title.", now=datetime.now(UTC))
        (delivery,) = deliveries_of(alert, [channel], mail=mail, time_zone="UTC")
        return cls(alert, delivery)

    def made(self, number: int, *, watchlist: str, channel: str) -> tuple[Alert, Delivery]:
        """Make another of a watchlist for a channel."""
        name = f"dlv_{number}"
        alert = replace(self.alert, id=f"alr_{number}", watchlist_id=watchlist)
        body = self.delivery.body.replace(self.delivery.id, name)
        return alert, replace(
            self.delivery, id=name, alert_id=alert.id, watchlist_id=watchlist, channel_id=channel, body=body
        )


class _Commits:
    """Commits alerts as a matcher does, and remembers each watchlist's version."""

    def __init__(self, store: Store) -> None:
        self._stories = Stories(store, worker="bench")
        self._versions: dict[str, str] = {}

    async def commit(self, alert: Alert, delivery: Delivery) -> None:
        """Commit an alert with its one delivery."""
        watchlist = alert.watchlist_id
        version = self._versions.get(watchlist, "0")
        made = Commit(watchlist=watchlist, version=version, mark=alert.id, alerts=[(alert, [delivery])])
        outcome, self._versions[watchlist] = await self._stories.commit(made, bounds=_BOUNDS)
        assert outcome is Outcome.DONE


@asynccontextmanager
async def _notifying(store: Store, settings: schema.Settings, folder: Path) -> AsyncIterator[None]:
    life = Life("notifier")
    notifier = Notifier(store, life=life, senders=Senders(Place(folder / "settings.toml", {})))
    await notifier.apply(settings)
    running = asyncio.create_task(notifier.run())
    try:
        yield
    finally:
        life.stop()
        await running
