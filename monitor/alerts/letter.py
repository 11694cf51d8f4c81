"""Turns an alert, or a notice, into the mail that one recipient gets: the view, the reader's own links, the thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.alerts.identity import delivery_id, notice_id
from monitor.alerts.links import Links
from monitor.alerts.mail import Envelope, message_of
from monitor.alerts.mail_body import html_body
from monitor.alerts.own_templates import MailTemplates
from monitor.alerts.render import notice_view, view_of
from monitor.alerts.thread import first_alert_id
from monitor.alerts.view import LinksView, MailView
from monitor.model import ALERT_UPDATED, DIGEST_CREATED, Alert, Notice

#: Gmail cuts a mail off after 102 KB of HTML, in the middle of whatever stands there.
MAX_HTML_BYTES = 100_000
#: Stories of a digest that are shown whole, and by title alone: the first pair that fits is taken. To name all hundred
#: that there can be is worth more than to show some whole.
_LEVELS = ((20, 80), (10, 90), (4, 96), (12, 30), (6, 20), (3, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who gets a mail, and from whom."""

    channel_id: str
    #: As the delivery names it.
    recipient: str
    #: Mail address.
    address: str
    #: May carry a name.
    sender: str


def fitting_view(alert: Alert, *, time_zone: str, own: MailTemplates) -> MailView:
    """Return what readers see of an alert; of a digest, as many stories as mail programs show."""
    if alert.type != DIGEST_CREATED:
        return view_of(alert, time_zone=time_zone)
    for whole, by_title in _LEVELS:
        view = view_of(alert, time_zone=time_zone, most=(whole, by_title))
        if len(html_body(view, own).encode()) <= MAX_HTML_BYTES:
            break
    return view


def mail_message(
    alert: Alert, view: MailView, reader: Reader, *, own: MailTemplates | None = None, links: Links | None = None
) -> str:
    """Return the alert as a message to one reader: ASCII only, lines ended by CRLF."""
    view = replace(view, links=_links(alert, reader, links))
    first = first_alert_id(alert) if alert.type == ALERT_UPDATED else None
    envelope = Envelope(
        delivery_id=delivery_id(alert.id, reader.channel_id, reader.recipient),
        recipient=reader.address,
        sender=reader.sender,
        created_at=alert.created_at,
        list_name=alert.watchlist_id,
        answers_id=delivery_id(first, reader.channel_id, reader.recipient) if first else "",
        is_high=any(story.severity == "high" for story in alert.stories),
        unsubscribe=view.links.unsubscribe if links and links.one_click else "",
    )
    return message_of(view, envelope, own)


def notice_message(notice: Notice, reader: Reader, *, own: MailTemplates | None = None) -> str:
    """Return an operator's notice as a message to one reader: ASCII only, lines ended by CRLF."""
    alert_id = notice_id(notice.kind, notice.subject, notice.episode)
    envelope = Envelope(
        delivery_id=delivery_id(alert_id, reader.channel_id, reader.recipient),
        recipient=reader.address,
        sender=reader.sender,
        created_at=notice.noticed_at,
        list_name="operator",
    )
    return message_of(notice_view(notice), envelope, own)


def _links(alert: Alert, reader: Reader, links: Links | None) -> LinksView:
    if links is None:
        return LinksView()
    watchlist, channel, recipient = alert.watchlist_id, reader.channel_id, reader.recipient
    return LinksView(
        relevant=links.feedback(alert.id, watchlist, "yes"),
        not_relevant=links.feedback(alert.id, watchlist, "no"),
        mute=links.mute(alert.id, watchlist, channel, recipient),
        unsubscribe=links.unsubscribe(watchlist, channel, recipient),
    )
