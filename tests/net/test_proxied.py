"""Through a real proxy on loopback: plain requests, tunnels, and what the proxy refuses."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

import pytest
import trustme

from monitor.errors import AddressError, FetchError
from monitor.net.client import Request
from tests.net.conftest import MakeClient, Names, https_server, serving
from tests.servers.http import Answer, HttpServer


class Proxy:
    """A forwarding HTTP proxy: absolute addresses and CONNECT, every name leading to 127.0.0.1."""

    def __init__(self, *, refusal: bytes = b"") -> None:
        self._refusal = refusal
        self._server: asyncio.Server | None = None
        #: Request lines and Proxy-Authorization headers as they came.
        self.lines: list[str] = []
        self.authorizations: list[str] = []

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *headers = head.split("\r\n")
            self.lines.append(line)
            self.authorizations += [header for header in headers if header.startswith("Proxy-Authorization")]
            if self._refusal:
                writer.write(self._refusal)
            else:
                await self._forward(line, head, reader, writer)
        writer.close()

    async def _forward(self, line: str, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = line.split(" ")
        port = int(target.removeprefix("http://").split("/")[0].rpartition(":")[2])
        there, back = await asyncio.open_connection("127.0.0.1", port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            back.write(head.replace(target, "/" + target.split("/", 3)[3], 1).encode("latin-1"))
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


async def test_a_plain_request_goes_through_the_configured_proxy(make_client: MakeClient) -> None:
    async with HttpServer(lambda request: Answer(body=request.target.encode())) as server, Proxy() as proxy:
        client = make_client(proxy=f"http://user:pass@{proxy.address}", resolver=Names())
        url = f"http://news.example:{server.port}/feed?a=1"
        answer = await client.send(Request(url=url))
    assert (answer.body, answer.url) == (b"/feed?a=1", url)
    assert proxy.lines == [f"GET {url} HTTP/1.1"]
    assert proxy.authorizations == ["Proxy-Authorization: Basic dXNlcjpwYXNz"]


async def test_https_goes_through_a_tunnel_of_the_environments_proxy(make_client: MakeClient) -> None:
    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with https_server(serving(authority.issue_cert("news.example"))) as url, Proxy() as proxy:
        url = url.replace("127.0.0.1", "news.example")
        client = make_client(environ={"HTTPS_PROXY": proxy.address}, resolver=Names(), trust=trust)
        answer = await client.send(Request(url=url))
    assert answer.body == b"secret news"
    assert proxy.lines == [f"CONNECT {url.removeprefix('https://').rstrip('/')} HTTP/1.1"]


async def test_a_host_in_no_proxy_is_asked_directly(make_client: MakeClient) -> None:
    async with HttpServer(lambda _: Answer(body=b"direct")) as server, Proxy() as proxy:
        client = make_client(environ={"HTTP_PROXY": proxy.address, "NO_PROXY": "127.0.0.1"})
        assert (await client.send(Request(url=server.address))).body == b"direct"
    assert proxy.lines == []


@pytest.mark.parametrize(
    ("refusal", "status", "cause"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            407,
            "the proxy answered 407 Proxy Authentication Required",
        ),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 403, "the proxy answered 403 Forbidden"),
    ],
)
async def test_a_tunnel_that_the_proxy_refuses_is_the_proxys_failure(
    make_client: MakeClient, refusal: bytes, status: int, cause: str
) -> None:
    async with Proxy(refusal=refusal) as proxy:
        with pytest.raises(FetchError) as caught:
            await make_client(proxy=f"http://{proxy.address}").send(Request(url="https://news.example/"))
    assert (caught.value.phase, caught.value.status, caught.value.cause) == ("proxy", status, cause)


async def test_a_proxy_that_is_not_there_is_named(make_client: MakeClient) -> None:
    async with Proxy() as proxy:
        gone = proxy.address
    for url in ("http://news.example/", "https://news.example/"):
        with pytest.raises(FetchError) as caught:
            await make_client(proxy=gone).send(Request(url=url))
        assert caught.value.phase == "proxy"
        assert caught.value.cause.startswith("cannot connect to the proxy: ")


async def test_a_proxys_own_name_may_lead_inside_while_a_direct_host_may_not(make_client: MakeClient) -> None:
    names = Names(proxy_example=["127.0.0.1"])
    async with HttpServer(lambda _: Answer(body=b"here")) as server, Proxy() as proxy:
        port = proxy.address.rpartition(":")[2]
        environ = {"HTTP_PROXY": f"http://proxy.example:{port}", "NO_PROXY": "proxy.example"}
        client = make_client(environ=environ, resolver=names, allow_hosts=())
        assert (await client.send(Request(url=f"http://news.example:{server.port}/"))).body == b"here"
        with pytest.raises(AddressError, match=r"proxy\.example leads to 127\.0\.0\.1"):
            await client.send(Request(url=f"http://proxy.example:{server.port}/"))


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost", "0x7f.2"])
async def test_behind_a_proxy_hosts_written_as_a_private_address_are_still_refused(
    make_client: MakeClient, host: str
) -> None:
    async with Proxy() as proxy:
        with pytest.raises(AddressError):
            await make_client(proxy=proxy.address).send(Request(url=f"http://{host}/"))
    assert proxy.lines == []
