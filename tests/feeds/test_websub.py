"""Subscriptions from the wish to the end of the lease: W3C WebSub, by section, with time as an argument."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.errors import StoreError
from monitor.feeds.discover import Offer
from monitor.feeds.websub import (
    LEASE_S,
    Capability,
    Subscription,
    answer_hub,
    from_record,
    is_authentic,
    is_over,
    leave,
    reconcile,
    relied_on_until,
    request_form,
    requested,
    rest_s,
    takes_pushes,
    to_record,
)
from tests.feeds.made import NOW

OFFER = Offer("https://hub.example/", "https://feeds.example/self")
BASE = "https://news.example/websub/wire"
FRESH = Capability("token", "secret")
(WANTED,) = reconcile((), OFFER, callbacks=BASE, fresh=FRESH, now=NOW)
QUESTION = {"hub.mode": "subscribe", "hub.topic": OFFER.topic, "hub.challenge": "abc", "hub.lease_seconds": "1000"}


def confirmed(held: Subscription = WANTED, *, lease_s: int = 1000, now: datetime = NOW) -> Subscription:
    """Let the hub confirm a subscription."""
    after = answer_hub(held, {**QUESTION, "hub.lease_seconds": str(lease_s)}, now=now).subscription
    assert after is not None
    return after


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


# 5.1: requests.


def test_a_request_has_the_parameters_of_section_5_1() -> None:
    assert request_form(WANTED) == {
        "hub.callback": f"{BASE}/token",
        "hub.mode": "subscribe",
        "hub.topic": OFFER.topic,
        "hub.lease_seconds": str(LEASE_S),
        "hub.secret": "secret",
    }
    assert request_form(leave(WANTED, now=NOW)) == {
        "hub.callback": f"{BASE}/token",
        "hub.mode": "unsubscribe",
        "hub.topic": OFFER.topic,
    }


@pytest.mark.parametrize(
    ("offer", "callbacks", "phases"),
    [
        (OFFER, BASE, ["wanted"]),
        (None, BASE, ["leaving"]),
        (OFFER, None, ["leaving"]),
        (Offer("https://other.example/", OFFER.topic), BASE, ["leaving", "wanted"]),
        (Offer(OFFER.hub, "https://feeds.example/new"), BASE, ["leaving", "wanted"]),
        (OFFER, "https://moved.example/websub/wire", ["leaving", "wanted"]),
    ],
    ids=["same", "no offer", "no address of ours", "other hub", "other topic", "other address of ours"],
)
def test_what_is_held_follows_offer_and_settings(offer: Offer | None, callbacks: str | None, phases: list[str]) -> None:
    held = confirmed()
    after = reconcile([held], offer, callbacks=callbacks, fresh=Capability("new", "key"), now=NOW)
    assert [each.phase for each in after] == phases
    assert after[0] == (held if phases == ["wanted"] else leave(held, now=NOW))
    again = reconcile(after, offer, callbacks=callbacks, fresh=Capability("third", "key"), now=later(1))
    assert again == after


def test_a_denied_subscription_is_not_made_again_for_the_same_offer() -> None:
    denied = answer_hub(WANTED, {"hub.mode": "denied", "hub.topic": OFFER.topic}, now=NOW).subscription
    assert denied is not None
    assert reconcile([denied], OFFER, callbacks=BASE, fresh=FRESH, now=NOW) == (denied,)
    assert denied.next_at - NOW >= timedelta(days=1)
    assert requested(denied, retry_after_s=None, now=denied.next_at).phase == "wanted"


def test_pauses_between_requests_grow_and_retry_after_is_heeded() -> None:
    held, pauses = WANTED, []
    for _ in range(7):
        after = requested(held, retry_after_s=None, now=NOW)
        pauses.append((after.next_at - NOW).total_seconds())
        held = after
    assert pauses == sorted(pauses)
    assert pauses[0] >= 60
    assert pauses[-1] == pauses[-2] == 86_400
    assert requested(WANTED, retry_after_s=5000, now=NOW).next_at == later(5000)


# 5.2 and 5.3: what hubs ask and tell.


def test_intent_is_verified_and_the_lease_counts_from_then() -> None:
    verdict = answer_hub(requested(WANTED, retry_after_s=None, now=NOW), QUESTION, now=later(5))
    assert (verdict.status, verdict.body) == (200, "abc")
    held = verdict.subscription
    assert held is not None
    assert held.lease_until == later(1005)
    assert held.attempts == 0


def test_a_lease_is_renewed_before_it_ends_with_the_same_callback_and_secret() -> None:
    held = confirmed(lease_s=1000)
    assert NOW < held.next_at < later(1000)
    assert request_form(held) == request_form(WANTED)
    asked = requested(held, retry_after_s=None, now=held.next_at)
    assert asked.lease_until == held.lease_until
    assert confirmed(asked, lease_s=1000, now=later(900)).lease_until == later(1900)


@pytest.mark.parametrize(
    ("granted", "lease_s"), [("", LEASE_S), ("soon", LEASE_S), ("-5", LEASE_S), ("0", 1), ("9" * 18, 90 * 86_400)]
)
def test_a_strange_lease_is_brought_within_reason(granted: str, lease_s: int) -> None:
    held = answer_hub(WANTED, {**QUESTION, "hub.lease_seconds": granted}, now=NOW).subscription
    assert held is not None
    assert held.lease_until == later(lease_s)


@pytest.mark.parametrize(
    "change",
    [
        {"hub.topic": OFFER.topic.upper()},
        {"hub.topic": ""},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "Subscribe"},
        {"hub.challenge": ""},
        {"hub.challenge": "a b"},
        {"hub.challenge": "<script>"},
        {"hub.challenge": "a" * 1025},
    ],
)
@pytest.mark.parametrize("held", [None, WANTED, confirmed()], ids=["unknown", "asked", "confirmed"])
def test_what_was_not_asked_for_gets_404_and_changes_nothing(held: Subscription | None, change: dict[str, str]) -> None:
    verdict = answer_hub(held, {**QUESTION, **change}, now=NOW)
    assert (verdict.status, verdict.body, verdict.subscription) == (404, "", held)


def test_the_challenge_may_have_every_character_of_section_5_3() -> None:
    challenge = "+-./0123456789=ABCXYZ_abcxyz"
    assert answer_hub(WANTED, {**QUESTION, "hub.challenge": challenge}, now=NOW).body == challenge


def test_a_leaving_subscription_confirms_its_end_and_nothing_else() -> None:
    leaving = leave(confirmed(), now=NOW)
    assert answer_hub(leaving, QUESTION, now=NOW).status == 404
    assert answer_hub(leaving, {**QUESTION, "hub.mode": "denied"}, now=NOW).status == 404
    verdict = answer_hub(leaving, {**QUESTION, "hub.mode": "unsubscribe"}, now=NOW)
    assert (verdict.status, verdict.body, verdict.subscription) == (200, "abc", None)


def test_a_denial_ends_the_lease_at_any_time() -> None:
    verdict = answer_hub(confirmed(), {"hub.mode": "denied", "hub.topic": OFFER.topic, "hub.reason": "no"}, now=NOW)
    assert verdict.status == 200
    assert verdict.subscription is not None
    assert verdict.subscription.lease_until is None
    assert not takes_pushes(verdict.subscription)


def test_a_subscription_is_left_until_it_has_run_out_or_was_asked_for_in_vain() -> None:
    assert is_over(leave(WANTED, now=NOW), now=NOW)  # the hub never confirmed it
    leaving = leave(confirmed(lease_s=1000), now=NOW)
    assert not is_over(leaving, now=NOW)
    assert is_over(leaving, now=later(1000))
    assert is_over(replace(leaving, attempts=3), now=NOW)
    assert not is_over(replace(leaving, attempts=3, next_at=later(60)), now=NOW)  # the hub may still ask back
    assert not is_over(confirmed(lease_s=1), now=later(10))


# 7.1: signatures.

BODY = "<rss>新闻</rss>".encode()


def signature(method: str, *, secret: str = "secret", body: bytes = BODY) -> str:
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_each_algorithm_of_section_7_1_1_is_known(method: str) -> None:
    assert is_authentic(BODY, signature(method), "secret")
    assert is_authentic(BODY, signature(method).replace(f"{method}=", f"{method.upper()}="), "secret")
    assert is_authentic(BODY, f"{method}={signature(method).partition('=')[2].upper()}", "secret")
    assert not is_authentic(BODY, signature(method, secret="other"), "secret")
    assert not is_authentic(BODY, signature(method, body=b""), "secret")
    assert not is_authentic(BODY, signature(method)[:-1], "secret")


def test_a_signature_of_the_specifications_older_example_holds() -> None:
    # RFC 2202, section 3, test case 2.
    header = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    assert is_authentic(b"what do ya want for nothing?", header, "Jefe")


@pytest.mark.parametrize(
    "header", ["", "sha256", "sha256=", "=", signature("md5"), signature("sha224"), "sha1=ü", signature("sha1")[5:]]
)
def test_what_is_no_signature_of_ours_is_refused(header: str) -> None:
    assert not is_authentic(BODY, header, "secret")


# What polls make of it.


def test_a_hub_is_relied_on_while_the_lease_holds_and_polls_find_nothing_that_it_should_have_pushed() -> None:
    until = later(1000)
    assert relied_on_until(until, [], now=NOW) == until
    assert relied_on_until(until, [later(-60)], now=NOW) == until
    assert relied_on_until(until, [later(-60), later(-3600)], now=NOW) is None
    assert relied_on_until(until, [], now=until) is None
    assert relied_on_until(None, [], now=NOW) is None


@pytest.mark.parametrize(("left_s", "interval_s"), [(10**6, 21_600), (1000, 1000), (10, 300)])
def test_a_feed_that_is_pushed_rests_no_longer_than_the_lease(left_s: float, interval_s: float) -> None:
    assert rest_s(later(left_s), usual_s=300, longest_s=21_600, now=NOW) == interval_s


# Records.


@pytest.mark.parametrize("held", [WANTED, confirmed(), leave(confirmed(), now=NOW)])
def test_a_subscription_comes_back_as_it_went(held: Subscription) -> None:
    assert from_record(to_record(held)) == held


@pytest.mark.parametrize("record", ["", "{}", "[1]", to_record(replace(WANTED, v=99))])
def test_a_record_that_cannot_be_read_is_refused(record: str) -> None:
    with pytest.raises(StoreError, match="subscription"):
        from_record(record)
