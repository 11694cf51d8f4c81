"""Mail against a real SMTP server: encryption, logging in, answers by stage, and one connection for many messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

import pytest

from monitor.alerts.channels.email import EmailChannel
from monitor.alerts.channels.smtp import Account
from monitor.alerts.deliveries import deliveries_of
from monitor.alerts.outcome import ChannelAtFault, Delivered, Later, MessageAtFault
from monitor.errors import DeliveryError
from monitor.model import Delivery
from monitor.settings.channels import EmailChannel as EmailSettings
from monitor.settings.channels import MailSettings
from tests.alerts.samples import NOW, a_delivery, an_alert
from tests.servers import DROP, MailServer, Refusal
from tests.servers.smtp import CERTIFICATE, Stage

SENDER = "News monitor <news@example.org>"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer() as started:
        yield started


@asynccontextmanager
async def channel_to(
    server: MailServer, *, idle_s: float = 30.0, connections: int = 1, **account: Any
) -> AsyncIterator[EmailChannel]:
    settings = {"host": "127.0.0.1", "port": server.port, "security": server.security, "timeout_s": 5.0, **account}
    channel = EmailChannel(
        Account(**settings), channel_id="mail", sender=SENDER, connections=connections, idle_s=idle_s
    )
    try:
        yield channel
    finally:
        await channel.close()


async def send(channel: EmailChannel, delivery: Delivery | int = 1) -> object:
    made = a_delivery(delivery) if isinstance(delivery, int) else delivery
    return await channel.send(made, attempted_at=NOW)


async def test_a_whole_alert_arrives_as_it_was_rendered(server: MailServer) -> None:
    settings = EmailSettings(id="mail", type="email", to=("ann@example.org",))
    (delivery,) = deliveries_of(an_alert(), [settings], mail=MailSettings(sender=SENDER), time_zone="UTC")
    async with channel_to(server) as channel:
        assert await send(channel, delivery) == Delivered("SMTP DATA: 250 OK")
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("news@example.org", ("ann@example.org",))
    assert mail.content.decode() == delivery.body
    assert mail.id == f"<{delivery.id}@example.org>"


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_goes_encrypted_and_logged_in(security: Literal["starttls", "tls"]) -> None:
    async with MailServer(security=security, credentials=("user", "pässword")) as server:
        login: dict[str, Any] = {"username": "user", "password": "pässword", "ca_file": str(CERTIFICATE)}
        async with channel_to(server, **login) as channel:
            assert isinstance(await send(channel), Delivered)
        (mail,) = server.mails
        assert (mail.encrypted, mail.user) == (True, "user")


async def test_starttls_is_never_silently_left_out(server: MailServer) -> None:
    async with channel_to(server, security="starttls") as channel:
        outcome = await send(channel)
    assert isinstance(outcome, ChannelAtFault)
    assert "STARTTLS" in outcome.answer
    assert server.mails == []


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ({"ca_file": None}, "certificate verify failed"),
        ({"ca_file": "/no/such/file.pem"}, "ca_file /no/such/file.pem cannot be used: No such file"),
        ({"username": "user", "password": "wrong"}, "535"),
        ({"username": None}, "530"),
    ],
)
async def test_a_wrong_certificate_or_login_is_the_channels_fault(account: dict[str, Any], says: str) -> None:
    async with MailServer(security="starttls", credentials=("user", "pass")) as server:
        right = {"username": "user", "password": "pass", "ca_file": str(CERTIFICATE)}
        async with channel_to(server, **{**right, **account}) as channel:
            outcome = await send(channel)
        assert isinstance(outcome, ChannelAtFault)
        assert says in outcome.answer
        assert "wrong" not in outcome.answer
        assert server.mails == []


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("CONNECT", "554 go away", ChannelAtFault),
        ("CONNECT", "421 too many connections", ChannelAtFault),
        ("CONNECT", "not SMTP at all", ChannelAtFault),
        ("CONNECT", "", ChannelAtFault),
        ("MAIL", "550 5.7.1 sender refused", ChannelAtFault),
        ("MAIL", "451 4.3.0 later", Later),
        ("RCPT", "450 4.2.0 greylisted", Later),
        ("RCPT", "550 5.1.1 no such user", MessageAtFault),
        ("DATA", "451 4.3.0 later", Later),
        ("DATA", "552 5.3.4 too big", MessageAtFault),
        ("DATA", "554 5.7.1 looks like spam", MessageAtFault),
        ("END", "452 4.3.1 disk full", Later),
    ],
)
async def test_a_refusal_means_what_its_stage_makes_of_it_and_the_next_message_goes_through(
    server: MailServer, stage: Stage, reply: str, expected: type
) -> None:
    server.at(stage).then(Refusal(reply))
    async with channel_to(server) as channel:
        outcome = await send(channel, 1)
        assert type(outcome) is expected
        assert reply in outcome.answer  # type: ignore[attr-defined]  # every outcome has one
        assert isinstance(await send(channel, 2), Delivered)
    assert server.mails[-1].message["Subject"] == "message 2"


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
async def test_a_connection_lost_in_the_middle_is_tried_again_with_the_same_message_id(
    server: MailServer, stage: Stage
) -> None:
    server.at(stage).then(DROP)
    async with channel_to(server) as channel:
        assert isinstance(await send(channel), Later)
        assert isinstance(await send(channel), Delivered)
    assert len(server.distinct) == 1


async def test_a_server_that_does_not_answer_in_time_is_tried_again(server: MailServer) -> None:
    release = asyncio.Event()
    server.at("DATA").then(Refusal(held_until=release))
    async with channel_to(server, timeout_s=1.0) as channel:
        assert isinstance(await send(channel, 1), Later)
        release.set()
        assert isinstance(await send(channel, 2), Delivered)


async def test_nobody_listening_is_the_channels_fault_until_somebody_does(server: MailServer) -> None:
    await server.stop()
    async with channel_to(server) as channel:
        assert isinstance(await send(channel), ChannelAtFault)
        await server.start()
        assert isinstance(await send(channel), Delivered)


async def test_one_connection_serves_many_messages_the_refused_ones_among_them(server: MailServer) -> None:
    server.at("CONNECT").then(None, Refusal("554 a second connection"))
    server.refused_recipients["gone@example.org"] = "550 5.1.1 no such user"
    async with channel_to(server) as channel:
        outcomes = [
            await send(channel, replace(a_delivery(number), recipient="gone@example.org" if number == 2 else "a@b.c"))
            for number in (1, 2, 3)
        ]
    assert [type(outcome) for outcome in outcomes] == [Delivered, MessageAtFault, Delivered]


async def test_messages_sent_at_once_go_one_after_the_other(server: MailServer) -> None:
    async with channel_to(server) as channel:
        await asyncio.gather(*(send(channel, number) for number in range(20)))
    assert [mail.message["Subject"] for mail in server.mails] == [f"message {number}" for number in range(20)]


async def test_of_two_connections_one_serves_what_comes_alone_and_both_what_comes_at_once(server: MailServer) -> None:
    third = Refusal("554 a third connection")
    server.at("CONNECT").then(None, None, third)
    async with channel_to(server, connections=2) as channel:
        for number in (1, 2, 3):
            await send(channel, number)
        arrived, release = asyncio.Event(), asyncio.Event()
        server.at("DATA").then(Refusal(held_until=Told(arrived, release)))
        held = asyncio.create_task(send(channel, 4))
        await asyncio.wait_for(arrived.wait(), 5)
        assert isinstance(await send(channel, 5), Delivered), "what hangs holds up one connection"
        release.set()
        assert isinstance(await held, Delivered)
    assert server.at("CONNECT").next() is third, "there was none"


async def test_a_server_that_restarted_in_between_costs_no_message(server: MailServer) -> None:
    async with channel_to(server) as channel:
        await send(channel, 1)
        await server.stop()
        await server.start()
        assert isinstance(await send(channel, 2), Delivered)


async def test_an_unused_connection_is_closed_politely_and_opened_again_when_needed(server: MailServer) -> None:
    goodbye, release = asyncio.Event(), asyncio.Event()
    server.at("QUIT").then(Refusal(held_until=Told(goodbye, release)))
    async with channel_to(server, idle_s=0.0) as channel:
        await send(channel, 1)
        await asyncio.wait_for(goodbye.wait(), 5)
        release.set()
        assert isinstance(await send(channel, 2), Delivered)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
async def test_a_cancelled_attempt_leaves_nothing_for_the_next_message_to_trip_over(
    server: MailServer, stage: Stage
) -> None:
    async with channel_to(server) as channel:
        await send(channel, 1)
        arrived, release = asyncio.Event(), asyncio.Event()
        server.at(stage).then(Refusal(held_until=Told(arrived, release)))
        attempt = asyncio.create_task(send(channel, 2))
        await asyncio.wait_for(arrived.wait(), 5)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        release.set()
        assert isinstance(await send(channel, 3), Delivered)
    assert server.mails[-1].message["Subject"] == "message 3"


class Told(asyncio.Event):
    """Waits for another event, and tells when somebody waits."""

    def __init__(self, arrived: asyncio.Event, release: asyncio.Event) -> None:
        super().__init__()
        self._arrived, self._release = arrived, release

    async def wait(self) -> Literal[True]:
        self._arrived.set()
        return await self._release.wait()


@pytest.mark.parametrize("sender", ["", "nobody", "a@b\r\nRCPT TO:<c@d>"])
def test_a_sender_that_is_no_address_is_refused_before_the_first_alert(sender: str) -> None:
    with pytest.raises(DeliveryError, match="mail"):
        EmailChannel(Account(host="127.0.0.1", port=25, security="none"), channel_id="mail", sender=sender)
