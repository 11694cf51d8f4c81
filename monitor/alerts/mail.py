"""Turns an alert into a complete RFC 5322 message with a text and an HTML part. Pure; one alert, the same bytes.

Foreign texts reach headers only as one line without control characters, so no title can add a header of its own.
"""

from __future__ import annotations

import base64
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from monitor.alerts.mail_body import html_body, text_body
from monitor.alerts.render import view_of
from monitor.alerts.wording import one_line
from monitor.model import Alert

#: Stands where the settings have no usable address, which the mail server will then say.
_NOBODY = Address("", "nobody", "localhost")


def mail_message(alert: Alert, *, delivery_id: str, recipient: str, sender: str, time_zone: str) -> str:
    """Return the alert as a message to one recipient, lines ended by CRLF.

    ASCII only, except where an address itself needs SMTPUTF8 (RFC 6531). `sender` and `recipient` may carry a name,
    "News monitor <news@example.org>"; readers see times in the IANA zone `time_zone`.
    """
    view = view_of(alert, time_zone=time_zone)
    footer = f"News monitor, watchlist “{view.watchlist}” ({alert.watchlist_id}), version {alert.watchlist_version}"
    message = _envelope(alert, delivery_id=delivery_id, recipient=recipient, sender=sender)
    message["Subject"] = _unencoded(view.subject)
    # "=" is always escaped in quoted-printable and base64 never starts a line with "--": no text can fake a boundary.
    message.make_alternative(boundary=f"=_{delivery_id}")
    message.attach(_part(text_body(view, footer=footer), "plain"))
    message.attach(_part(html_body(view, footer=footer), "html"))
    return message.as_bytes().decode("utf-8")


def parse_address(text: str) -> Address | None:
    """Return the address in "Name <user@host>", its domain in ASCII (IDNA); None where there is none."""
    name, spec = parseaddr(one_line(text))
    user, _, domain = spec.rpartition("@")
    if not user or not domain:
        return None
    try:
        return Address(_unencoded(name), addr_spec=f"{user}@{domain.encode('idna').decode('ascii')}")
    except (ValueError, IndexError, MessageError):
        return None


def needs_smtputf8(*addresses: Address) -> bool:
    """Say whether one of the addresses cannot be written in ASCII."""
    return not all(address.addr_spec.isascii() for address in addresses)


def _envelope(alert: Alert, *, delivery_id: str, recipient: str, sender: str) -> EmailMessage:
    author, reader = parse_address(sender) or _NOBODY, parse_address(recipient) or _NOBODY
    message = EmailMessage(policy=SMTPUTF8 if needs_smtputf8(author, reader) else SMTP)
    message["MIME-Version"] = "1.0"
    message["Message-ID"] = f"<{delivery_id}@{author.domain}>"
    message["Date"] = format_datetime(alert.created_at)
    message["From"] = author
    message["To"] = reader
    message["List-Id"] = f"<{alert.watchlist_id}.{author.domain}>"
    # RFC 3834: keeps holiday notes and other robots from answering.
    message["Auto-Submitted"] = "auto-generated"
    return message


def _part(body: str, subtype: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part.set_content(body, subtype=subtype, charset="utf-8", cte=_shorter_encoding(body))
    del part["MIME-Version"]  # belongs to the message as a whole
    return part


def _shorter_encoding(body: str) -> str:
    raw = body.encode("utf-8")
    escaped = sum(byte > 126 or byte == ord("=") for byte in raw)
    return "quoted-printable" if len(raw) + 2 * escaped <= len(base64.b64encode(raw)) else "base64"


def _unencoded(text: str) -> str:
    # The email package would decode an "encoded word" (RFC 2047) that a title carries, line breaks and all.
    return text.replace("=?", "= ?")
