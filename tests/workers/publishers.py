"""Publishers in simulated time, and the judge of those who poll them: each request is held against what was said.

The judge knows HTTP and RSS only, nothing of the service: what an answer allowed is worked out here once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from random import Random

from tests.servers.documents import Entry, render_document
from tests.servers.http import Answer, HttpServer, Request, redirect

#: Items that a feed lists.
PAGE = 40


@dataclass
class Clock:
    """The time of a simulation."""

    now: datetime

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


@dataclass(frozen=True, slots=True)
class Manner:
    """How one publisher behaves."""

    items_per_day: float
    validators: Sequence[str] = ("etag", "last-modified")
    #: Cache-Control: max-age, or Expires, so many seconds ahead.
    max_age_s: float = 0.0
    expires_s: float = 0.0
    ttl_minutes: int = 0
    skip_hours: tuple[int, ...] = ()
    #: What it answers at a time in place of its feed; None: the feed.
    trouble: Callable[[datetime], Answer | None] = lambda _: None


@dataclass(slots=True)
class Verdict:
    """Offences, each as a line that says when and what."""

    needless: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    before_retry_after: list[str] = field(default_factory=list)


class Publisher:
    """One feed whose items appear in simulated time, and what the requests for it were like."""

    def __init__(self, path: str, manner: Manner, clock: Clock, *, hours: float, least_s: float, most_s: float) -> None:
        self.path = path
        self.manner = manner
        self.requests: list[tuple[datetime, Request]] = []
        self.verdict = Verdict()
        self._clock = clock
        self._bounds = least_s, most_s
        self._allowed_at = self._retry_at = clock.now
        self._gave_validators = False
        self.published = self._plan(hours, Random(path))

    def _plan(self, hours: float, rng: Random) -> list[datetime]:
        """Choose when items appear, from a week before the start on."""
        count = round(self.manner.items_per_day * (7 + hours / 24))
        start, span_s = self._clock.now - timedelta(days=7), 7 * 86_400 + hours * 3_600
        return sorted(start + timedelta(seconds=rng.uniform(0, span_s)) for _ in range(count))

    def respond(self, request: Request) -> Answer:
        """Judge a request, and answer it."""
        now = self._clock.now
        self._judge(request, now)
        self.requests.append((now, request))
        answer = self.manner.trouble(now) or self._feed(request, now)
        self._note(answer, now)
        return answer

    def _judge(self, request: Request, now: datetime) -> None:
        line = f"{self.path} at {now:%d %H:%M:%S}, allowed from {self._allowed_at:%d %H:%M:%S}"
        conditional = request.headers.keys() & {"if-none-match", "if-modified-since"}
        if self._gave_validators and not conditional:
            self.verdict.needless.append(line)
        if now < self._retry_at:
            self.verdict.before_retry_after.append(line)
        if self.requests and (now < self._allowed_at or now.hour in self.manner.skip_hours):
            self.verdict.early.append(line)

    def _note(self, answer: Answer, now: datetime) -> None:
        """Work out what an answer asks for."""
        least_s, most_s = self._bounds
        asked_s = max(least_s, min(max(self._fresh_s(answer), self.manner.ttl_minutes * 60), most_s))
        # What the simulation loses between choosing a time and writing it down.
        self._allowed_at = now + timedelta(seconds=asked_s - 0.001)
        self._retry_at = now + timedelta(seconds=_retry_s(answer, now))
        self._gave_validators |= "ETag" in answer.headers or "Last-Modified" in answer.headers

    def _fresh_s(self, answer: Answer) -> float:
        return max(self.manner.max_age_s, self.manner.expires_s) if answer.status in (200, 304) else 0.0

    def _feed(self, request: Request, now: datetime) -> Answer:
        out = [at for at in self.published if at <= now]
        headers = self._headers(out[-1], now)
        if self._is_current(request, headers):
            return Answer(status=304, headers=headers)
        return Answer(headers={**headers, "Content-Type": "application/rss+xml"}, body=self._body(out[-PAGE:]))

    def _headers(self, newest: datetime, now: datetime) -> dict[str, str]:
        manner, headers = self.manner, {"Date": format_datetime(now, usegmt=True)}
        if "etag" in manner.validators:
            headers["ETag"] = f'W/"{newest.timestamp()}"'
        if "last-modified" in manner.validators:
            headers["Last-Modified"] = format_datetime(newest + timedelta(seconds=1), usegmt=True)
        if manner.max_age_s:
            headers["Cache-Control"] = f"public, max-age={manner.max_age_s:.0f}"
        if manner.expires_s:
            headers["Expires"] = format_datetime(now + timedelta(seconds=manner.expires_s), usegmt=True)
        return headers

    def _is_current(self, request: Request, headers: dict[str, str]) -> bool:
        if "ETag" in headers and "if-none-match" in request.headers:
            return request.headers["if-none-match"] == headers["ETag"]
        since = request.headers.get("if-modified-since")
        return since is not None and since == headers.get("Last-Modified")

    def _body(self, times: Sequence[datetime]) -> bytes:
        items = [
            Entry(f"Item {at}", guid=f"{at}", url=f"https://news.example{self.path}/{at.timestamp()}", published_at=at)
            for at in reversed(times)
        ]
        body = render_document("rss", items, title="x", home="https://news.example/", encoding="utf-8").decode()
        asked = f"<ttl>{self.manner.ttl_minutes}</ttl>" if self.manner.ttl_minutes else ""
        if self.manner.skip_hours:
            hours = "".join(f"<hour>{hour}</hour>" for hour in self.manner.skip_hours)
            asked += f"<skipHours>{hours}</skipHours>"
        return body.replace("<channel>", f"<channel>{asked}", 1).encode()


def _retry_s(answer: Answer, now: datetime) -> float:
    text = answer.headers.get("Retry-After", "0")
    return float(text) if text.isdigit() else (parsedate_to_datetime(text) - now).total_seconds()


class Press(HttpServer):
    """All publishers on one port; `/old/...` redirects to `/...` for good."""

    def __init__(self, publishers: dict[str, Publisher]) -> None:
        super().__init__(self._answer)
        self._publishers = publishers

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith("/old/"):
            return redirect(request.path.removeprefix("/old"), 301)
        return self._publishers[request.path].respond(request)
