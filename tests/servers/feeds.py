"""A server of feeds that grow while tests run: entries are published to a path and served with right validators.

Each path is a Script: without anything queued it serves its feed, conditional requests included (RFC 9110, 13.1), from
bodies rendered once per publication, so that benchmarks can poll thousands of feeds.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from tests.servers.documents import CONTENT_TYPES, Entry, Form, render_document
from tests.servers.http import Answer, HttpServer, Request, render
from tests.servers.script import Changes, Script

#: Requests remembered with their headers; the counters go on beyond.
REMEMBERED = 10_000

NOT_FOUND = Answer(status=404, headers={"Content-Type": "text/plain"}, body=b"no such feed\n")


class PublishedFeed:
    """The entries at one path, newest first, and the two responses that they amount to."""

    def __init__(
        self,
        form: Form,
        *,
        title: str,
        home: str,
        encoding: str,
        validators: Collection[str],
        headers: Mapping[str, str],
    ) -> None:
        self.form, self.title, self.home, self.encoding = form, title, home, encoding
        self.validators, self.headers = validators, headers
        self.entries: list[Entry] = []
        self._modified_at = datetime.now(UTC).replace(microsecond=0)
        self._render()

    def publish(self, *entries: Entry) -> None:
        """Put entries on top, the last one given uppermost."""
        self.entries[:0] = reversed(entries)
        # A date of whole seconds must differ between two publications of one second, or a client that has no ETag
        # would rightly take the second for the first.
        self._modified_at = max(datetime.now(UTC).replace(microsecond=0), self._modified_at + timedelta(seconds=1))
        self._render()

    def respond(self, headers: Mapping[str, str]) -> bytes:
        """Return the 304 or the 200 that this request deserves, rendered whole."""
        return self._unchanged if self._is_current(headers) else self._whole

    def _is_current(self, headers: Mapping[str, str]) -> bool:
        if "etag" in self.validators and "if-none-match" in headers:
            return headers["if-none-match"] in (self.etag, "*")
        if "last-modified" in self.validators and "if-modified-since" in headers:
            return parsedate_to_datetime(headers["if-modified-since"]) >= self._modified_at
        return False

    def _render(self) -> None:
        body = self.document(*self.entries)
        self.etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        offered = {"etag": ("ETag", self.etag), "last-modified": ("Last-Modified", self.last_modified)}
        headers = {**self.headers, **dict(offered[name] for name in self.validators)}
        content_type = f"{CONTENT_TYPES[self.form]}; charset={self.encoding}"
        self._unchanged = render(Answer(status=304, headers=headers))
        self._whole = render(Answer(headers={**headers, "Content-Type": content_type}, body=body))

    def document(self, *entries: Entry) -> bytes:
        """Render a document of this feed with these entries."""
        return render_document(self.form, entries, title=self.title, home=self.home, encoding=self.encoding)

    @property
    def last_modified(self) -> str:
        """The date of the last publication as HTTP writes it."""
        return format_datetime(self._modified_at, usegmt=True)


class FeedServer(HttpServer):
    """Any number of feeds on one port of 127.0.0.1, each at a path of its own."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self._feeds: dict[str, PublishedFeed] = {}
        self._scripts: dict[str, Script[Answer | None]] = {}
        self._changes = Changes()
        #: Requests per path (without query) since the start.
        self.count: Counter[str] = Counter()
        #: The latest requests of all paths, oldest first.
        self.requests: deque[Request] = deque(maxlen=REMEMBERED)

    def add(
        self,
        path: str,
        *entries: Entry,
        form: Form = "rss",
        title: str = "Test feed",
        encoding: str = "utf-8",
        validators: Collection[str] = ("etag", "last-modified"),
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Serve a feed at `path` with these entries and return its address; the feed's home is /home of this server."""
        home = f"{self.address}/home"
        feed = PublishedFeed(
            form, title=title, home=home, encoding=encoding, validators=validators, headers=headers or {}
        )
        self._feeds[path] = feed
        feed.publish(*entries)
        return self.url(path)

    def publish(self, path: str, *entries: Entry) -> None:
        """Put entries on top of the feed at `path`."""
        self._feeds[path].publish(*entries)

    def document(self, path: str, *entries: Entry) -> bytes:
        """Render the document of the feed at `path`: whole, or with just these entries."""
        feed = self._feeds[path]
        return feed.document(*(entries or feed.entries))

    def at(self, path: str) -> Script[Answer | None]:
        """Return the script of a path; None in it means "what the feed there says"."""
        return self._scripts.setdefault(path, Script(None))

    def url(self, path: str) -> str:
        """Return the whole address of a path."""
        return self.address + path

    def requests_of(self, path: str) -> list[Request]:
        """Return the remembered requests of one path, oldest first."""
        return [request for request in self.requests if request.path == path]

    async def until(self, condition: Callable[[], bool], *, within_s: float = 25.0) -> None:
        """Return once `condition()` holds after some request; fail after `within_s` seconds."""
        await self._changes.until(condition, within_s=within_s, say=lambda: f"requests: {dict(self.count)}")

    async def polled(self, path: str, *, times: int = 1, within_s: float = 25.0) -> None:
        """Return once `path` has been asked for `times` more times than now."""
        goal = self.count[path] + times
        await self.until(lambda: self.count[path] >= goal, within_s=within_s)

    def _answer(self, request: Request) -> Answer | bytes:
        path = request.path
        self.count[path] += 1
        self.requests.append(request)
        self._changes.happened()
        answer = self._scripts[path].next() if path in self._scripts else None
        if answer is not None:
            return answer
        feed = self._feeds.get(path)
        return feed.respond(request.headers) if feed else NOT_FOUND
