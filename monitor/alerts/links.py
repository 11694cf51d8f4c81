"""Turns what a reader may answer to an alert into signed addresses, and a token back into what it asks for. Pure.

A token is base64url (RFC 4648, section 5, unpadded) of 16 bytes of HMAC-SHA256 (RFC 2104) and the MessagePack of
purpose, day of signing and fields. It holds no secret and needs no memory: who has the key can tell that we wrote it,
and what it says cannot be another reader's, another alert's or another purpose's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Verdict = Literal["yes", "no"]
Purpose = Literal["yes", "no", "mute", "unsubscribe"]

#: The path, under the public address, of the pages that tokens open.
PATH = "/f/"
#: Days for which a token holds, from the day of its alert; None: for ever, as who may unsubscribe once may always.
LASTS_DAYS: dict[Purpose, int | None] = {"yes": 90, "no": 90, "mute": 90, "unsubscribe": None}

#: Purposes as they stand in tokens. Never changed: mails of last year carry them.
_LETTERS: dict[Purpose, str] = {"yes": "y", "no": "n", "mute": "m", "unsubscribe": "u"}
_PURPOSES: dict[str, Purpose] = {letter: purpose for purpose, letter in _LETTERS.items()}
#: What stands before the letter in the links of a trial, which do nothing.
_TRIAL = "t"
#: Keeps our signatures apart from whatever else the same key may sign.
_DOMAIN = b"news-monitor link 1\0"
_SIGNATURE_BYTES = 16
_ALERT = "alt_"
#: Longer ones are not even looked at.
_MOST_CHARACTERS = 2_048

#: The alert is bytes where it is one of our ids, else text.
_BODY = msgspec.msgpack.Decoder(tuple[str, int, Any, str, str, str])


@dataclass(frozen=True, slots=True)
class Request:
    """What a token that we signed asks for."""

    purpose: Purpose
    #: "" in one to unsubscribe.
    alert_id: str
    watchlist_id: str
    #: Of whom it was told; "" in feedback.
    channel_id: str = ""
    recipient: str = ""
    #: Days since 1970 (UTC); 0: undated.
    day: int = 0
    #: Of an alert that was only sent to try a channel: nothing is to follow from it.
    is_trial: bool = False

    def is_expired(self, now: datetime) -> bool:
        """Tell whether it comes too late; an undated one does not."""
        lasts = LASTS_DAYS[self.purpose]
        return lasts is not None and self.day > 0 and _day_of(now) > self.day + lasts


@dataclass(frozen=True, slots=True, repr=False)
class Links:
    """The addresses that an alert carries."""

    #: Without a slash at its end.
    public_url: str
    #: The first signs, all verify: so that a former key's links still work.
    keys: Sequence[bytes]
    day: int = 0
    is_trial: bool = False

    def at(self, created_at: datetime) -> Links:
        """Return the links of an alert of this time, from which they last; made again, they are the same."""
        return self.on(_day_of(created_at))

    def on(self, day: int) -> Links:
        """Return the links of an alert of this day since 1970."""
        return replace(self, day=day)

    def for_trial(self) -> Links:
        """Return links that look alike and do nothing."""
        return replace(self, is_trial=True)

    @property
    def one_click(self) -> bool:
        """Tell whether mails may offer to unsubscribe by one click: RFC 8058, section 3.1, wants HTTPS."""
        return self.public_url.startswith("https://")

    def feedback(self, alert_id: str, watchlist_id: str, verdict: Verdict) -> str:
        """Return the address that says whether an alert was relevant."""
        return self._url(Request(verdict, alert_id, watchlist_id, day=self.day))

    def mute(self, alert_id: str, watchlist_id: str, channel_id: str, recipient: str) -> str:
        """Return the address that mutes a watchlist on a channel for 24 hours."""
        return self._url(Request("mute", alert_id, watchlist_id, channel_id, recipient, day=self.day))

    def unsubscribe(self, watchlist_id: str, channel_id: str, recipient: str) -> str:
        """Return the address that ends a watchlist's alerts to one recipient of a channel."""
        return self._url(Request("unsubscribe", "", watchlist_id, channel_id, recipient))

    def verify(self, token: str) -> Request | None:
        """Return what a token asks for, be it late or not; None where none of our keys has signed it."""
        signed = _bytes_of(token)
        if signed is None or len(signed) <= _SIGNATURE_BYTES:
            return None
        signature, body = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        genuine = [hmac.compare_digest(signature, _signature(key, body)) for key in self.keys]
        return _read(body) if any(genuine) else None

    def _url(self, request: Request) -> str:
        body = _written(replace(request, is_trial=self.is_trial))
        token = base64.urlsafe_b64encode(_signature(self.keys[0], body) + body).rstrip(b"=").decode()
        return f"{self.public_url}{PATH}{token}"


def _day_of(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // 86_400)


def _signature(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _DOMAIN + body, hashlib.sha256)[:_SIGNATURE_BYTES]


def _bytes_of(token: str) -> bytes | None:
    """Decode a token; None where it is not written as we write them, to the letter."""
    if len(token) > _MOST_CHARACTERS or not token.isascii():
        return None
    try:
        decoded = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return decoded if base64.urlsafe_b64encode(decoded).rstrip(b"=") == token.encode() else None


def _written(request: Request) -> bytes:
    letter, alert = _TRIAL * request.is_trial + _LETTERS[request.purpose], _packed(request.alert_id)
    return msgspec.msgpack.encode(
        (letter, request.day, alert, request.watchlist_id, request.channel_id, request.recipient)
    )


def _read(body: bytes) -> Request | None:
    """Read what we have signed; None where a newer version wrote it."""
    try:
        letter, day, alert, watchlist, channel, recipient = _BODY.decode(body)
    except msgspec.MsgspecError:
        return None
    purpose, is_trial = _PURPOSES.get(letter[-1:]), letter[:-1] == _TRIAL
    if purpose is None or letter != _TRIAL * is_trial + _LETTERS[purpose]:
        return None
    return Request(purpose, _unpacked(alert), watchlist, channel, recipient, day, is_trial)


def _packed(alert_id: str) -> bytes | str:
    """Write an alert's id as the 20 bytes that it is made of, where it is one of ours."""
    digits = alert_id.removeprefix(_ALERT)
    try:
        digest = base64.b32decode(digits.upper())
    except (binascii.Error, ValueError):
        return alert_id
    return digest if digest and _unpacked(digest) == alert_id else alert_id


def _unpacked(alert: bytes | str) -> str:
    return alert if isinstance(alert, str) else _ALERT + base64.b32encode(alert).decode().lower()
