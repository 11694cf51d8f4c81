"""A host that has asked to wait is not asked, at whichever of its addresses, until then; others are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import HeldBackError
from monitor.net.client import Client, Limits, Request
from monitor.net.holds import Holds
from tests.net.conftest import Names
from tests.servers.http import Answer, HttpServer
from tests.servers.http import Request as Asked

START = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is set."""

    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize(
    ("status", "retry_after", "held_s"),
    [
        (429, "120", 120),
        (503, "120", 120),
        (429, "Sun, 03 May 2026 12:05:00 GMT", 300),
        (429, "999999", 3_600),
        (429, None, 0),
        (429, "0", 0),
        (429, "Sun, 03 May 2026 11:00:00 GMT", 0),
        (429, "soon", 0),
        (500, "120", 0),
        (301, "120", 0),
        (200, "120", 0),
    ],
)
def test_a_host_is_held_back_as_long_as_it_asks_within_bounds(
    status: int, retry_after: str | None, held_s: float
) -> None:
    holds = Holds(most_s=3_600, now=Clock())
    holds.heed("https://a.example", status, {"retry-after": retry_after} if retry_after else {})
    assert (holds.left_s("https://a.example"), bool(holds)) == (held_s, held_s > 0)
    assert holds.left_s("http://a.example") == 0, "another port is another server"


def test_a_hold_ends_by_itself_and_is_never_shortened() -> None:
    clock = Clock()
    holds = Holds(now=clock)
    for seconds in ("100", "10"):
        holds.heed("a", 429, {"retry-after": seconds})
    assert holds.left_s("a") == 100
    clock.now += timedelta(seconds=100)
    assert (holds.left_s("a"), bool(holds)) == (0, False)
    holds.heed("b", 429, {"retry-after": "5"})
    clock.now += timedelta(seconds=9)
    holds.learn({"c": clock.now + timedelta(seconds=1)})
    assert (holds.left_s("c"), len(holds._until)) == (1, 1), "what is over leaves nothing behind"


def test_each_hold_is_passed_on_once_and_what_was_learned_is_not() -> None:
    holds = Holds(now=Clock())
    holds.heed("a", 429, {"retry-after": "60"})
    holds.learn({"b": START + timedelta(seconds=60), "c": START - timedelta(seconds=1)})
    assert holds.heard() == {"a": START + timedelta(seconds=60)}
    assert holds.heard() == {}
    assert (holds.left_s("b"), holds.left_s("c")) == (60, 0)


def busy(request: Asked) -> Answer:
    """Answer 429 at one address and well at all others; one of them leads to the first server."""
    if request.path == "/busy":
        return Answer(status=429, headers={"Retry-After": "60"})
    return Answer(body=b"x")


async def test_the_client_sends_nothing_to_a_host_that_is_held_back_on_no_hop() -> None:
    clock = Clock()
    async with (
        HttpServer(busy) as first,
        HttpServer(lambda _: Answer(status=302, headers={"Location": there})) as second,
    ):
        there = f"{first.address}/good"
        limits = Limits(version="1.2", allow_hosts=("127.0.0.1",))
        async with Client(limits, resolver=Names(), holds=Holds(now=clock)) as client:
            assert (await client.send(Request(url=there))).status == 200
            assert (await client.send(Request(url=f"{first.address}/busy"))).status == 429
            for url in (there, f"{first.address}/busy", second.address):
                with pytest.raises(HeldBackError) as caught:
                    await client.send(Request(url=url, shown_url="an address"))
                assert caught.value.retry_after_s == 60
            assert str(caught.value) == f"fetch: an address: not asked: {first.address} has asked to wait for 60 s more"
            clock.now += timedelta(seconds=61)
            assert (await client.send(Request(url=second.address))).status == 200
        async with Client(limits, resolver=Names()) as client:
            for _ in range(2):
                assert (await client.send(Request(url=f"{first.address}/busy"))).status == 429, "held back by nobody"
