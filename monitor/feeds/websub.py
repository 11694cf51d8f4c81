"""Subscriptions at hubs: what to ask for and when, what to answer a hub, and whether a push is authentic. Pure.

wanted -> request -> hub asks back -> confirmed until the lease ends -> renewed before that
                                   -> denied: polled as any other feed
no longer wanted -> leaving -> request -> hub asks back -> forgotten

A feed has at most one subscription that is wanted, and besides those that it leaves. Source: W3C Recommendation WebSub
of 2 June 2026; its sections are named where they rule.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from monitor.errors import StoreError
from monitor.feeds.discover import Offer

#: Lease that hubs are asked for; they grant what they like (section 8.2: "10 days is a good default").
LEASE_S = 10 * 86400
#: Bounds of what we believe of a granted lease.
_LEASES_S = (1, 90 * 86400)
#: Share of a lease after which it is renewed.
_RENEWED_AFTER = 0.8
#: Pauses before a request is repeated that failed, or that no verification followed.
_PAUSES_S = (300, 1800, 7200, 21_600, 86_400)
#: A denial counts so long; section 5.2: "the subscription is not possible anymore".
_DENIED_S = 30 * 86400
#: Requests to end a subscription before it is left to run out.
_FAREWELLS = 3
#: Section 5.3; a length is ours to set (section 8.2).
_CHALLENGE = re.compile(r"[+\-./0-9=A-Z_a-z]{1,1024}")
#: Section 7.1.1.
_ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
#: An entry that a poll finds so long after its publication should have been pushed.
_MISSED_AFTER_S = 900
#: Of the record; raised when its meaning changes.
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed's subscription at one hub; callback and secret are its own and known to the hub alone."""

    #: Last part of the callback's path.
    token: str
    hub: str
    topic: str
    callback: str
    #: Key of the signatures.
    secret: str
    phase: Literal["wanted", "denied", "leaving"] = "wanted"
    #: When something is to be done about it.
    next_at: datetime
    #: Requests since the hub last confirmed anything.
    attempts: int = 0
    #: Until when the hub has promised to push; None: it never has.
    lease_until: datetime | None = None
    v: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Capability:
    """What makes a callback unguessable and its pushes authentic: random, made for one subscription."""

    token: str
    secret: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a hub is answered, and the subscription after that (None: forgotten)."""

    status: int
    body: str
    subscription: Subscription | None


def to_record(subscription: Subscription) -> str:
    """Write a subscription as JSON."""
    return msgspec.json.encode(subscription).decode()


def from_record(text: str) -> Subscription:
    """Read what `to_record` wrote. Raises StoreError for what is damaged or of a newer version."""
    try:
        subscription = msgspec.json.decode(text, type=Subscription)
    except msgspec.MsgspecError as error:
        raise StoreError("subscription", f"cannot be read: {error}", temporary=False) from error
    if subscription.v > SCHEMA_VERSION:
        raise StoreError("subscription", f"has schema version {subscription.v}; this version reads {SCHEMA_VERSION}")
    return subscription


# What to subscribe.


def reconcile(
    held: Iterable[Subscription], offer: Offer | None, *, callbacks: str | None, fresh: Capability, now: datetime
) -> tuple[Subscription, ...]:
    """Bring a feed's subscriptions in line with what its publisher offers.

    `callbacks` is the address under which the feed's callbacks lie, None where no hub could reach us. What was
    subscribed elsewhere is left; a new subscription takes `fresh`.
    """
    wish = offer if callbacks else None
    sorted_out = [each if _serves(each, wish, callbacks) else leave(each, now=now) for each in held]
    if wish and not any(each.phase != "leaving" for each in sorted_out):
        callback = f"{callbacks}/{fresh.token}"
        sorted_out.append(
            Subscription(
                token=fresh.token, hub=wish.hub, topic=wish.topic, callback=callback, secret=fresh.secret, next_at=now
            )
        )
    return tuple(sorted_out)


def _serves(held: Subscription, wish: Offer | None, callbacks: str | None) -> bool:
    return (
        held.phase != "leaving" and wish == Offer(held.hub, held.topic) and held.callback == f"{callbacks}/{held.token}"
    )


def leave(held: Subscription, *, now: datetime) -> Subscription:
    """Let a subscription go; nothing changes where that is under way."""
    return held if held.phase == "leaving" else replace(held, phase="leaving", attempts=0, next_at=now)


def is_over(held: Subscription, *, now: datetime) -> bool:
    """Tell whether a subscription that is left can be forgotten: never confirmed, run out, or asked for in vain."""
    runs = held.lease_until is not None and held.lease_until > now
    in_vain = held.attempts >= _FAREWELLS and held.next_at <= now
    return held.phase == "leaving" and (in_vain or not runs)


# What to ask a hub.


def request_form(held: Subscription) -> dict[str, str]:
    """Give the parameters of the request that is due. Source: section 5.1.

    Renewals keep callback and secret: the hub then prolongs one subscription (section 5.1: a request overrides the
    former one of the same topic and callback), where new ones would leave two that push.
    """
    form = {"hub.callback": held.callback, "hub.topic": held.topic}
    if held.phase == "leaving":
        return {"hub.mode": "unsubscribe", **form}
    return {"hub.mode": "subscribe", **form, "hub.lease_seconds": str(LEASE_S), "hub.secret": held.secret}


def requested(held: Subscription, *, retry_after_s: float | None, now: datetime) -> Subscription:
    """Note that the hub was asked, with or without success; unless it confirms, it is asked again later.

    A denial has had its time then: it is a request like the first.
    """
    pause_s = max(_PAUSES_S[min(held.attempts, len(_PAUSES_S) - 1)], retry_after_s or 0)
    phase = "wanted" if held.phase == "denied" else held.phase
    return replace(held, phase=phase, attempts=held.attempts + 1, next_at=now + timedelta(seconds=pause_s))


# What to answer a hub.


def answer_hub(held: Subscription | None, query: Mapping[str, str], *, now: datetime) -> Verdict:
    """Answer a hub that verifies our intent, or denies a subscription. Source: sections 5.2 and 5.3.

    What we did not ask for, for this topic and by this callback, gets 404 and changes nothing.
    """
    if held is not None and query.get("hub.topic") == held.topic:
        mode, wanted = query.get("hub.mode"), held.phase != "leaving"
        if mode == "denied" and wanted:
            until = now + timedelta(seconds=_DENIED_S)
            return Verdict(200, "", replace(held, phase="denied", lease_until=None, attempts=0, next_at=until))
        challenge = query.get("hub.challenge", "")
        if mode == ("subscribe" if wanted else "unsubscribe") and _CHALLENGE.fullmatch(challenge):
            return Verdict(200, challenge, _confirmed(held, query, now) if wanted else None)
    return Verdict(404, "", held)


def _confirmed(held: Subscription, query: Mapping[str, str], now: datetime) -> Subscription:
    """Count a lease from now, when the hub verified it (section 5.3)."""
    lease_s = _lease_s(query.get("hub.lease_seconds", ""))
    return replace(
        held,
        phase="wanted",
        attempts=0,
        lease_until=now + timedelta(seconds=lease_s),
        next_at=now + timedelta(seconds=lease_s * _RENEWED_AFTER),
    )


def _lease_s(text: str) -> int:
    """Read a lease; hubs of older drafts leave it out, and then hold to what was asked."""
    shortest, longest = _LEASES_S
    return min(max(int(text), shortest), longest) if re.fullmatch(r"[0-9]{1,18}", text) else LEASE_S


# Pushes.


def takes_pushes(held: Subscription) -> bool:
    """Tell whether a push by this subscription is wanted; by any other the hub is told that it is gone (section 7)."""
    return held.phase == "wanted"


def is_authentic(body: bytes, signature: str, secret: str) -> bool:
    """Check `X-Hub-Signature`, `method=hex`, in constant time. Source: sections 7.1 and 7.1.2."""
    method, _, digest = signature.strip().partition("=")
    if method.lower() not in _ALGORITHMS:
        return False
    expected = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(expected.encode(), digest.strip().lower().encode())


# What polls make of subscriptions.


def relied_on_until(push_until: datetime | None, found: Iterable[datetime], *, now: datetime) -> datetime | None:
    """Tell how long a hub is still relied on after a poll that found entries new, published at these times.

    It is not any more where its lease is over, or where one of the entries should have been pushed long before. The
    next push restores the trust.
    """
    if push_until is None or push_until <= now:
        return None
    return None if any((now - each).total_seconds() > _MISSED_AFTER_S for each in found) else push_until


def rest_s(push_until: datetime, *, usual_s: float, longest_s: float, now: datetime) -> float:
    """Choose the interval of a feed whose changes are pushed: the longest, but no longer than the lease holds."""
    return max(usual_s, min((push_until - now).total_seconds(), longest_s))
