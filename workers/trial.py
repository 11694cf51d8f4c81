"""One made alert through one channel, at once: does what the settings say of it work? Nothing is stored."""

from __future__ import annotations

from datetime import datetime

from monitor.alerts.alert import alert_of
from monitor.alerts.deliveries import deliveries_of
from monitor.alerts.outcome import Outcome
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Evidence, Item, Match, Watchlist
from monitor.settings.schema import Settings
from workers.senders import Senders
from workers.wiring import Place

_TITLE = "This is a test of the news monitor"


async def send_trial(
    settings: Settings, place: Place, channel_id: str, *, now: datetime
) -> list[tuple[Delivery, Outcome]]:
    """Send a made alert to every recipient of a channel. Raises DeliveryError where there is no such channel."""
    channels = [channel for channel in settings.channels if channel.id == channel_id]
    if not channels:
        known = ", ".join(channel.id for channel in settings.channels) or "none"
        raise DeliveryError(channel_id, f"there is no such channel in the settings; there are: {known}")
    deliveries = deliveries_of(_alert(now), channels, mail=settings.mail, time_zone=settings.alerts.time_zone)
    senders = Senders(place)
    try:
        trial = settings.model_copy(update={"channels": (channels[0].model_copy(update={"enabled": True}),)})
        opened, _ = await senders.apply(trial)
        sender, _ = opened[channel_id]
        return [(delivery, await sender.send(delivery, attempted_at=now)) for delivery in deliveries]
    finally:
        await senders.close()


def _alert(now: datetime) -> Alert:
    item = Item(
        # The time makes it another alert each time: a mailbox and a careful receiver take one only once.
        key=f"test-{now.timestamp():.3f}",
        feed="test",
        url="",
        title=_TITLE,
        summary="If you read this, alerts of this channel arrive here.",
        content="",
        source="news-monitor",
        author="",
        published_at=now,
        seen_at=now,
        language="en",
    )
    start = _TITLE.index("test")
    match = Match("test", "test", (Evidence("title", start, start + len("test"), "test"),))
    watchlist = Watchlist("test", "Test", terms=("test",))
    return alert_of(match, item, watchlist=watchlist, why="You asked for it: news-monitor send-test.", now=now)
