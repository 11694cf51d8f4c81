"""Turns an alert, or a notice, into its deliveries: one per channel and recipient, with the body of every attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from monitor.alerts.chat.bodies import alert_body, notice_body
from monitor.alerts.hook_body import hook_body, notice_hook_body
from monitor.alerts.identity import delivery_id, notice_id
from monitor.alerts.letter import Reader, fitting_view, mail_message, notice_message
from monitor.alerts.links import Links
from monitor.alerts.own_templates import SHIPPED, MailTemplates, OwnTemplates
from monitor.alerts.sender import sender_of
from monitor.alerts.view import MailView
from monitor.model import Alert, Delivery, Notice
from monitor.settings.channels import Channel, EmailChannel, MailboxChannel, MailSettings, WebhookChannel

#: Asked with ids of watchlist and channel, and a recipient: whether that one wants no alerts of the one on the other.
IsUnsubscribed = Callable[[str, str, str], bool]


def _nobody(watchlist_id: str, channel_id: str, recipient: str) -> bool:
    return False


@dataclass(frozen=True)
class _Telling:
    """One alert and all that its bodies are written with; what is the same for all readers is made once."""

    alert: Alert
    mail: MailSettings
    time_zone: str
    links: Links | None
    templates: OwnTemplates

    @cached_property
    def view(self) -> MailView:
        return fitting_view(self.alert, time_zone=self.time_zone, own=self.templates.mail(self.mail.templates))


def deliveries_of(
    alert: Alert,
    channels: Sequence[Channel],
    *,
    mail: MailSettings,
    time_zone: str,
    is_unsubscribed: IsUnsubscribed = _nobody,
    links: Links | None = None,
    templates: OwnTemplates = SHIPPED,
) -> tuple[Delivery, ...]:
    """Return one rendered delivery per channel and recipient, in the order of the settings, none twice.

    Channels that are switched off get theirs too: they are kept until the channel is on again. `links` are what readers
    may answer with; None: there is no address to answer to.
    """
    telling = _Telling(alert, mail, time_zone, links.at(alert.created_at) if links else None, templates)
    made = (
        _delivery(telling, channel, recipient)
        for channel in channels
        for recipient in _recipients(channel)
        if not is_unsubscribed(alert.watchlist_id, channel.id, recipient)
    )
    return tuple({delivery.id: delivery for delivery in made}.values())


def _recipients(channel: Channel) -> Iterator[str]:
    match channel:
        case EmailChannel():
            yield from channel.to
        case MailboxChannel():
            yield PurePath(channel.path).name or channel.id
        case _:
            yield channel.id


def _delivery(telling: _Telling, channel: Channel, recipient: str) -> Delivery:
    alert = telling.alert
    return Delivery(
        id=delivery_id(alert.id, channel.id, recipient),
        alert_id=alert.id,
        watchlist_id=alert.watchlist_id,
        channel_id=channel.id,
        recipient=recipient,
        body=_body(telling, channel, recipient),
        created_at=alert.created_at,
    )


def _body(telling: _Telling, channel: Channel, recipient: str) -> str:
    alert = telling.alert
    match channel:
        case WebhookChannel():
            return hook_body(alert, channel, links=telling.links, templates=telling.templates)
        case EmailChannel() | MailboxChannel():
            reader, own = _reader(channel, recipient, telling.mail), _own(channel, telling.mail, telling.templates)
            return mail_message(alert, telling.view, reader, own=own, links=telling.links)
        case _:
            zone = telling.time_zone
            return alert_body(alert, channel, recipient=recipient, time_zone=zone, links=telling.links)


def notice_deliveries(
    notice: Notice, channel: Channel, *, mail: MailSettings, templates: OwnTemplates = SHIPPED
) -> tuple[Delivery, ...]:
    """Return one rendered delivery of an operator's notice per recipient."""
    made = (_notice_delivery(notice, channel, recipient, mail, templates) for recipient in _recipients(channel))
    return tuple({delivery.id: delivery for delivery in made}.values())


def _notice_delivery(
    notice: Notice, channel: Channel, recipient: str, mail: MailSettings, templates: OwnTemplates
) -> Delivery:
    alert_id = notice_id(notice.kind, notice.subject, notice.episode)
    own_id = delivery_id(alert_id, channel.id, recipient)
    match channel:
        case WebhookChannel():
            body = notice_hook_body(notice, channel, templates=templates)
        case EmailChannel() | MailboxChannel():
            reader, own = _reader(channel, recipient, mail), _own(channel, mail, templates)
            body = notice_message(notice, reader, own=own)
        case _:
            body = notice_body(notice, channel)
    return Delivery(own_id, alert_id, "", channel.id, recipient, body, notice.noticed_at)


def _reader(channel: EmailChannel | MailboxChannel, recipient: str, mail: MailSettings) -> Reader:
    """Name who a message is to, and who it is from."""
    if isinstance(channel, EmailChannel):
        sender, address = sender_of(channel.mail or mail), recipient
    else:
        sender, address = sender_of(mail), f"{channel.id}@localhost"
    return Reader(channel_id=channel.id, recipient=recipient, address=address, sender=sender)


def _own(channel: EmailChannel | MailboxChannel, mail: MailSettings, templates: OwnTemplates) -> MailTemplates:
    """Name the templates of a channel's mails."""
    own = channel.mail if isinstance(channel, EmailChannel) else None
    return templates.mail((own or mail).templates)
