"""Turns an answer (HTTP status, SMTP code, failed request) into what follows for the delivery and for its channel.

Pure: it names the consequence, `retry` the moment, the notifier carries both out. `answer` is one line for people; it
never holds an address of the channel, which may be a secret.

| answer | outcome |
|---|---|
| 2xx; SMTP 2xx to the message | `Delivered` |
| 408, 425, 429, 5xx, no answer after the request went out; SMTP 4xx from MAIL on | `Later` |
| no connection, DNS, TLS; 401, 403, 404, 407; SMTP 535, any refusal before MAIL, 5xx to MAIL | `ChannelAtFault` |
| 410 | `ChannelGone` |
| other 3xx and 4xx; SMTP 5xx to RCPT or DATA | `MessageAtFault` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Literal, TypeAlias

from monitor.errors import FetchError
from monitor.net.retry_after import retry_after_s


@dataclass(frozen=True, slots=True)
class Delivered:
    """The recipient's server took it."""

    answer: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not taken now; the delivery goes to its next rung."""

    answer: str
    #: Seconds before which the server asked not to be tried again.
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class ChannelAtFault:
    """No message would get through: the channel waits with all its deliveries and probes itself."""

    answer: str


@dataclass(frozen=True, slots=True)
class ChannelGone:
    """The receiver asked for no more (HTTP 410): the channel is disabled until a person undoes it."""

    answer: str


@dataclass(frozen=True, slots=True)
class MessageAtFault:
    """This message will never be taken by this recipient: a dead letter."""

    answer: str


Outcome: TypeAlias = Delivered | Later | ChannelAtFault | ChannelGone | MessageAtFault

#: How far an SMTP conversation had come when the answer was given.
SmtpStage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data"]

_LATER_STATUSES = frozenset({408, 425, 429})
_CHANNEL_STATUSES = frozenset({401, 403, 404, 407})
_CHANNEL_PHASES = frozenset({"address", "dns", "connect", "tls", "proxy"})
_MESSAGE_STAGES = frozenset({"mail", "rcpt", "data"})
_AUTHENTICATION_FAILED = 535


def of_http_status(status: int, headers: Mapping[str, str], *, now: datetime, text: str = "") -> Outcome:
    """Return what a webhook's answer means; `headers` have lower-case names, `text` is what the answer's body says.

    What is no final HTTP status at all (1xx, 600) says nothing of the message, so it is tried again.
    """
    answer = _http_answer(status, text)
    if 200 <= status < 300:
        return Delivered(answer)
    if status == HTTPStatus.GONE:
        return ChannelGone(answer)
    if status in _CHANNEL_STATUSES:
        return ChannelAtFault(answer)
    if 300 <= status < 500 and status not in _LATER_STATUSES:
        return MessageAtFault(answer)
    return Later(answer, retry_after_s(headers.get("retry-after"), now))


def of_smtp(code: int | None, text: str, stage: SmtpStage) -> Outcome:
    """Return what a mail server's answer means at this stage; `code` is None where the connection broke or timed out.

    Before MAIL no message is on the table, so every refusal, "421 try later" too, is the channel's; from MAIL on 4yz
    asks for a retry of this message (RFC 5321 section 4.2.1). A connection lost after the message was sent is tried
    again under the same Message-ID: the server may or may not have taken it.
    """
    answer = f"SMTP {stage.upper()}: {f'{code} {text}'.strip() if code else text}"
    if stage not in _MESSAGE_STAGES or code == _AUTHENTICATION_FAILED:
        return ChannelAtFault(answer)
    if stage == "data" and code and 200 <= code < 300:
        return Delivered(answer)
    if code and 500 <= code < 600:
        return ChannelAtFault(answer) if stage == "mail" else MessageAtFault(answer)
    return Later(answer)


def of_fetch_error(error: FetchError, *, now: datetime) -> Outcome:
    """Return what a request without a complete answer means.

    Where the status had come before the answer broke off, the status decides: the receiver has spoken.
    """
    if error.status is not None:
        return of_http_status(error.status, {}, now=now, text=error.cause)
    if error.phase in _CHANNEL_PHASES:
        return ChannelAtFault(error.cause)
    return Later(error.cause, error.retry_after_s)


def _http_answer(status: int, text: str) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    redirect = " (redirects are not followed)" if 300 <= status < 400 else ""
    return f"HTTP {status}{phrase}{redirect}" + (f": {text}" if text else "")
