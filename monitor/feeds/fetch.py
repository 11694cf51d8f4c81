"""A feed and what we remember of it to its document, or to the word that it has not changed.

Validators go back to the letter, and only to the address that they came from.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from monitor.errors import FetchError
from monitor.feeds.freshness import freshness_s
from monitor.feeds.moves import permanent_target
from monitor.model import Document, Feed, FeedState
from monitor.net.messages import Request, Response
from monitor.net.retry_after import retry_after_s

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_HEADERS = {"accept": _ACCEPT}
#: Refusals that pass by themselves (RFC 9110, section 15.5; RFC 6585; RFC 8470).
_PASSING = frozenset((408, 425, 429))


class NotModified(msgspec.Struct, frozen=True):
    """The answer 304: the document is still the one that the validators belong to."""

    #: The validators that came with it; None: those that were sent still hold (RFC 9111, section 4.3.4).
    etag: str | None = None
    last_modified: str | None = None
    #: Seconds for which it is fresh; None where it does not say.
    fresh_s: float | None = None
    #: Where permanent redirects, and no other, led; "" where there were none.
    moved_to: str = ""


class Sender(Protocol):
    """What `fetch` needs of `monitor.net.client.Client`."""

    async def send(self, request: Request) -> Response:
        """Send a request and return the answer, whatever its status."""
        ...


async def fetch(client: Sender, feed: Feed, state: FeedState, *, now: datetime) -> Document | NotModified:
    """Ask for a feed's document; `now` is what a Retry-After date is measured against.

    Raises FetchError for every answer but 200 and 304, with `status` and `retry_after_s`, and whatever the client
    raises where no answer came.
    """
    request = conditional_request(feed, state)
    return read_answer(await client.send(request), feed, request, now=now)


async def fetch_anew(client: Sender, url: str, *, now: datetime) -> Document:
    """Ask for the document at an address of which nothing is known. Raises as `fetch` does."""
    answer = await fetch(client, Feed("new", url, shown_url=url), FeedState(), now=now)
    assert isinstance(answer, Document)  # noqa: S101 -- nothing was asked on a condition
    return answer


def conditional_request(feed: Feed, state: FeedState) -> Request:
    """Build the request for a feed; a header of the feed's own replaces ours of the same name."""
    return Request(
        url=feed.url,
        headers={**_HEADERS, **{name.lower(): value for name, value in feed.headers.items()}}
        if feed.headers
        else _HEADERS,
        validators=_validators(state),
        validated_url=state.url,
        credentials=feed.credentials,
        shown_url=feed.shown_url,
    )


def _validators(state: FeedState) -> dict[str, str]:
    # Source: RFC 9110, sections 13.1.2 and 13.1.3; both go out, a server uses the first that it knows.
    validators = {}
    if state.etag:
        validators["if-none-match"] = state.etag
    if state.last_modified:
        validators["if-modified-since"] = state.last_modified
    return validators


def read_answer(answer: Response, feed: Feed, request: Request, *, now: datetime) -> Document | NotModified:
    """Tell what an answer means; raises FetchError where it brings no document."""
    if answer.status == 304 and request.validators and answer.url == request.validated_url:
        headers = answer.headers
        return NotModified(
            headers.get("etag"),
            headers.get("last-modified"),
            freshness_s(headers, now),
            permanent_target(answer.redirects),
        )
    if answer.status == 200:
        moved_to = permanent_target(answer.redirects)
        return Document(feed.url, answer.url, answer.status, answer.headers, answer.body, moved_to)
    raise FetchError(
        feed.shown_url or feed.id,
        "answered 304 although nothing was asked on a condition"
        if answer.status == 304
        else f"answered {answer.status}",
        phase="status",
        temporary=answer.status in _PASSING or answer.status >= 500,
        status=answer.status,
        retry_after_s=retry_after_s(answer.headers.get("retry-after"), now),
    )
