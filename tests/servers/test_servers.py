"""The servers that other tests stand on behave, and misbehave, as those tests rely on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage

import aiohttp
import aiosmtplib
import feedparser
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from tests.servers import (
    DROP,
    HANG_UP,
    Answer,
    Entry,
    FeedServer,
    MailServer,
    Refusal,
    WebhookReceiver,
    endless,
    held,
    redirect,
)
from tests.servers.smtp import CERTIFICATE
from tests.servers.webhooks import SECRET

NEWS = Entry("Größe & 牛油果", guid="tag:1", url="https://example.org/1?a=1&b=2", summary="<p>a &amp; b</p>")


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


@pytest.mark.parametrize(("form", "encoding"), [("rss", "utf-8"), ("rss", "GBK"), ("atom", "utf-8")])
async def test_a_feed_reader_sees_what_was_published_newest_first(http: aiohttp.ClientSession, form, encoding) -> None:
    news = Entry("牛油果 & more", guid="tag:1", url="https://example.org/1?a=1&b=2", summary="<p>a &amp; b</p>")
    async with FeedServer() as server:
        address = server.add("/a", Entry("older", guid="tag:0"), form=form, encoding=encoding)
        server.publish("/a", news)
        async with http.get(address) as answer:
            feed = feedparser.parse(await answer.read(), response_headers={"content-type": answer.content_type})
    assert [entry.title for entry in feed.entries] == ["牛油果 & more", "older"]
    assert (feed.entries[0].id, feed.entries[0].link) == ("tag:1", "https://example.org/1?a=1&b=2")


async def test_a_json_feed_carries_dates_and_leaves_out_what_is_unset(http: aiohttp.ClientSession) -> None:
    async with FeedServer() as server:
        address = server.add("/j", Entry("t", published_at=datetime(2026, 1, 2, tzinfo=UTC)), form="json")
        async with http.get(address) as answer:
            document = await answer.json(content_type=None)
    assert document["items"] == [{"title": "t", "date_published": "2026-01-02T00:00:00+00:00"}]


@pytest.mark.parametrize(
    ("validators", "condition", "header"),
    [
        (("etag", "last-modified"), "If-None-Match", "ETag"),
        (("etag",), "If-None-Match", "ETag"),
        (("last-modified",), "If-Modified-Since", "Last-Modified"),
    ],
)
async def test_a_condition_gets_304_until_something_is_published(
    http: aiohttp.ClientSession, validators, condition, header
) -> None:
    async with FeedServer() as server:
        address = server.add("/a", NEWS, validators=validators)
        first = await http.get(address)
        headers = {condition: first.headers[header]}
        assert (await http.get(address, headers=headers)).status == 304
        server.publish("/a", Entry("new", guid="tag:2"))
        assert (await http.get(address, headers=headers)).status == 200
        assert server.count["/a"] == 3
        assert server.requests_of("/a")[1].headers[condition.lower()] == headers[condition]


async def test_without_validators_every_answer_is_whole(http: aiohttp.ClientSession) -> None:
    async with FeedServer() as server:
        address = server.add("/a", NEWS, validators=())
        answer = await http.get(address, headers={"If-None-Match": "*"})
        assert (answer.status, "ETag" in answer.headers) == (200, False)


async def test_scripted_answers_come_in_order_and_then_the_feed_again(http: aiohttp.ClientSession) -> None:
    async with FeedServer() as server:
        address = server.add("/a", NEWS)
        server.at("/a").then(Answer(status=503, headers={"Retry-After": "7"}), redirect("/b", 301))
        first = await http.get(address)
        assert (first.status, first.headers["Retry-After"]) == (503, "7")
        second = await http.get(address, allow_redirects=False)
        assert (second.status, second.headers["Location"]) == (301, "/b")
        assert (await http.get(address)).status == 200
        assert (await http.get(server.url("/none"))).status == 404


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HANG_UP, aiohttp.ServerDisconnectedError),
        (Answer(raw=b"SSH-2.0-OpenSSH\r\n"), aiohttp.ClientError),
        (Answer(body=b"x" * 100, cut_after=50), aiohttp.ClientPayloadError),
        (Answer(body=b"x" * 100, piece_bytes=1, pause_s=0.2), TimeoutError),
        (Answer(delay_s=5), TimeoutError),
    ],
)
async def test_broken_answers_break_as_they_say(http: aiohttp.ClientSession, answer, error) -> None:
    async with FeedServer() as server:
        server.at("/a").always(answer)
        with pytest.raises(error):
            await (await http.get(server.url("/a"), timeout=aiohttp.ClientTimeout(total=0.4))).read()


async def test_an_endless_body_goes_on_until_the_client_leaves(http: aiohttp.ClientSession) -> None:
    async with FeedServer() as server:
        server.at("/a").always(endless(b"x" * 65_536))
        async with http.get(server.url("/a")) as answer:
            assert len(await answer.content.readexactly(5_000_000)) == 5_000_000


async def test_a_held_answer_comes_when_it_is_released(http: aiohttp.ClientSession) -> None:
    async with FeedServer() as server:
        answer, release = held(Answer(body=b"late"))
        server.at("/a").then(answer)
        request = asyncio.create_task(http.get(server.url("/a")))
        await server.until(lambda: server.count["/a"] == 1)
        assert not request.done()
        release.set()
        assert await (await request).read() == b"late"


async def test_a_stopped_server_refuses_and_comes_back_on_its_port(http: aiohttp.ClientSession) -> None:
    async with FeedServer() as server:
        address = server.add("/a", NEWS)
        await server.stop()
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(address)
        await server.start()
        assert (await http.get(address)).status == 200


async def test_waiting_in_vain_fails_and_says_what_there_was() -> None:
    async with FeedServer() as server:
        with pytest.raises(AssertionError, match="requests"):
            await server.polled("/a", within_s=0.01)


def signed(body: str, *, secret: str = SECRET, id_: str = "msg_1") -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(secret).sign(msg_id=id_, timestamp=now, data=body)
    return {"webhook-id": id_, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


async def test_the_receiver_accepts_signed_calls_and_tells_repeats_by_their_id(http: aiohttp.ClientSession) -> None:
    async with WebhookReceiver() as receiver:
        for _ in range(2):
            assert (await http.post(receiver.url(), data='{"a":1}', headers=signed('{"a":1}'))).status == 204
        await receiver.alerted(1)
        assert (len(receiver.calls), len(receiver.alerts), receiver.altered) == (2, 1, set())
        assert receiver.alerts["msg_1"].payload == {"a": 1}
        await http.post(receiver.url(), data="{}", headers=signed("{}"))
        assert receiver.altered == {"msg_1"}


@pytest.mark.parametrize(
    "headers",
    [{}, signed("{}", secret="whsec_YW5vdGhlciBzZWNyZXQ="), signed("{ }"), {**signed("{}"), "webhook-timestamp": "1"}],
)
async def test_the_receiver_refuses_what_is_not_signed_right(http: aiohttp.ClientSession, headers) -> None:
    async with WebhookReceiver() as receiver:
        assert (await http.post(receiver.url(), data="{}", headers=headers)).status == 401
        assert (len(receiver.calls), receiver.calls[0].verified, receiver.alerts) == (1, False, {})


async def test_the_receiver_answers_by_its_script(http: aiohttp.ClientSession) -> None:
    async with WebhookReceiver() as receiver:
        receiver.script.then(Answer(status=500), Answer(status=429, headers={"Retry-After": "3"}), HANG_UP)
        assert (await http.post(receiver.url(), data="{}", headers=signed("{}"))).status == 500
        second = await http.post(receiver.url(), data="{}", headers=signed("{}"))
        assert (second.status, second.headers["Retry-After"]) == (429, "3")
        with pytest.raises(aiohttp.ClientError):
            await http.post(receiver.url(), data="{}", headers=signed("{}"))
        assert receiver.alerts == {}
        assert (await http.post(receiver.url(), data="{}", headers=signed("{}"))).status == 204
        await receiver.called(4)
        assert list(receiver.alerts) == ["msg_1"]


def letter(id_: str = "<1@example.org>") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@example.org", "b@example.org", id_
    message["Subject"] = "牛油果"
    message.set_content("text")
    return message


async def send(server: MailServer, message: EmailMessage | None = None, **options) -> None:
    await aiosmtplib.send(message or letter(), hostname="127.0.0.1", port=server.port, timeout=5, **options)


async def test_the_mail_server_keeps_messages_with_their_envelope_and_tells_repeats() -> None:
    async with MailServer() as server:
        await send(server)
        await send(server)
        await send(server, letter("<2@example.org>"))
        await server.received(2)
    assert [mail.id for mail in server.mails] == ["<1@example.org>"] * 2 + ["<2@example.org>"]
    first = server.distinct["<1@example.org>"]
    assert (first.sender, first.recipients, first.message["Subject"]) == ("a@example.org", ("b@example.org",), "牛油果")


@pytest.mark.parametrize(
    ("stage", "reply", "error"),
    [
        ("CONNECT", "421 4.3.2 closed", aiosmtplib.SMTPConnectResponseError),
        ("MAIL", "550 5.7.1 not from you", aiosmtplib.SMTPSenderRefused),
        ("RCPT", "450 4.2.0 greylisted", aiosmtplib.SMTPRecipientsRefused),
        ("DATA", "554 5.7.1 spam", aiosmtplib.SMTPDataError),
        ("END", "451 4.3.0 later", aiosmtplib.SMTPDataError),
    ],
)
async def test_each_stage_refuses_as_scripted_and_then_accepts(stage, reply, error) -> None:
    async with MailServer() as server:
        server.at(stage).then(Refusal(reply))
        with pytest.raises(error) as caught:
            await send(server)
        assert reply[:3] in str(caught.value)
        await send(server)
    assert len(server.mails) == (2 if stage == "END" else 1)


@pytest.mark.parametrize("stage", ["CONNECT", "MAIL", "DATA", "END"])
async def test_a_dropped_connection_is_an_error_at_every_stage(stage) -> None:
    async with MailServer() as server:
        server.at(stage).then(DROP)
        with pytest.raises(aiosmtplib.SMTPException):
            await send(server)
    assert len(server.distinct) == (1 if stage == "END" else 0)


async def test_one_recipient_can_be_refused_for_good() -> None:
    async with MailServer() as server:
        server.refused_recipients["b@example.org"] = "550 5.1.1 no such user"
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await send(server)


async def test_starttls_and_login_are_required_where_asked_for() -> None:
    trusted = ssl.create_default_context(cafile=CERTIFICATE)
    async with MailServer(security="starttls", credentials=("user", "right")) as server:
        with pytest.raises(aiosmtplib.SMTPException):
            await send(server, start_tls=False)
        with pytest.raises(aiosmtplib.SMTPAuthenticationError, match="535"):
            await send(server, start_tls=True, tls_context=trusted, username="user", password="wrong")
        await send(server, start_tls=True, tls_context=trusted, username="user", password="right")
        server.at("AUTH").always(Refusal("454 4.7.0 not now"))  # clients try one mechanism after the other
        with pytest.raises(aiosmtplib.SMTPAuthenticationError, match="454"):
            await send(server, start_tls=True, tls_context=trusted, username="user", password="right")
    assert [(mail.encrypted, mail.user) for mail in server.mails] == [(True, "user")]


async def test_tls_from_the_first_byte_works() -> None:
    async with MailServer(security="tls") as server:
        await send(server, use_tls=True, tls_context=ssl.create_default_context(cafile=CERTIFICATE))
    assert server.mails[0].encrypted


async def test_a_stopped_mail_server_refuses_and_comes_back_on_its_port() -> None:
    async with MailServer() as server:
        await send(server)
        await server.stop()
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await send(server)
        await server.start()
        await send(server)
    assert len(server.mails) == 2
