"""Turns an alert, or a notice, into its deliveries: one per channel and recipient, with the body of every attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from monitor.alerts.identity import delivery_id, notice_id
from monitor.alerts.mail import mail_message, notice_message
from monitor.alerts.payload import notice_payload, webhook_payload
from monitor.model import Alert, Delivery, Notice
from monitor.settings.channels import Channel, EmailChannel, MailboxChannel, MailSettings, WebhookChannel

#: Stands in the messages of a mailbox folder where no mail is set up.
DEFAULT_SENDER = "News monitor <news-monitor@localhost>"

#: Asked with ids of watchlist and channel, and a recipient: whether that one wants no alerts of the one on the other.
IsUnsubscribed = Callable[[str, str, str], bool]


def _nobody(watchlist_id: str, channel_id: str, recipient: str) -> bool:
    return False


def deliveries_of(
    alert: Alert,
    channels: Sequence[Channel],
    *,
    mail: MailSettings,
    time_zone: str,
    is_unsubscribed: IsUnsubscribed = _nobody,
) -> tuple[Delivery, ...]:
    """Return one rendered delivery per channel and recipient, in the order of the settings, none twice.

    Channels that are switched off get theirs too: they are kept until the channel is on again.
    """
    made = (
        _delivery(alert, channel, recipient, mail=mail, time_zone=time_zone)
        for channel in channels
        for recipient in _recipients(channel)
        if not is_unsubscribed(alert.watchlist_id, channel.id, recipient)
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
    if isinstance(channel, WebhookChannel):
        body = webhook_payload(alert)
    else:
        reader, sender = _correspondents(channel, recipient, mail)
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


def notice_deliveries(notice: Notice, channel: Channel, *, mail: MailSettings) -> tuple[Delivery, ...]:
    """Return one rendered delivery of an operator's notice per recipient."""
    made = (_notice_delivery(notice, channel, recipient, mail) for recipient in _recipients(channel))
    return tuple({delivery.id: delivery for delivery in made}.values())


def _notice_delivery(notice: Notice, channel: Channel, recipient: str, mail: MailSettings) -> Delivery:
    alert_id = notice_id(notice.kind, notice.subject, notice.episode)
    own_id = delivery_id(alert_id, channel.id, recipient)
    if isinstance(channel, WebhookChannel):
        body = notice_payload(notice, alert_id)
    else:
        reader, sender = _correspondents(channel, recipient, mail)
        body = notice_message(notice, delivery_id=own_id, recipient=reader, sender=sender)
    return Delivery(own_id, alert_id, "", channel.id, recipient, body, notice.noticed_at)


def _correspondents(channel: EmailChannel | MailboxChannel, recipient: str, mail: MailSettings) -> tuple[str, str]:
    """Name who a message is to, and who it is from."""
    if isinstance(channel, EmailChannel):
        return recipient, sender_of(channel.mail or mail)
    return f"{channel.id}@localhost", sender_of(mail)
