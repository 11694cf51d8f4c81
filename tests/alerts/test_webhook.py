"""A webhook against a real receiver that verifies signatures."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from standardwebhooks import Webhook

from monitor.alerts.channels.webhook import WebhookChannel
from monitor.alerts.hook_body import hook_body
from monitor.alerts.outcome import ChannelAtFault, ChannelGone, Delivered, Later, MessageAtFault
from monitor.errors import DeliveryError
from monitor.model import Delivery
from monitor.net.client import Client
from monitor.net.messages import Limits
from monitor.settings.channels import WebhookChannel as HookSettings
from tests.alerts.samples import a_delivery, an_alert
from tests.servers import HANG_UP, Answer, WebhookReceiver, endless, held, redirect
from tests.servers.webhooks import SECRET

SETTINGS = HookSettings(id="hook", type="webhook", url="https://hook.example/")
DELIVERY = a_delivery(body=hook_body(an_alert(), SETTINGS))


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(Limits(version="0", allow_hosts=("127.0.0.1",)), environ={}) as made:
        yield made


def channel(client: Client, url: str, *, secret: str | None = SECRET, **options: Any) -> WebhookChannel:
    settings = {"headers": {}, "timeout_s": 5.0, "secrets": [] if secret is None else [secret], **options}
    return WebhookChannel(client, channel_id="hook", url=url, **settings)


async def post(to: WebhookChannel, delivery: Delivery = DELIVERY) -> object:
    return await to.send(delivery, attempted_at=datetime.now(UTC))


async def test_a_receiver_verifies_the_call_and_finds_the_alert(receiver: WebhookReceiver, client: Client) -> None:
    assert await post(channel(client, receiver.url("/a?b=1"))) == Delivered("HTTP 204 No Content")
    (call,) = receiver.calls
    assert call.verified
    assert (call.id, call.path) == (DELIVERY.id, "/a")
    assert call.headers["content-type"] == "application/json"
    assert call.payload["items"][0]["evidence"][3]["text"] == "青鸭"


async def test_id_and_body_stay_and_timestamp_and_signature_follow_the_attempt(
    receiver: WebhookReceiver, client: Client
) -> None:
    hook, now = channel(client, receiver.url()), datetime.now(UTC)
    await hook.send(DELIVERY, attempted_at=now)
    # A time in another zone is the same moment.
    await hook.send(DELIVERY, attempted_at=(now + timedelta(seconds=60)).astimezone(timezone(timedelta(hours=8))))
    first, second = receiver.calls
    assert first.verified
    assert second.verified
    assert (first.id, first.body) == (second.id, second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert len(receiver.alerts) == 1


async def test_while_a_secret_is_changed_over_receivers_with_the_old_one_and_the_new_one_both_verify(
    receiver: WebhookReceiver, client: Client
) -> None:
    new = "whsec_" + base64.b64encode(b"n" * 32).decode()
    await post(channel(client, receiver.url(), secrets=[new, SECRET]))
    (call,) = receiver.calls
    assert call.verified
    assert [each[:3] for each in call.headers["webhook-signature"].split(" ")] == ["v1,", "v1,"]
    assert Webhook(new).verify(call.body, dict(call.headers)) == call.payload


async def test_the_content_type_is_that_of_the_body(receiver: WebhookReceiver, client: Client) -> None:
    await post(channel(client, receiver.url(), content_type="text/plain; charset=utf-8"))
    assert receiver.calls[0].headers["content-type"] == "text/plain; charset=utf-8"


async def test_without_a_secret_there_is_an_id_and_no_signature(receiver: WebhookReceiver, client: Client) -> None:
    outcome = await post(channel(client, receiver.url(), secret=None))
    assert isinstance(outcome, ChannelAtFault)
    (call,) = receiver.calls
    assert call.id == DELIVERY.id
    assert "webhook-signature" not in call.headers


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "whsec_水獭", "whsec_a"])
def test_a_secret_that_cannot_sign_is_refused_before_the_first_alert(client: Client, secret: str) -> None:
    with pytest.raises(DeliveryError, match="whsec_"):
        channel(client, "https://hook.example/", secret=secret)


@pytest.mark.parametrize("secret", [SECRET.removeprefix("whsec_"), SECRET.rstrip("="), f" {SECRET}\n"])
async def test_a_secret_may_lack_its_mark_or_padding(receiver: WebhookReceiver, client: Client, secret: str) -> None:
    assert isinstance(await post(channel(client, receiver.url(), secret=secret)), Delivered)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=200, body=b"thanks\n"), Delivered("HTTP 200 OK: thanks")),
        (Answer(status=500, body=b"<b>\x00oops\r\nsorry"), Later("HTTP 500 Internal Server Error: <b> oops sorry")),
        (Answer(status=429, headers={"Retry-After": "7"}), Later("HTTP 429 Too Many Requests", 7.0)),
        (Answer(status=401), ChannelAtFault("HTTP 401 Unauthorized")),
        (Answer(status=404), ChannelAtFault("HTTP 404 Not Found")),
        (Answer(status=410), ChannelGone("HTTP 410 Gone")),
        (Answer(status=400, body=b"bad"), MessageAtFault("HTTP 400 Bad Request: bad")),
        (Answer(status=500, body=b"x" * 1_000), Later("HTTP 500 Internal Server Error: " + "x" * 299 + "…")),
    ],
)
async def test_an_answer_becomes_its_outcome(
    receiver: WebhookReceiver, client: Client, answer: Answer, expected: object
) -> None:
    receiver.script.then(answer)
    assert await post(channel(client, receiver.url())) == expected


async def test_a_redirect_is_not_followed(receiver: WebhookReceiver, client: Client) -> None:
    receiver.script.then(redirect(receiver.url("/elsewhere"), 307))
    outcome = await post(channel(client, receiver.url()))
    assert isinstance(outcome, MessageAtFault)
    assert "redirects are not followed" in outcome.answer
    assert [call.path for call in receiver.calls] == ["/hook"]


async def test_a_connection_broken_before_the_answer_is_tried_again(receiver: WebhookReceiver, client: Client) -> None:
    receiver.script.then(HANG_UP)
    assert isinstance(await post(channel(client, receiver.url())), Later)


async def test_an_answer_that_does_not_come_in_time_is_tried_again(receiver: WebhookReceiver, client: Client) -> None:
    waiting, release = held(Answer())
    receiver.script.then(waiting)
    assert isinstance(await post(channel(client, receiver.url(), timeout_s=0.2)), Later)
    release.set()


async def test_an_endless_answer_costs_nothing_and_its_status_counts(receiver: WebhookReceiver, client: Client) -> None:
    receiver.script.then(endless(b"x" * 10_000))
    assert isinstance(await post(channel(client, receiver.url())), Delivered)


async def test_nobody_listening_is_the_channels_fault(receiver: WebhookReceiver, client: Client) -> None:
    url = receiver.url("/secret-path")
    await receiver.stop()
    outcome = await post(channel(client, url))
    assert isinstance(outcome, ChannelAtFault)
    assert "secret-path" not in outcome.answer


async def test_a_private_address_is_the_channels_fault_and_gets_no_byte(receiver: WebhookReceiver) -> None:
    async with Client(Limits(version="0"), environ={}) as guarded:
        assert isinstance(await post(channel(guarded, receiver.url())), ChannelAtFault)
    assert receiver.calls == []


async def test_headers_of_the_settings_are_sent(receiver: WebhookReceiver, client: Client) -> None:
    await post(channel(client, receiver.url(), headers={"Authorization": "Bearer x", "X-Team": "pr"}))
    (call,) = receiver.calls
    assert (call.headers["authorization"], call.headers["x-team"]) == ("Bearer x", "pr")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Team", "a\r\nX-Other: b"),
        ("X-Team", "a\nb"),
        ("X-Team", "a\x00"),
        ("X-Team: a\r\nX-Other", "b"),
        ("X Team", "a"),
        ("", "a"),
        ("Webhook-Id", "dlv_fake"),
        ("WEBHOOK-SIGNATURE", "v1,x"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Host", "other.example"),
    ],
)
def test_no_header_of_the_settings_can_add_or_replace_another(client: Client, name: str, value: str) -> None:
    with pytest.raises(DeliveryError, match="header"):
        channel(client, "https://hook.example/", headers={name: value})


def test_the_errors_name_no_secret(client: Client) -> None:
    secret = "whsec_" + base64.b64encode(b"very secret").decode() + "!"
    with pytest.raises(DeliveryError) as raised:
        channel(client, "https://hook.example/token", secret=secret)
    assert "token" not in str(raised.value)
    assert secret not in str(raised.value)
