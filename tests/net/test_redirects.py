"""Redirects are followed one at a time, each checked, and secrets stay with whom they were meant for."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.errors import AddressError, FetchError
from monitor.net.client import Client, Request, Response
from monitor.net.hops import Hop, first_hop, next_hop
from tests.net.conftest import MakeClient, Names
from tests.servers.http import Answer, HttpServer, redirect
from tests.servers.http import Request as Received


def site(routes: dict[str, Answer]) -> HttpServer:
    """Serve a table of paths."""
    return HttpServer(lambda request: routes.get(request.path, Answer(body=request.target.encode())))


async def fetch(client: Client, url: str, **more: Any) -> Response:
    return await client.send(Request(url=url, **more))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_to_the_answer_and_is_told(client: Client, status: int) -> None:
    async with site({"/old": redirect("/new?a=1#part", status)}) as server:
        answer = await fetch(client, f"{server.address}/old")
        assert (answer.status, answer.body) == (200, b"/new?a=1")
        assert answer.url == f"{server.address}/new?a=1"
        assert answer.redirects == ((status, f"{server.address}/new?a=1"),)


async def test_redirects_are_told_in_their_order(client: Client) -> None:
    async with site({"/a": redirect("/b", 301), "/b": redirect("c", 302)}) as server:
        answer = await fetch(client, f"{server.address}/a")
        assert [(status, url.removeprefix(server.address)) for status, url in answer.redirects] == [
            (301, "/b"),
            (302, "/c"),
        ]


@pytest.mark.parametrize("status", [300, 304, 305, 399])
async def test_other_3xx_are_answers(client: Client, status: int) -> None:
    async with site({"/a": Answer(status=status, headers={"Location": "/b"})}) as server:
        assert (await fetch(client, f"{server.address}/a")).status == status


async def test_a_redirect_without_a_location_is_an_answer(client: Client) -> None:
    async with site({"/a": Answer(status=302, body=b"where?")}) as server:
        assert (await fetch(client, f"{server.address}/a")).body == b"where?"


async def test_redirects_are_not_followed_when_not_wanted(client: Client) -> None:
    async with site({"/a": redirect("/b")}) as server:
        answer = await fetch(client, f"{server.address}/a", follow_redirects=False)
    assert (answer.status, answer.headers["location"]) == (302, "/b")


async def test_the_body_of_a_redirect_is_not_read(make_client: MakeClient) -> None:
    async with site({"/a": Answer(status=302, headers={"Location": "/b"}, body=bytes(100_000))}) as server:
        assert (await fetch(make_client(max_bytes=100), f"{server.address}/a")).body == b"/b"


@pytest.mark.parametrize(
    ("routes", "cause"),
    [
        ({"/a": redirect("/a")}, "redirects in a loop"),
        ({"/a": redirect("#x")}, "redirects in a loop"),
        ({"/a": redirect("/b"), "/b": redirect("/a")}, "redirects in a loop"),
        ({"/a": redirect("/b"), "/b": redirect("/b")}, "redirects in a loop"),
        (
            {"/a": redirect("/1"), "/1": redirect("/2"), "/2": redirect("/3"), "/3": redirect("/4")},
            "redirects more than 3 times (net.max_redirects)",
        ),
        ({"/a": redirect("file:///etc/passwd")}, "redirects to what is no http:// or https:// address"),
        ({"/a": redirect("http://[::1/")}, "redirects to what is no http:// or https:// address"),
        ({"/a": redirect("javascript:alert(1)")}, "redirects to what is no http:// or https:// address"),
    ],
)
async def test_a_redirect_that_leads_nowhere_is_named(
    make_client: MakeClient, routes: dict[str, Answer], cause: str
) -> None:
    async with site(routes) as server:
        with pytest.raises(FetchError) as caught:
            await fetch(make_client(max_redirects=3), f"{server.address}/a")
        assert str(caught.value) == f"fetch: {server.address}/a: {cause}"
    assert (caught.value.phase, caught.value.status) == ("redirect", 302)


@pytest.mark.parametrize(
    ("location", "cause"),
    [
        ("http://10.0.0.1:8080/?token=secret", "redirects to http://10.0.0.1:8080: 10.0.0.1 is private"),
        ("//127.0.0.2/x", "redirects to http://127.0.0.2: 127.0.0.2 is loopback"),
        ("http://0x7f.2/", "redirects to http://127.0.0.2: 127.0.0.2 is loopback"),
        ("https://[::1]/", "redirects to https://[::1]: ::1 is loopback"),
        ("http://inside.example/", "inside.example leads to 192.168.0.7, which is private"),
    ],
)
async def test_a_redirect_to_a_refused_address_is_not_followed(
    make_client: MakeClient, location: str, cause: str
) -> None:
    async with site({"/a": redirect(location)}) as server:
        with pytest.raises(AddressError) as caught:
            await fetch(make_client(resolver=Names(inside_example=["192.168.0.7"])), f"{server.address}/a")
        expected = f"refused address: {server.address}/a: {cause}; name it in net.allow_hosts to permit it"
        assert str(caught.value) == expected
    assert caught.value.phase == "redirect"


async def test_cookies_are_not_kept_between_redirects(client: Client) -> None:
    seen: list[Received] = []

    def respond(request: Received) -> Answer:
        seen.append(request)
        if request.path == "/a":
            return Answer(status=302, headers={"Location": "/b", "Set-Cookie": "id=7; Path=/"})
        return Answer()

    async with HttpServer(respond) as server:
        await fetch(client, f"{server.address}/a")
    assert [(request.path, request.headers.get("cookie"), request.headers.get("referer")) for request in seen] == [
        ("/a", None, None),
        ("/b", None, None),
    ]


SECRETS = {"X-Api-Key": "k", "Accept": "text/xml"}


@pytest.mark.parametrize(
    ("url", "location", "kept"),
    [
        ("https://a.example/1", "/2", True),
        ("https://a.example/1", "https://A.example:443/2", True),
        ("http://a.example/1", "https://a.example/2", True),
        ("https://a.example/1", "http://a.example/2", False),
        ("http://a.example:8080/1", "https://a.example:8443/2", False),
        ("http://a.example/1", "https://b.example/2", False),
        ("https://a.example/1", "https://a.example:8443/2", False),
        ("https://a.example/1", "https://b.a.example/2", False),
        ("https://a.example/1", "https://x:y@b.example/2", False),
    ],
)
def test_secrets_go_to_the_same_origin_only(url: str, location: str, *, kept: bool) -> None:
    hop = _begun(Request(url=url, headers=SECRETS, credentials=("user", "pass")))
    assert hop.headers["Authorization"] == "Basic dXNlcjpwYXNz"
    target = next_hop(hop, location)
    assert target is not None
    assert target.headers == (hop.headers if kept else {"Accept": "text/xml"})


def test_secrets_left_behind_do_not_come_back() -> None:
    hop = _begun(Request(url="https://user:pass@a.example/1", headers=SECRETS))
    away = next_hop(hop, "https://b.example/")
    assert away is not None
    back = next_hop(away, "https://a.example/2")
    assert back is not None
    assert set(back.headers) == {"Accept"}


@pytest.mark.parametrize(("validated", "sent_to"), [("/a", ["/a"]), ("/b", ["/b"]), ("/c", [])])
async def test_validators_go_to_the_address_alone_that_they_came_from(
    client: Client, validated: str, sent_to: list[str]
) -> None:
    seen: list[Received] = []

    def respond(request: Received) -> Answer:
        seen.append(request)
        return redirect("/b") if request.path == "/a" else Answer()

    async with HttpServer(respond) as server:
        validators = {"if-none-match": 'W/"1"'}
        validated_url = f"{server.address}{validated}"
        await client.send(Request(url=f"{server.address}/a", validators=validators, validated_url=validated_url))
    assert [request.path for request in seen if request.headers.get("if-none-match") == 'W/"1"'] == sent_to


def test_user_and_password_in_a_location_are_not_used() -> None:
    hop = next_hop(_begun(Request(url="https://a.example/1")), "https://user:pass@a.example/2")
    assert hop is not None
    assert (hop.target.url, hop.headers) == ("https://a.example/2", {})


def test_a_location_that_is_no_utf_8_keeps_its_bytes() -> None:
    hop = next_hop(
        _begun(Request(url="https://a.example/1")), b"/\xd0\xc2?q=\xce\xc5".decode("utf-8", "surrogateescape")
    )
    assert hop is not None
    assert str(hop.target.wire_url) == "https://a.example/%D0%C2?q=%CE%C5"


def _begun(request: Request) -> Hop:
    hop = first_hop(request)
    assert hop is not None
    return hop
