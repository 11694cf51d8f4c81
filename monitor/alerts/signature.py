"""Judges the signature of a webhook call as a receiver does (Standard Webhooks 1.0.0), and says what is wrong. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

SECRET_PREFIX = "whsec_"  # noqa: S105  # the mark of a secret, not one
_MARK = "v1,"
_LEAST_BYTES = 24


@dataclass(frozen=True, slots=True)
class Call:
    """What came, to the byte: the three headers and the body."""

    id: str
    timestamp: str
    signature: str
    body: bytes


def key_of(secret: str) -> bytes | None:
    """Return the key that a secret "whsec_" and base64 holds, mark and padding optional; None where it holds none."""
    encoded = secret.strip().removeprefix(SECRET_PREFIX)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def shortness(secret: str) -> str | None:
    """Return in words that a secret holds too short a key (Standard Webhooks 1.0.0: 24 to 64 bytes); None else."""
    key = key_of(secret)
    if key is None or len(key) >= _LEAST_BYTES:
        return None
    return f"the signing secret holds {len(key)} bytes, of at least {_LEAST_BYTES}: openssl rand -base64 32 makes one"


def fault(call: Call, key: bytes, *, now_s: float, max_age_s: float) -> str | None:
    """Return in words why a call is not to be believed; None where it is."""
    try:
        age_s = now_s - int(call.timestamp)
    except ValueError:
        return f"the timestamp {call.timestamp!r} is no number of seconds since 1970"
    signatures = [each.removeprefix(_MARK) for each in call.signature.split() if each.startswith(_MARK)]
    if not signatures:
        return 'the signature header has no signature that starts with "v1,"'
    if not _matches(call, call.body, signatures, key):
        return _mismatch(call, signatures, key)
    if abs(age_s) > max_age_s:
        return f"the signature is right, but the timestamp is {abs(age_s):.0f} s {'old' if age_s > 0 else 'ahead'}"
    return None


def _mismatch(call: Call, signatures: list[str], key: bytes) -> str:
    """Name the usual mistakes: a body that was touched at its end before it was verified."""
    said = "the signature is not that of this id, timestamp and body with this secret"
    touched = {
        "without the line break at its end": call.body.rstrip(b"\r\n"),
        "with a line break at its end": call.body + b"\n",
    }
    for how, body in touched.items():
        if body != call.body and _matches(call, body, signatures, key):
            return f"{said}; that of the body {how} it is: verify the bytes as they came"
    return said


def _matches(call: Call, body: bytes, signatures: list[str], key: bytes) -> bool:
    signed = f"{call.id}.{call.timestamp}.".encode() + body
    right = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    return any(hmac.compare_digest(right, each.encode("utf-8", "replace")) for each in signatures)
