"""Turns an alert into a complete RFC 5322 message with a text and an HTML part. Pure; one alert, the same bytes.

Foreign texts reach headers only as one line without control characters, so no title can add a header of its own. The
classes of `email.mime` are used because `EmailMessage` loses blanks when it folds a long subject, and decodes what
looks like an encoded word in a title, line breaks and all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr

from monitor.alerts.mail_body import html_body, text_body
from monitor.alerts.own_templates import MailTemplates
from monitor.alerts.sender import parse_address
from monitor.alerts.view import MailView

_WIRE = compat32.clone(linesep="\r\n", mangle_from_=False)
#: Stands where the settings have no usable address, which the mail server will then say.
_NOBODY = ("", "nobody@localhost")


class _OneLine(Header):
    """A header in ASCII that is never folded: a long address would stand on a line of its own, which some filters hold
    against it.
    """

    def encode(self, splitchars: str = "", maxlinelen: int | None = None, linesep: str = "") -> str:
        return str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a message says of itself."""

    delivery_id: str
    recipient: str
    #: May carry a name, "News monitor <news@example.org>".
    sender: str
    created_at: datetime
    #: What the List-Id begins with, by which readers sort.
    list_name: str
    #: Delivery of the story's first alert to the same recipient, for a message that follows it.
    answers_id: str = ""
    is_high: bool = False
    #: https address that ends these mails for this recipient by one POST (RFC 8058); "": there is none.
    unsubscribe: str = ""


def message_of(view: MailView, envelope: Envelope, own: MailTemplates | None = None) -> str:
    """Return a view as a message: ASCII only, lines ended by CRLF."""
    # "=" is always escaped in quoted-printable and base64 never starts a line with "--": no text can fake a boundary.
    message = MIMEMultipart("alternative", boundary=f"=_{envelope.delivery_id}", policy=_WIRE)
    author = parse_address(envelope.sender) or _NOBODY
    domain = author[1].rpartition("@")[2]
    message["Message-ID"] = f"<{envelope.delivery_id}@{domain}>"
    if envelope.answers_id:
        message["In-Reply-To"] = message["References"] = f"<{envelope.answers_id}@{domain}>"
    message["Date"] = format_datetime(envelope.created_at)
    message["From"] = formataddr(author)
    message["To"] = formataddr(parse_address(envelope.recipient) or _NOBODY)
    message["Subject"] = _unstructured(view.subject)  # type: ignore[assignment]  # typeshed: str only
    _add_list_headers(message, envelope, domain)
    own = own or MailTemplates()
    message.attach(_part(text_body(view, own), "plain"))
    message.attach(_part(html_body(view, own), "html"))
    return message.as_bytes().decode("ascii")


def _add_list_headers(message: MIMEMultipart, envelope: Envelope, domain: str) -> None:
    message["List-Id"] = f"<{envelope.list_name}.{domain}>"
    if envelope.unsubscribe:
        message["List-Unsubscribe"] = _OneLine(f"<{envelope.unsubscribe}>")  # type: ignore[assignment]  # typeshed: str only
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # RFC 3834: keeps holiday notes and other robots from answering.
    message["Auto-Submitted"] = "auto-generated"
    if envelope.is_high:
        message["Importance"] = "high"  # RFC 4021, section 2.1.54


def _unstructured(text: str) -> Header:
    """Encode where needed (RFC 2047): other scripts, and ASCII that would be read as encoded."""
    return Header(text, "us-ascii" if text.isascii() and "=?" not in text else "utf-8", header_name="Subject")


def _part(body: str, subtype: str) -> MIMEText:
    charset = Charset("utf-8")
    charset.body_encoding = _shorter_encoding(body)
    part = MIMEText(body, subtype, charset, policy=_WIRE)  # type: ignore[arg-type]  # typeshed: str only
    del part["MIME-Version"]  # belongs to the message as a whole
    return part


def _shorter_encoding(body: str) -> int:
    """Quoted-printable writes a byte outside ASCII as three, base64 every three bytes as four."""
    raw = body.encode()
    outside = len(raw) - len(raw.translate(None, delete=bytes(range(128, 256))))
    return QP if 6 * outside < len(raw) else BASE64
