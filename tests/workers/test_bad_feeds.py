"""Hostile and broken feeds through the whole service: a clear word each, or the good items; never a lost neighbour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.servers.documents import Entry, render_document
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer, endless, held, redirect
from tests.servers.webhooks import WebhookReceiver
from tests.workers.service import COMMON, Service, running

RSS = {"Content-Type": "application/rss+xml"}
NOW = datetime.now(UTC)


def document(*entries: Entry) -> bytes:
    """Render entries as RSS."""
    return render_document("rss", entries, title="Test", home="http://127.0.0.1/", encoding="utf-8")


def entry(title: str, *, guid: str | None = None, published_at: datetime | None = NOW) -> Entry:
    """Make an entry with a link of its own."""
    slug = title.replace(" ", "-")
    return Entry(title, guid=guid or slug, url=f"https://news.example/{slug}", published_at=published_at)


def bomb() -> bytes:
    """Write XML whose nested entities would expand to gigabytes."""
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(10))
    return f'<!DOCTYPE rss [<!ENTITY e0 "ha">{entities}]><rss><channel><title>&e10;</title></channel></rss>'.encode()


def attributes() -> bytes:
    """Write one element of 50,000 attributes."""
    written = " ".join(f"a{number}='1'" for number in range(50_000))
    return f"<rss {written}><channel/></rss>".encode()


@dataclass(frozen=True, slots=True)
class Bad:
    """A feed that gives no item, and the word that `status` has for it."""

    answer: Answer
    said: str


def bad_feeds(server: FeedServer) -> Mapping[str, Bad]:
    """Make every feed that gives nothing."""
    whole = document(entry("Qwen of a torn feed"))
    return {
        "text": Bad(Answer(body=b"no feed at all"), "not a feed: it begins with 'no feed at all'"),
        "empty": Bad(Answer(headers=RSS), "the body is empty"),
        "html": Bad(Answer(body=b"<!doctype html><html><body>Sorry</body></html>"), "an HTML page, not a feed"),
        "torn": Bad(
            Answer(headers=RSS, body=whole[: whole.index(b"<item>") + 4]),
            "no entry can be read; not well-formed: unclosed token: line 4, column 0; breaks off before its end",
        ),
        "cut": Bad(
            Answer(headers=RSS, body=whole, cut_after=100), "the connection broke off in the middle of the answer"
        ),
        "bomb": Bad(Answer(headers=RSS, body=bomb()), "it declares entities that expand (an XML bomb)"),
        "attributes": Bad(Answer(headers=RSS, body=attributes()), "an element <rss> has 50000 attributes, over 500"),
        "huge": Bad(endless(b"<rss>" + b" " * 65_536), "net.max_bytes"),
        "slow": Bad(endless(b"<rss>", pause_s=0.05), "no complete answer in time (net.timeout)"),
        "hanging": Bad(held(Answer(body=whole))[0], "no complete answer in time (net.timeout)"),
        "loop": Bad(redirect("/loop"), "redirects in a loop"),
        "private": Bad(redirect("http://10.0.0.1/"), "10.0.0.1 is private; name it in net.allow_hosts to permit it"),
        "path": Bad(Answer(body=b"/etc/passwd"), "not a feed: it begins with '/etc/passwd'"),
        "address": Bad(
            Answer(body=f"{server.url('/secret')}".encode()), "not a feed: it begins with 'http://127.0.0.1"
        ),
        "error": Bad(Answer(status=500), "answered 500"),
        "unreadable": Bad(
            Answer(headers={"Content-Encoding": "gzip"}, body=b"not gzip"), "the compressed body is broken"
        ),
    }


def odd_feeds() -> Mapping[str, tuple[bytes, set[str]]]:
    """Make every feed that is odd but has good items, with the titles that must be told."""
    long_ago, far_ahead = NOW - timedelta(days=400), NOW + timedelta(days=400)
    many = [entry(f"Qwen {number} of many" if number % 1_000 == 0 else f"Item {number}") for number in range(5_000)]
    whole = document(entry("Qwen whole"), entry("Qwen torn"))
    return {
        "torn-later": (whole[: whole.index(b"Qwen torn")], {"Qwen whole"}),
        "one-guid": (
            document(entry("Qwen twin one", guid="same"), entry("Qwen twin two", guid="same")),
            {"Qwen twin one", "Qwen twin two"},
        ),
        "no-guid": (
            document(Entry("Qwen without guid", url="https://news.example/noguid", published_at=NOW)),
            {"Qwen without guid"},
        ),
        "dates": (
            document(
                entry("Qwen undated", published_at=None),
                entry("Qwen of the past", published_at=long_ago),
                entry("Qwen of the future", published_at=far_ahead),
                entry("Qwen of today"),
            ),
            {"Qwen of today"},
        ),
        "many": (document(*many), {f"Qwen {number} of many" for number in range(0, 5_000, 1_000)}),
    }


def settings_of(server: FeedServer, hook: WebhookReceiver, paths: list[str]) -> str:
    """Write the settings of a service that polls these feeds, with short limits."""
    sources = "".join(f'[[feeds]]\nid = "{path}"\nurl = "{server.url(f"/{path}")}"\n' for path in paths)
    limits = 'timeout = "2s"\nmax_bytes = "1MB"\nper_host = 64'
    return f"""{COMMON.replace("per_host = 64", limits)}
parse_timeout = "5s"

{sources}
[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url()}"
secret_env = "HOOK_SECRET"

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["hook"]
"""


async def errors(service: Service) -> dict[str, str]:
    """Read what `status` says of each failing feed."""
    return {row["id"]: row["last_error"] for row in (await service.status())["feed_rows"] if row["failures"]}


async def test_bad_input_costs_nobody_but_itself(tmp_path: Path) -> None:
    async with FeedServer() as server, WebhookReceiver() as hook:
        bad, odd = bad_feeds(server), odd_feeds()
        for path, each in bad.items():
            server.at(f"/{path}").always(each.answer)
        for path, (body, _) in odd.items():
            server.at(f"/{path}").always(Answer(headers=RSS, body=body))
        server.add("/healthy")
        titles = {title for _, told in odd.values() for title in told}
        async with running(tmp_path, settings_of(server, hook, [*bad, *odd, "healthy"])) as service:
            pids = {row["pid"] for row in (await service.status())["workers"]}
            await server.polled("/slow")
            server.publish("/healthy", entry("Qwen of a healthy neighbour"))
            await hook.until(lambda: "Qwen of a healthy neighbour" in told(hook), within_s=20)
            await service.eventually(
                lambda status: status["feeds"] == {"failing": len(bad), "good": len(odd) + 1}, within_s=90
            )
            await hook.alerted(len(titles) + 1, within_s=60)
            said = await errors(service)
            assert not {path: said.get(path) for path, each in bad.items() if each.said not in said.get(path, "")}
            assert told(hook) == {*titles, "Qwen of a healthy neighbour"}
            assert {row["pid"] for row in (await service.status())["workers"]} == pids, "no worker died"
            assert server.count["/secret"] == 0
            server.publish("/healthy", entry("Qwen at the end"))
            await hook.until(lambda: "Qwen at the end" in told(hook), within_s=60)


def told(hook: WebhookReceiver) -> set[str]:
    """The titles of all alerts."""
    return {call.payload["items"][0]["title"] for call in hook.calls}
