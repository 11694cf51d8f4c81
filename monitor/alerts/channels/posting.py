"""Posts JSON to a chat service and hands its answer, free of secrets, to whoever can read it.

Chat services say no with HTTP 200 and an error code of their own, so here no status alone means "delivered". Redirects
are not followed: the address of a hook is a secret, and goes where the settings say or nowhere.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from monitor.alerts.outcome import (
    ChannelAtFault,
    ChannelGone,
    Delivered,
    Later,
    MessageAtFault,
    Outcome,
    of_fetch_error,
    of_http_status,
)
from monitor.alerts.pace import Pace
from monitor.alerts.wording import clip, one_line
from monitor.errors import FetchError
from monitor.model import Delivery
from monitor.net.client import Client
from monitor.net.messages import Request
from monitor.net.retry_after import retry_after_s
from monitor.settings.secrets import MASK

_MAX_ANSWER_BYTES = 64 * 1024
_MAX_ANSWER_TEXT = 300
#: What is shorter may be a word of the answer, and is no secret worth the name.
_LEAST_SECRET = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where one channel posts to; the client is shared, and whoever made it closes it."""

    client: Client
    channel_id: str
    #: The whole address, which is a secret.
    url: str
    timeout_s: float
    #: What its requests are signed with; None: they are not.
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered."""

    service: str
    status: int
    headers: Mapping[str, str]
    #: Its first words, on one line.
    text: str
    #: The members of the JSON object that it is; none where it is something else.
    fields: Mapping[str, Any]
    at: datetime

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that the Retry-After header asks for."""
        return retry_after_s(self.headers.get("retry-after"), self.at)


@dataclass(frozen=True, slots=True)
class Codes:
    """What the error codes of one service mean; 0 is success, and a code that nobody knows is tried again."""

    #: Too fast, or too busy, and the seconds after which to try again.
    later: Mapping[int, float] = field(default_factory=dict)
    #: No message would get through, and what to do about it.
    channel: Mapping[int, str] = field(default_factory=dict)
    #: The receiver is gone for good.
    gone: Mapping[int, str] = field(default_factory=dict)
    #: This message will never be taken.
    message: frozenset[int] = frozenset()


#: From the hook, a delivery's body and the time, to the address and body of one attempt, to which signatures belong.
Prepare = Callable[[Hook, str, datetime], tuple[str, str]]


def as_made(hook: Hook, body: str, _at: datetime) -> tuple[str, str]:
    """Send a body to the hook's address as it was made."""
    return hook.url, body


class ChatChannel:
    """A channel of one chat service: posts messages to one hook, and keeps the service's pace."""

    def __init__(
        self,
        hook: Hook,
        *,
        service: str,
        rates: tuple[tuple[int, float], ...],
        read: Callable[[Reply], Outcome],
        prepare: Prepare = as_made,
    ) -> None:
        """`service` is the name for people; at most `count` messages go out in `per_s` seconds, for each of `rates`.

        `read` says what an answer means.
        """
        #: How fast the service lets us send.
        self.pace = Pace(*rates)
        self._hook = hook
        self._service = service
        self._read = read
        self._prepare = prepare
        #: What no answer may show, though a service may repeat it.
        self._secrets = _secrets_of(hook.url, hook.secret or "")

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Post the message once. A wait that the answer asks for holds for the whole channel."""
        url, body = self._prepare(self._hook, delivery.body, attempted_at)
        request = Request(
            url=url,
            method="POST",
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=body.encode(),
            timeout_s=self._hook.timeout_s,
            max_bytes=_MAX_ANSWER_BYTES,
            follow_redirects=False,
            shown_url=f"{self._service} channel {self._hook.channel_id}",
        )
        try:
            response = await self._hook.client.send(request)
        except FetchError as error:
            outcome = _unanswered(error, attempted_at)
            return replace(outcome, answer=self._masked(outcome.answer))
        text = self._masked(response.body.decode("utf-8", "replace"))
        outcome = self._read(
            Reply(
                self._service,
                response.status,
                response.headers,
                clip(one_line(text), _MAX_ANSWER_TEXT),
                _fields(text),
                attempted_at,
            )
        )
        if isinstance(outcome, Later) and outcome.retry_after_s:
            self.pace.rest(asyncio.get_running_loop().time(), outcome.retry_after_s)
        return outcome

    async def close(self) -> None:
        """Do nothing: the connections are the client's."""

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text


def with_fields(body: str, fields: Mapping[str, Any]) -> str:
    """Return a JSON object with further members before its own, which stay to the letter."""
    return json.dumps(fields, ensure_ascii=False)[:-1] + "," + body[1:] if fields else body


def of_code(reply: Reply, code: object, said: str, codes: Codes) -> Outcome:
    """Return what a service's own code means; the status decides where there is none."""
    if not isinstance(code, int) or isinstance(code, bool):
        return of_status(reply)
    answer = f"{reply.service} {code}: {clip(one_line(said), _MAX_ANSWER_TEXT)}"
    if code == 0:
        return Delivered(answer)
    if code in codes.later:
        return Later(answer, reply.retry_after_s or codes.later[code])
    if code in codes.channel:
        return ChannelAtFault(f"{answer} ({codes.channel[code]})")
    if code in codes.gone:
        return ChannelGone(f"{answer} ({codes.gone[code]})")
    return MessageAtFault(answer) if code in codes.message else Later(answer, reply.retry_after_s)


def of_status(reply: Reply) -> Outcome:
    """Return what an answer means that is not in the service's words: never that the message has arrived."""
    if 200 <= reply.status < 400:
        said = "no redirect is followed" if reply.status >= 300 else f"not in the words of {reply.service}"
        return ChannelAtFault(f"HTTP {reply.status}, {said}: is the address right? {reply.text}".strip())
    return of_http_status(reply.status, reply.headers, now=reply.at, text=reply.text)


def _secrets_of(url: str, secret: str) -> tuple[str, ...]:
    """Return what in an address, beside the address and the secret, must never be shown: the longest first."""
    parts = urlsplit(url)
    found = {url, secret, *re.split("[/:]", parts.path), *(value for _, value in parse_qsl(parts.query))}
    return tuple(sorted((each for each in found if len(each) >= _LEAST_SECRET), key=len, reverse=True))


def _unanswered(error: FetchError, at: datetime) -> Outcome:
    """Return what a request without a complete answer means: of a 2xx that broke off nobody knows what it said."""
    if error.status is not None and 200 <= error.status < 300:
        return Later(f"HTTP {error.status}, and then {error.cause}")
    return of_fetch_error(error, now=at)


def _fields(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
