"""Turns an alert into its deliveries: one per channel and recipient, with the body of every attempt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from monitor.alerts.identity import delivery_id
from monitor.alerts.mail import mail_message
from monitor.alerts.payload import webhook_payload
from monitor.model import Alert, Delivery
from monitor.settings.schema import Channel, EmailChannel, MailboxChannel, MailSettings, WebhookChannel

#: Stands in the messages of a mailbox folder where no mail is set up.
DEFAULT_SENDER = "News monitor <news-monitor@localhost>"


def deliveries_of(
    alert: Alert, channels: Sequence[Channel], *, mail: MailSettings, time_zone: str
) -> tuple[Delivery, ...]:
    """Return one rendered delivery per channel and recipient, in the order of the settings, none twice.

    Channels that are switched off get theirs too: they are kept until the channel is on again.
    """
    made = (
        _delivery(alert, channel, recipient, mail=mail, time_zone=time_zone)
        for channel in channels
        for recipient in _recipients(channel)
    )
    return tuple({delivery.id: delivery for delivery in made}.values())


def sender_of(mail: MailSettings) -> str:
    """Return the sender of these mail settings: the user name where none is given and it is an address."""
    if mail.sender:
        return mail.sender
    return mail.username if mail.username and "@" in mail.username else DEFAULT_SENDER


def _recipients(channel: Channel) -> Iterator[str]:
    match channel:
        case EmailChannel():
            yield from channel.to
        case MailboxChannel():
            yield PurePath(channel.path).name or channel.id
        case WebhookChannel():
            yield channel.id


def _delivery(alert: Alert, channel: Channel, recipient: str, *, mail: MailSettings, time_zone: str) -> Delivery:
    own_id = delivery_id(alert.id, channel.id, recipient)
    match channel:
        case WebhookChannel():
            body = webhook_payload(alert)
        case EmailChannel():
            sender = sender_of(channel.mail or mail)
            body = mail_message(alert, delivery_id=own_id, recipient=recipient, sender=sender, time_zone=time_zone)
        case MailboxChannel():
            reader = f"{channel.id}@localhost"
            sender = sender_of(mail)
            body = mail_message(alert, delivery_id=own_id, recipient=reader, sender=sender, time_zone=time_zone)
    return Delivery(
        id=own_id,
        alert_id=alert.id,
        watchlist_id=alert.watchlist_id,
        channel_id=channel.id,
        recipient=recipient,
        body=body,
        created_at=alert.created_at,
    )
