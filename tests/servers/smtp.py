"""A real mail server (aiosmtpd) in the test's own loop, whose answers can be scripted stage by stage.

It records every message that it accepted, with its envelope. It delivers nothing anywhere.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, Self

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.script import Changes, Script

#: Certificate and key for 127.0.0.1 and localhost, self-signed: a client that should trust it gets it as its CA file.
CERTIFICATE = Path(__file__).with_name("loopback.pem")

#: "END" comes after the message has been recorded and before the sender is told.
Stage = Literal["CONNECT", "AUTH", "MAIL", "RCPT", "DATA", "END", "QUIT"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a stage answers in place of its yes."""

    #: Whole reply, e.g. "450 4.2.0 try later"; "" lets the stage go on (after `held_until`).
    reply: str = ""
    #: The answer waits until this is set.
    held_until: asyncio.Event | None = None
    #: The connection is broken without an answer.
    drop: bool = False


#: Breaks the connection.
DROP = Refusal(drop=True)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it was accepted."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    received_at: datetime
    #: Whether it came over TLS, and the user who had logged in.
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"] or "")


class MailServer:
    """An SMTP server on one port of 127.0.0.1; `security` is "none", "starttls" (required) or "tls"."""

    def __init__(
        self,
        *,
        security: Literal["none", "starttls", "tls"] = "none",
        credentials: tuple[str, str] | None = None,
    ) -> None:
        self.security = security
        self.credentials = credentials
        #: Free until the first start, then kept.
        self.port = 0
        #: Every accepted message, in order of arrival.
        self.mails: list[Mail] = []
        #: The first message of each Message-ID: what a mail store that honours the id shows.
        self.distinct: dict[str, Mail] = {}
        #: Replies to RCPT for single addresses, e.g. {"gone@example.org": "550 5.1.1 no such user"}.
        self.refused_recipients: dict[str, str] = {}
        self._scripts: dict[Stage, Script[Refusal | None]] = {}
        self._changes = Changes()
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.Transport] = set()

    def at(self, stage: Stage) -> Script[Refusal | None]:
        """Return the script of a stage; None in it means yes."""
        return self._scripts.setdefault(stage, Script(None))

    def next(self, stage: Stage) -> Refusal | None:
        """Take the next answer of a stage."""
        return self._scripts[stage].next() if stage in self._scripts else None

    def record(self, mail: Mail) -> None:
        """Keep an accepted message and wake those who wait for it."""
        self.mails.append(mail)
        self.distinct.setdefault(mail.id, mail)
        self._changes.happened()

    async def until(self, condition: Callable[[], bool], *, within_s: float = 25.0) -> None:
        """Return once `condition()` holds after some message; fail after `within_s` seconds."""
        await self._changes.until(condition, within_s=within_s, say=self._say)

    async def received(self, count: int, *, within_s: float = 25.0) -> None:
        """Return once `count` different messages have been accepted."""
        await self.until(lambda: len(self.distinct) >= count, within_s=within_s)

    async def start(self) -> Self:
        """Listen; after a stop, on the same port as before."""
        context = self._tls() if self.security == "tls" else None
        self._server = await asyncio.get_running_loop().create_server(
            self._protocol, "127.0.0.1", self.port, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stop listening and break the open connections, as a crash would."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for transport in tuple(self._transports):
            transport.abort()
        self._transports.clear()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def _protocol(self) -> asyncio.Protocol:
        refusal = self.next("CONNECT")
        if refusal:
            return _Refused(refusal.reply)
        return _Conversation(
            self._transports,
            _Stages(self),
            hostname="localhost",
            loop=asyncio.get_running_loop(),
            tls_context=self._tls() if self.security == "starttls" else None,
            require_starttls=self.security == "starttls",
            auth_required=self.credentials is not None,
            auth_require_tls=self.security == "starttls",
            authenticator=self._authenticate,
        )

    def _authenticate(
        self, smtp: SMTP, session: Session, envelope: Envelope, how: str, data: LoginPassword
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.credentials, handled=False, auth_data=data)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        return context

    def _say(self) -> str:
        return f"{len(self.mails)} messages, {len(self.distinct)} different"


class _Stages:
    """The hooks by which aiosmtpd asks at each stage."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_AUTH(self, smtp: SMTP, session: Session, envelope: Envelope, args: list[str]) -> Any:  # noqa: N802  # aiosmtpd's name
        return await self._refuse("AUTH", smtp) or MISSING

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := await self._refuse("MAIL", smtp):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := await self._refuse("RCPT", smtp) or self._server.refused_recipients.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if reply := await self._refuse("DATA", smtp):
            return reply
        self._server.record(_mail(session, envelope, encrypted=self._server.security == "tls"))
        return await self._refuse("END", smtp) or "250 OK"

    async def handle_QUIT(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        return await self._refuse("QUIT", smtp) or "221 Bye"

    async def _refuse(self, stage: Stage, smtp: SMTP) -> str:
        refusal = self._server.next(stage)
        if refusal is None:
            return ""
        if refusal.held_until:
            await refusal.held_until.wait()
        if refusal.drop:
            smtp.transport.abort()
            await asyncio.Event().wait()  # aiosmtpd cancels this task once the connection is gone
        return refusal.reply


def _mail(session: Session, envelope: Envelope, *, encrypted: bool) -> Mail:
    return Mail(
        sender=envelope.mail_from,
        recipients=tuple(envelope.rcpt_tos),
        content=envelope.original_content,
        received_at=datetime.now(UTC),
        encrypted=encrypted or session.ssl is not None,
        user=session.auth_data.login.decode() if session.auth_data else None,
    )


class _Conversation(SMTP):
    """A connection that the server can find again to break it."""

    def __init__(self, open_transports: set[asyncio.Transport], stages: _Stages, **options: Any) -> None:
        super().__init__(stages, **options)
        self._open_transports = open_transports

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._open_transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_transports.discard(self.transport)
        super().connection_lost(error)


class _Refused(asyncio.Protocol):
    """A connection that is told one line, or nothing, and closed."""

    def __init__(self, reply: str) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # only this kind is made
        transport.write(f"{self._reply}\r\n".encode() if self._reply else b"")
        transport.close()
