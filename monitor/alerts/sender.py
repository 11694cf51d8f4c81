"""Who mails are from: on their face, and on their envelope, to which reports of undeliverable mail go. Pure."""

from __future__ import annotations

import re

from monitor.alerts.wording import one_line
from monitor.settings.channels import MailSettings

_BARE = re.compile(r"(?P<address>[^\s<>@\",]+@[^\s<>@\",]+)")
_NAMED = re.compile(rf"(?P<name>[^<>\x00-\x1f\x7f]*)<{_BARE.pattern}>")
#: Stands in the messages of a mailbox folder where no mail is set up.
DEFAULT_SENDER = "News monitor <news-monitor@localhost>"


def sender_of(mail: MailSettings) -> str:
    """Return the sender of these mail settings: the user name where none is given and it is an address."""
    if mail.sender:
        return mail.sender
    return mail.username if mail.username and "@" in mail.username else DEFAULT_SENDER


def envelope_sender_of(mail: MailSettings) -> str:
    """Return where a mail server reports what it could not deliver (RFC 5321, section 4.4: the Return-Path)."""
    return mail.bounce_to or sender_of(mail)


def parse_address(text: str) -> tuple[str, str] | None:
    """Return name and address of "Name <user@host>" or "user@host"; None where there is no address in ASCII."""
    found = _NAMED.fullmatch(text) or _BARE.fullmatch(text)
    if not found or not found["address"].isascii():
        return None
    return one_line(found.groupdict().get("name") or "").strip('" '), found["address"]
