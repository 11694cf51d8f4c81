"""Signed links: what we wrote is read back, and nothing else is."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.identity import alert_id
from monitor.alerts.links import Links, Request

KEY, FORMER = b"k" * 32, b"f" * 32
ALERT = alert_id("qwen", "0" * 32, "alert.created", 1)
THEN = datetime(2026, 5, 4, 23, 59, tzinfo=UTC)
LINKS = Links("https://news.example.org/monitor", (KEY,)).at(THEN)


def token(url: str) -> str:
    """Take the token out of an address."""
    start = "https://news.example.org/monitor/f/"
    assert url.startswith(start)
    return url.removeprefix(start)


DAY = (THEN - datetime(1970, 1, 1, tzinfo=UTC)).days
EVERY = {
    "yes": (LINKS.feedback(ALERT, "qwen", "yes"), Request("yes", ALERT, "qwen", day=DAY)),
    "no": (LINKS.feedback(ALERT, "qwen", "no"), Request("no", ALERT, "qwen", day=DAY)),
    "mute": (LINKS.mute(ALERT, "qwen", "box", "a@x.org"), Request("mute", ALERT, "qwen", "box", "a@x.org", DAY)),
    "unsubscribe": (LINKS.unsubscribe("qwen", "box", "a@x.org"), Request("unsubscribe", "", "qwen", "box", "a@x.org")),
}


@pytest.mark.parametrize(("url", "request_"), EVERY.values(), ids=list(EVERY))
def test_what_was_signed_is_read_back_and_made_again_alike(url: str, request_: Request) -> None:
    assert LINKS.verify(token(url)) == request_
    assert len(token(url)) < 110
    assert set(token(url)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    again = Links(LINKS.public_url, (KEY, FORMER)).at(THEN)
    assert again.feedback(ALERT, "qwen", "yes") == EVERY["yes"][0]


@pytest.mark.parametrize(("url", "request_"), EVERY.values(), ids=list(EVERY))
def test_a_trials_links_say_so_and_are_no_others(url: str, request_: Request) -> None:
    trial = LINKS.for_trial()
    made = {
        "yes": trial.feedback(ALERT, "qwen", "yes"),
        "no": trial.feedback(ALERT, "qwen", "no"),
        "mute": trial.mute(ALERT, "qwen", "box", "a@x.org"),
        "unsubscribe": trial.unsubscribe("qwen", "box", "a@x.org"),
    }[request_.purpose]
    assert made != url
    assert LINKS.verify(token(made)) == trial.verify(token(made)) == replace(request_, is_trial=True)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20), st.text(max_size=60))
def test_any_names_pass_through(alert: str, watchlist: str, channel: str, recipient: str) -> None:
    found = LINKS.verify(token(LINKS.mute(alert, watchlist, channel, recipient)))
    assert found == Request("mute", alert, watchlist, channel, recipient, DAY)


@pytest.mark.parametrize("url", [url for url, _ in EVERY.values()], ids=list(EVERY))
def test_no_changed_token_is_taken(url: str) -> None:
    """Each character replaced, left out or doubled; each bit of the bytes turned over."""
    good = token(url)
    changed = {good[:at] + "A-z9"[at % 4] + good[at + 1 :] for at in range(len(good))}
    changed |= {good[:at] + good[at + 1 :] for at in range(len(good))}
    changed |= {good[:at] + good[at:][:1] + good[at:] for at in range(len(good) + 1)}
    raw = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))
    for bit in range(len(raw) * 8):
        turned = bytearray(raw)
        turned[bit // 8] ^= 1 << bit % 8
        changed.add(base64.urlsafe_b64encode(turned).rstrip(b"=").decode())
    assert not [each for each in changed - {good} if LINKS.verify(each)]


@pytest.mark.parametrize("bad", ["", "A", "=", "A" * 22, "A" * 100, "A" * 5_000, "é" * 40, "%00", "a b", "../../etc"])
def test_nonsense_is_not_taken(bad: str) -> None:
    assert LINKS.verify(bad) is None


@pytest.mark.parametrize("padding", ["=", "==", "\n", " ", "."])
def test_a_token_is_taken_only_as_it_was_written(padding: str) -> None:
    assert LINKS.verify(token(EVERY["yes"][0]) + padding) is None


def test_a_former_key_verifies_and_does_not_sign() -> None:
    old = Links(LINKS.public_url, (FORMER,))
    rotated = Links(LINKS.public_url, (KEY, FORMER))
    assert rotated.verify(token(old.feedback(ALERT, "qwen", "yes"))) == Request("yes", ALERT, "qwen")
    assert rotated.feedback(ALERT, "qwen", "yes") == Links(LINKS.public_url, (KEY,)).feedback(ALERT, "qwen", "yes")
    assert old.verify(token(rotated.feedback(ALERT, "qwen", "yes"))) is None
    assert Links(LINKS.public_url, ()).verify(token(EVERY["yes"][0])) is None


@pytest.mark.parametrize(
    ("name", "after", "expired"),
    [
        ("yes", timedelta(days=90), False),
        ("yes", timedelta(days=90, minutes=1), True),
        ("no", timedelta(days=91), True),
        ("mute", timedelta(days=91), True),
        ("unsubscribe", timedelta(days=3_650), False),
    ],
)
def test_answers_lose_their_force_and_leaving_never_does(name: str, after: timedelta, expired: bool) -> None:
    found = LINKS.verify(token(EVERY[name][0]))
    assert found is not None
    assert found.is_expired(THEN + after) is expired


@pytest.mark.parametrize(("url", "offered"), [("https://a.example", True), ("http://a.example", False)])
def test_one_click_is_offered_over_https_alone(url: str, offered: bool) -> None:
    assert Links(url, (KEY,)).one_click is offered


def test_keys_are_not_shown() -> None:
    assert "kkkk" not in repr(LINKS)
