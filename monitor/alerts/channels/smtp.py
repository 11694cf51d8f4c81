"""One SMTP conversation, stage by stage: whatever is no yes becomes `RefusedError` with its stage."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from monitor.alerts.outcome import SmtpStage
from monitor.alerts.wording import clip, one_line

_MAX_ANSWER_TEXT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mail server and how we log in there."""

    host: str
    port: int
    #: "starttls" is required then: a server without it gets nothing in plain text.
    security: Literal["starttls", "tls", "none"]
    username: str | None = None
    password: str | None = None
    #: Certificates to trust in place of the system's.
    ca_file: str | None = None
    #: For each answer of the server.
    timeout_s: float = 30.0


class RefusedError(Exception):
    """Raised when a stage got no yes; `code` is None where the connection broke, timed out or made no sense."""

    def __init__(self, stage: SmtpStage, code: int | None, text: str) -> None:
        super().__init__(stage, code, text)
        self.stage = stage
        self.code = code
        self.text = text


async def open_session(account: Account) -> aiosmtplib.SMTP:
    """Connect, encrypt and log in as the account says; raise RefusedError where that fails."""
    with _stage("connect"):
        smtp = await _connected(account)
    try:
        with _stage("ehlo"):
            await _greet(smtp)
        if account.security == "starttls":
            with _stage("starttls"):
                await smtp.starttls()
        if account.username is not None:
            with _stage("auth"):
                await smtp.login(account.username, account.password or "")
    except BaseException:
        smtp.close()
        raise
    return smtp


async def transmit(smtp: aiosmtplib.SMTP, message: bytes, *, sender: str, recipient: str) -> tuple[int, str]:
    """Send one message to one recipient and return the server's yes; raise RefusedError where there is none."""
    with _stage("mail"):
        await smtp.mail(sender)
    with _stage("rcpt"):
        await smtp.rcpt(recipient)
    with _stage("data"):
        code, text = await smtp.data(message)
    return code, _shown(text)


@contextmanager
def _stage(stage: SmtpStage) -> Iterator[None]:
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        # The library writes -1 for an answer that is no SMTP.
        raise RefusedError(stage, error.code if error.code > 0 else None, _shown(error.message)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise RefusedError(stage, None, _shown(str(error) or type(error).__name__)) from error


async def _connected(account: Account) -> aiosmtplib.SMTP:
    smtp = aiosmtplib.SMTP(
        hostname=account.host,
        port=account.port,
        timeout=account.timeout_s,
        use_tls=account.security == "tls",
        start_tls=False,
        tls_context=None if account.security == "none" else await asyncio.to_thread(_trust, account.ca_file),
        local_hostname="localhost",
    )
    await smtp.connect()
    smtp.local_hostname = _own_name(smtp)
    return smtp


def _trust(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise OSError(f"ca_file {ca_file} cannot be used: {error.strerror or error}") from error


def _own_name(smtp: aiosmtplib.SMTP) -> str:
    """Name this host without asking DNS, which may hang: its full name, else its address (RFC 5321 section 4.1.4)."""
    name = socket.gethostname()
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        return name
    address = str(smtp.get_transport_info("sockname")[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


async def _greet(smtp: aiosmtplib.SMTP) -> None:
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not smtp.is_connected:
            raise
        await smtp.helo()  # RFC 5321 section 3.2: a server may know only the older greeting


def _shown(text: str) -> str:
    return clip(one_line(text), _MAX_ANSWER_TEXT)
