"""What is asked of a publisher, and what its answers mean."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.feeds.fetch import NotModified, conditional_request, fetch
from monitor.model import Document, FeedState
from monitor.net.messages import Request, Response
from tests.feeds.made import FEED, NOW, URL

STATE = FeedState(url=URL, etag='W/"a,b"', last_modified="Sun, 3 May 2026 08:00:00 GMT (sic)")


class Publisher:
    """Gives one answer and keeps the request."""

    def __init__(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.answer = Response(status, f"{URL}?moved", {name.replace("_", "-"): v for name, v in headers.items()}, body)
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer


def test_validators_go_back_to_the_letter() -> None:
    request = conditional_request(FEED, STATE)
    assert request.validators == {"if-none-match": STATE.etag, "if-modified-since": STATE.last_modified}
    assert request.validated_url == STATE.url, "and to the address alone that they came from"


def test_without_validators_the_request_is_plain() -> None:
    request = conditional_request(FEED, FeedState())
    assert (request.headers.keys(), request.validators) == ({"accept"}, {})


def test_a_feed_brings_its_own_headers_and_credentials() -> None:
    feed = replace(FEED, headers={"Accept": "text/xml", "X-Key": "k"}, credentials=("user", "password"))
    request = conditional_request(feed, FeedState())
    assert request == Request(
        url=URL, headers={"accept": "text/xml", "x-key": "k"}, credentials=("user", "password"), shown_url=URL
    )


async def test_a_200_is_a_document_from_where_it_was_found() -> None:
    answer = await fetch(Publisher(200, b"<rss/>", etag='"1"'), FEED, FeedState(), now=NOW)
    assert answer == Document(URL, f"{URL}?moved", 200, {"etag": '"1"'}, b"<rss/>")


async def test_a_304_is_no_failure_and_may_bring_new_validators() -> None:
    state = replace(STATE, url=f"{URL}?moved")
    answer = await fetch(Publisher(304, etag='"2"', cache_control="max-age=600"), FEED, state, now=NOW)
    assert answer == NotModified(etag='"2"', fresh_s=600)


async def test_a_304_of_another_address_is_about_another_document() -> None:
    with pytest.raises(FetchError, match="304 although nothing was asked on a condition"):
        await fetch(Publisher(304), FEED, STATE, now=NOW)


@pytest.mark.parametrize(
    ("statuses", "moved_to"), [((301,), "/1"), ((308, 301), "/2"), ((301, 302), ""), ((307, 308), ""), ((302,), "")]
)
async def test_a_chain_is_permanent_only_if_every_hop_is(statuses: tuple[int, ...], moved_to: str) -> None:
    publisher = Publisher(200)
    hops = tuple((status, f"/{number}") for number, status in enumerate(statuses, 1))
    publisher.answer = replace(publisher.answer, redirects=hops)
    document = await fetch(publisher, FEED, FeedState(), now=NOW)
    assert isinstance(document, Document)
    assert document.moved_to == moved_to


async def test_a_304_that_nobody_asked_for_is_a_failure() -> None:
    with pytest.raises(FetchError, match="304 although nothing was asked on a condition"):
        await fetch(Publisher(304), FEED, FeedState(), now=NOW)


@pytest.mark.parametrize(
    ("status", "temporary"),
    [(204, False), (301, False), (401, False), (404, False), (408, True), (410, False), (429, True), (503, True)],
)
async def test_any_other_answer_is_a_failure(status: int, temporary: bool) -> None:
    with pytest.raises(FetchError) as caught:
        await fetch(Publisher(status, retry_after="90"), FEED, STATE, now=NOW)
    error = caught.value
    assert (error.phase, error.status, error.temporary, error.retry_after_s) == ("status", status, temporary, 90.0)
    assert str(error) == f"fetch: {URL}: answered {status}"
