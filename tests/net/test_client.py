"""One request and its answer: what is sent, what comes back, and what each failure is called."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from monitor.errors import AddressError, FetchError, SettingsError
from monitor.net.client import Client, Limits, Request
from tests.net.conftest import MakeClient, Names, Recorder
from tests.servers.http import HANG_UP, Answer, HttpServer, endless, held

MB = 1024 * 1024


async def failed(client: Client, url: str, **more: Any) -> FetchError:
    """Send a request that must fail."""
    with pytest.raises(FetchError) as caught:
        await client.send(Request(url=url, **more))
    return caught.value


async def test_a_request_names_us_and_nothing_else(make_client: MakeClient) -> None:
    recorder = Recorder(Answer(headers={"Set-Cookie": "id=7; Path=/"}, body=b"x"))
    async with HttpServer(recorder) as server:
        client = make_client(contact="ops@example.org")
        for _ in range(2):
            await client.send(Request(url=f"{server.address}/feed?a=%2f#top", headers={"If-None-Match": 'W/"é"'}))
    assert [request.target for request in recorder.seen] == ["/feed?a=%2f"] * 2
    for request in recorder.seen:
        assert dict(request.headers) == {
            "host": server.address.removeprefix("http://"),
            "user-agent": "news-monitor/1.2 (+ops@example.org)",
            "accept": "*/*",
            "accept-encoding": "gzip, deflate, br",
            "if-none-match": 'W/"é"'.encode().decode("latin-1"),
        }


@pytest.mark.parametrize(
    ("request_", "authorization"),
    [
        (Request(url="http://{host}/", credentials=("user", "pass:新")), "Basic dXNlcjpwYXNzOuaWsA=="),
        (Request(url="http://us%65r:p%40ss@{host}/"), "Basic dXNlcjpwQHNz"),
        (Request(url="http://a:b@{host}/", credentials=("user", "p@ss")), "Basic dXNlcjpwQHNz"),
        (Request(url="http://a:b@{host}/", headers={"authorization": "Bearer t"}), "Bearer t"),
        (Request(url="http://{host}/"), None),
    ],
)
async def test_credentials_go_as_basic_authentication(client: Client, request_: Request, authorization: str) -> None:
    recorder = Recorder()
    async with HttpServer(recorder) as server:
        url = request_.url.replace("{host}", server.address.removeprefix("http://"))
        answer = await client.send(Request(url=url, headers=request_.headers, credentials=request_.credentials))
    assert recorder.seen[0].headers.get("authorization") == authorization
    assert answer.url == f"{server.address}/"


async def test_a_post_sends_its_body_and_its_redirect_is_the_answer(client: Client) -> None:
    recorder = Recorder(Answer(status=307, headers={"Location": "/other"}, body=b"moved"))
    async with HttpServer(recorder) as server:
        answer = await client.send(Request(url=f"{server.address}/hook", method="POST", body=b'{"a":1}'))
    assert (answer.status, answer.body, answer.redirects) == (307, b"moved", ())
    assert [(request.method, request.body) for request in recorder.seen] == [("POST", b'{"a":1}')]


@pytest.mark.parametrize("status", [200, 204, 304, 400, 404, 410, 429, 500, 503])
async def test_every_status_is_an_answer(client: Client, status: int) -> None:
    headers = {"ETag": '"x"', "Retry-After": "120", "Content-Encoding": "gzip" if status == 304 else "identity"}
    async with HttpServer(lambda _: Answer(status=status, headers=headers)) as server:
        answer = await client.send(Request(url=server.address))
    assert (answer.status, answer.body) == (status, b"")
    assert (answer.headers["etag"], answer.headers["retry-after"]) == ('"x"', "120")


async def test_headers_are_lower_case_joined_and_always_storable(client: Client) -> None:
    raw = b'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nETag: "\xd0\xc2"\r\nX-U: \xe6\x96\xb0\r\nContent-Length: 0\r\n\r\n'
    async with HttpServer(lambda _: Answer(raw=raw)) as server:
        answer = await client.send(Request(url=server.address))
    assert (answer.headers["x-a"], answer.headers["x-u"]) == ("1, 2", "新")
    answer.headers["etag"].encode()


async def test_a_header_longer_than_usual_passes(client: Client) -> None:
    async with HttpServer(lambda _: Answer(headers={"Content-Security-Policy": "x" * 30_000})) as server:
        answer = await client.send(Request(url=server.address))
    assert len(answer.headers["content-security-policy"]) == 30_000


@pytest.mark.parametrize("coding", ["gzip", "br", None])
async def test_a_body_is_inflated_and_its_charset_untouched(client: Client, coding: str | None) -> None:
    text = "<?xml version='1.0' encoding='gbk'?><a>新闻</a>".encode("gbk")
    body = {"gzip": gzip.compress, "br": brotli.compress, None: bytes}[coding](text)
    headers = {"Content-Type": "text/xml; charset=gbk"} | ({"Content-Encoding": coding} if coding else {})
    async with HttpServer(lambda _: Answer(headers=headers, body=body)) as server:
        answer = await client.send(Request(url=server.address))
    assert answer.body == text
    assert answer.headers["content-type"] == "text/xml; charset=gbk"


@pytest.mark.parametrize(
    ("answer", "phase", "cause"),
    [
        (Answer(body=bytes(2000)), "body", "the body is larger than 1,000 bytes (net.max_bytes)"),
        (endless(b"x" * 300), "body", "the body is larger than 1,000 bytes (net.max_bytes)"),
        (
            Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(bytes(100_000))),
            "body",
            "the body is larger than 1,000 bytes (net.max_bytes)",
        ),
        (
            Answer(headers={"Content-Encoding": "gzip"}, body=b"<rss/>"),
            "body",
            "the compressed body is broken: Error -3 while decompressing data: incorrect header check",
        ),
        (
            Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"x" * 99)[:-4]),
            "body",
            "the compressed body ends too early",
        ),
        (Answer(body=b"x" * 900, cut_after=100), "send", "the connection broke off in the middle of the answer"),
        (HANG_UP, "send", "the connection was lost before the answer: Server disconnected"),
    ],
)
async def test_a_bad_answer_is_named(make_client: MakeClient, answer: Answer, phase: str, cause: str) -> None:
    async with HttpServer(lambda _: answer) as server:
        error = await failed(make_client(max_bytes=1000), f"{server.address}/feed")
    assert (error.phase, str(error), error.temporary) == (phase, f"fetch: {server.address}/feed: {cause}", True)
    assert error.status == (None if answer is HANG_UP else 200)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * MB + b"\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 10_000 + b"\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_named(client: Client, raw: bytes) -> None:
    async with HttpServer(lambda _: Answer(raw=raw)) as server:
        error = await failed(client, server.address)
    assert error.phase == "send"
    assert error.cause.startswith("the answer is not valid HTTP: ")
    assert len(error.cause) <= 300


async def test_the_limit_of_a_request_comes_before_the_clients(client: Client) -> None:
    async with HttpServer(lambda _: Answer(body=bytes(2000))) as server:
        assert len((await client.send(Request(url=server.address, max_bytes=2000))).body) == 2000
        assert (await failed(client, server.address, max_bytes=1999)).phase == "body"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: held(Answer())[0], id="silent"),
        pytest.param(lambda: endless(b"x", pause_s=0.02), id="endless"),
        pytest.param(lambda: Answer(body=b"x" * 900, piece_bytes=1, pause_s=0.02), id="dripping"),
    ],
)
@pytest.mark.parametrize("limit", ["client", "request"])
async def test_an_answer_that_takes_too_long_is_given_up_in_the_middle(
    make_client: MakeClient, answer: Callable[[], Answer], limit: str
) -> None:
    async with HttpServer(lambda _: answer()) as server:
        client = make_client(timeout_s=0.3 if limit == "client" else 60.0)
        more = {"timeout_s": 0.3} if limit == "request" else {}
        async with asyncio.timeout(10):
            error = await failed(client, server.address, **more)
    assert (error.phase, error.cause) == ("send", "no complete answer in time (net.timeout)")


async def test_a_host_that_takes_no_connection_is_given_up_before_anything_was_sent(make_client: MakeClient) -> None:
    # Systems differ in how a full queue of connections answers; a TLS handshake that nobody answers is the same on all.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        error = await failed(make_client(connect_timeout_s=0.2), "https://{}:{}".format(*silent.getsockname()))
    assert (error.phase, error.cause) == ("connect", "no connection in time (net.connect_timeout)")


async def test_a_whole_time_limit_that_ends_during_the_connection_is_no_time_out_in_the_middle(
    make_client: MakeClient,
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        error = await failed(make_client(), "https://{}:{}".format(*silent.getsockname()), timeout_s=0.2)
    assert (error.phase, error.cause) == ("connect", "no complete answer in time (net.timeout)")


async def test_a_refused_connection_is_named(client: Client) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = await failed(client, f"http://127.0.0.1:{port}/", shown_url="the feed")
    assert (error.phase, error.temporary, error.subject) == ("connect", True, "the feed")
    assert error.cause.startswith(f"cannot connect to 127.0.0.1:{port}: ")


async def test_a_name_that_leads_nowhere_is_named(make_client: MakeClient) -> None:
    error = await failed(make_client(resolver=Names()), "http://u:secret@nowhere.example/feed")
    assert error.phase == "dns"
    assert str(error) == ("fetch: http://nowhere.example/feed: the name cannot be resolved: Name or service not known")


@pytest.mark.parametrize("url", ["", "feed.xml", "file:///etc/passwd", "ftp://example.com/", "http://[::1/"])
async def test_what_is_no_http_address_is_never_sent(client: Client, url: str) -> None:
    error = await failed(client, url)
    assert (error.phase, error.temporary) == ("address", False)
    assert str(error) == f"fetch: {url}: is no http:// or https:// address"


async def test_a_header_that_would_break_the_request_is_never_sent(client: Client) -> None:
    recorder = Recorder()
    async with HttpServer(recorder) as server:
        error = await failed(client, server.address, headers={"X-Key": "a\r\nX-Other: b"})
    assert (error.phase, error.temporary, recorder.seen) == ("address", False, [])


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://10.0.0.1/feed", "10.0.0.1 is private"),
        ("http://169.254.169.254/latest", "169.254.169.254 is a cloud metadata service"),
        ("http://[::1]/feed", "::1 is loopback"),
        ("http://localhost/feed", "localhost is loopback"),
        ("http://inside.example/feed", "inside.example leads to 10.0.0.1, which is private"),
        (
            "http://mapped.example/feed",
            "mapped.example leads to ::ffff:10.0.0.1, which is the IPv6 form of 10.0.0.1, which is private",
        ),
    ],
)
async def test_a_refused_address_is_named_with_the_remedy(make_client: MakeClient, url: str, cause: str) -> None:
    names = Names(inside_example=["10.0.0.1"], mapped_example=["::ffff:10.0.0.1"])
    error = await failed(make_client(resolver=names), url)
    assert isinstance(error, AddressError)
    assert (error.phase, error.temporary) == ("address", False)
    assert str(error) == f"refused address: {url}: {cause}; name it in net.allow_hosts to permit it"


async def test_no_spelling_of_an_address_passes_as_a_name(client: Client) -> None:
    for host in ("2130706434", "0x7f.2", "0177.0.0.2", "127.2", "１２７.0.0.2", "[::ffff:127.0.0.2]"):
        error = await failed(client, f"http://{host}/feed")
        assert isinstance(error, AddressError)
        assert "127.0.0.2" in error.cause


async def test_of_a_names_addresses_only_the_public_ones_are_connected_to(make_client: MakeClient) -> None:
    async with HttpServer(lambda _: Answer(body=b"public")) as server:
        client = make_client(resolver=Names(mixed_example=["127.0.0.2 127.0.0.1 10.0.0.1"]))
        assert (await client.send(Request(url=f"http://mixed.example:{server.port}/"))).body == b"public"


async def test_a_name_is_judged_by_the_answer_that_is_connected_to(make_client: MakeClient) -> None:
    names = Names(rebind_example=["127.0.0.1", "127.0.0.2"])
    async with HttpServer(lambda _: Answer(body=b"public", headers={"Connection": "close"})) as server:
        client = make_client(resolver=names)
        assert (await client.send(Request(url=f"http://rebind.example:{server.port}/"))).body == b"public"
        # Another port: a connection and a look-up of its own, now with the second answer.
        error = await failed(client, f"http://rebind.example:{server.port + 1}/")
    assert isinstance(error, AddressError)
    assert "rebind.example leads to 127.0.0.2, which is loopback" in error.cause
    assert names.asked == ["rebind.example"] * 2


async def test_an_allowed_name_may_lead_anywhere(make_client: MakeClient) -> None:
    names = Names(intranet_example=["127.0.0.1"], other_example=["127.0.0.1"])
    async with HttpServer(lambda _: Answer(body=b"inside")) as server:
        client = make_client(resolver=names, allow_hosts=("Intranet.example",))
        assert (await client.send(Request(url=f"http://intranet.example:{server.port}/"))).body == b"inside"
        assert isinstance(await failed(client, f"http://other.example:{server.port}/"), AddressError)


async def test_the_system_is_asked_for_names_unless_told_otherwise(make_client: MakeClient) -> None:
    async with HttpServer(lambda _: Answer(body=b"here")) as server:
        client = make_client(allow_hosts=("localhost",))
        assert (await client.send(Request(url=f"http://localhost:{server.port}/"))).body == b"here"
        error = await failed(client, "http://no-such-host.invalid/")
    assert error.phase == "dns"


async def test_connections_are_used_again(client: Client) -> None:
    async with HttpServer(lambda _: Answer(status=304)) as server:
        for _ in range(5):
            await client.send(Request(url=server.address))
        assert server.accepted == 1


async def test_a_host_gets_no_more_requests_at_once_than_allowed(make_client: MakeClient) -> None:
    answer, release = held(Answer())
    recorder = Recorder(answer)
    async with HttpServer(recorder) as server:
        client = make_client(per_host=2)
        quick = HttpServer(lambda _: Answer())
        sends = [asyncio.create_task(client.send(Request(url=server.address))) for _ in range(5)]
        async with quick:
            # Had the others not waited, they would have arrived before this whole exchange on a later connection.
            with_other_name = make_client(per_host=2, resolver=Names(other_example=["127.0.0.1"]))
            await with_other_name.send(Request(url=f"http://other.example:{quick.port}/"))
        assert len(recorder.seen) == 2
        release.set()
        await asyncio.gather(*sends)
    assert len(recorder.seen) == 5


@pytest.mark.parametrize(
    ("limits", "cause"),
    [
        ({"allow_hosts": ("10.0.0.0/99",)}, "settings: net.allow_hosts: '10.0.0.0/99' is neither"),
        ({"proxy": "socks5://127.0.0.1:1080"}, "settings: net.proxy: must be the http"),
    ],
)
async def test_limits_that_mean_nothing_are_settings_errors(limits: dict[str, Any], cause: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Client(Limits(version="1", **limits))
    assert str(caught.value).startswith(cause)


async def test_cancelling_a_request_gives_its_turn_back(make_client: MakeClient) -> None:
    answer, release = held(Answer(body=b"x"))
    arrived = asyncio.Event()
    async with HttpServer(lambda _: arrived.set() or answer) as server:
        client = make_client(per_host=1)
        first = asyncio.create_task(client.send(Request(url=server.address)))
        await arrived.wait()
        first.cancel()
        release.set()
        assert (await client.send(Request(url=server.address))).body == b"x"
        assert first.cancelled()
