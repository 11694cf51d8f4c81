"""One made alert through one channel, at once: does what the settings say of it work? Nothing is stored."""

from __future__ import annotations

from datetime import datetime

from monitor.alerts.deliveries import deliveries_of
from monitor.alerts.outcome import Outcome
from monitor.alerts.specimen import first_alert
from monitor.errors import DeliveryError
from monitor.model import Delivery
from monitor.settings.schema import Settings
from workers.senders import Senders
from workers.stationery import stationery_of
from workers.wiring import Place


async def send_trial(
    settings: Settings, place: Place, channel_id: str, *, now: datetime
) -> list[tuple[Delivery, Outcome]]:
    """Send a made alert to every recipient of a channel. Raises DeliveryError where there is no such channel."""
    channels = [channel for channel in settings.channels if channel.id == channel_id]
    if not channels:
        known = ", ".join(channel.id for channel in settings.channels) or "none"
        raise DeliveryError(channel_id, f"there is no such channel in the settings; there are: {known}")
    stationery = stationery_of(settings, place)
    deliveries = deliveries_of(
        first_alert(now),
        channels,
        mail=settings.mail,
        time_zone=settings.alerts.time_zone,
        links=stationery.links.for_trial() if stationery.links else None,
        templates=stationery.templates(),
    )
    senders = Senders(place)
    try:
        trial = settings.model_copy(update={"channels": (channels[0].model_copy(update={"enabled": True}),)})
        opened, _ = await senders.apply(trial)
        sender, _ = opened[channel_id]
        return [(delivery, await sender.send(delivery, attempted_at=now)) for delivery in deliveries]
    finally:
        await senders.close()
