"""The pages behind links, over real HTTP: looking changes nothing, and nothing on them comes from elsewhere."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from monitor.web.access import Access
from monitor.web.application import application
from monitor.web.server import WebServer, listen
from monitor.web.wording import ASKED, DONE, OPPOSITE, REFUSED, SAID, language_of
from tests.web.readers import HOSTILE, SIGHTS, ReaderOfAll
from tests.web.test_application import Receiver


@dataclass
class Site:
    reader: ReaderOfAll
    client: aiohttp.ClientSession
    url: str
    said: list[Access]

    async def ask(self, method: str, token: str, language: str = "en", data: object = None) -> tuple[int, str]:
        headers = {"Accept-Language": language}
        async with self.client.request(method, f"{self.url}/f/{token}", headers=headers, data=data) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    reader, said = ReaderOfAll(), list[Access]()
    at = listen("127.0.0.1", 0)
    server = WebServer(application(Receiver(), reader, said=said.append))
    task = asyncio.create_task(server.serve(at))
    async with aiohttp.ClientSession() as client:
        yield Site(reader, client, f"http://127.0.0.1:{at.getsockname()[1]}", said)
    server.stop()
    await task


@pytest.mark.parametrize("token", ["yes", "no", "mute", "unsubscribe"])
async def test_looking_changes_nothing_and_a_click_does_it(site: Site, token: str) -> None:
    for method in ("GET", "HEAD"):
        assert (await site.ask(method, token))[0] == 200
    _, page = await site.ask("GET", token)
    assert page.count("<form") == page.count('method="post"') == 1
    assert site.reader.acted == []
    status, page = await site.ask("POST", token)
    assert (status, "<form" in page) == (200, False)
    assert site.reader.acted == [token]


async def test_a_mail_program_unsubscribes_by_one_post(site: Site) -> None:
    """RFC 8058, section 3.2: no cookie, no other header, no redirect; as a form, or in parts."""
    parts = aiohttp.FormData({"List-Unsubscribe": "One-Click"}, default_to_multipart=True)
    for body in ("List-Unsubscribe=One-Click", parts, None):
        status, page = await site.ask("POST", "unsubscribe", data=body)
        assert (status, "Unsubscribed" in page) == (200, True)
    assert site.reader.acted == ["unsubscribe"] * 3
    assert (await site.ask("POST", "unsubscribe", data=bytes(20_000)))[0] == 413


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        ("nonsense", 400, "This link does not work"),
        ("expired", 410, "This link has expired"),
        ("gone", 410, "This alert is no longer kept"),
        ("later", 503, "Not possible right now"),
    ],
)
async def test_what_cannot_be_is_said_in_plain_words(site: Site, token: str, status: int, words: str) -> None:
    for method in ("GET", "POST"):
        found, page = await site.ask(method, token)
        assert found == status
        assert words in page
        assert "<form" not in page


async def test_pages_load_and_tell_nothing(site: Site) -> None:
    for method, token in (("GET", "yes"), ("POST", "yes"), ("GET", "nonsense")):
        async with site.client.request(method, f"{site.url}/f/{token}") as answer:
            page, headers = await answer.text(), answer.headers
        style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
        policy = headers["Content-Security-Policy"]
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self';")
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script|<link|<img|<iframe|style=|\bsrc=|url\(|@import|https?://", page)
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [("en", "changes nothing", "nothing has been changed"), ("zh", "不会更改任何内容", "没有任何更改")],
)
async def test_a_test_alerts_page_looks_the_same_and_says_what_it_is(
    site: Site, language: str, before: str, after: str
) -> None:
    _, page = await site.ask("GET", "trial", language)
    assert ASKED[language_of(language)]["mute"].heading in page
    assert (page.count("<button"), before in page) == (1, True)
    _, page = await site.ask("POST", "trial", language)
    assert after in page


async def test_what_others_wrote_is_escaped(site: Site) -> None:
    for method in ("GET", "POST"):
        _, page = await site.ask(method, "no")
        assert "<script" not in page
        assert "<b>" not in page
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27; &amp; {watchlist} $body") == 2, HOSTILE


async def test_pages_speak_the_readers_language(site: Site) -> None:
    for language, tag, words in (("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans", "✓ 相关"), ("de", "en", "✓ Yes, relevant")):
        _, page = await site.ask("GET", "yes", language)
        assert f'<html lang="{tag}">' in page
        assert words in page
    _, page = await site.ask("GET", "yes")
    assert "It was marked not relevant before" in page
    assert '<a href="no">✗ It was not relevant</a>' in page


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("zh", "zh"),
        ("zh-Hant-TW", "zh"),
        ("en, zh", "en"),
        ("zh;q=0.5, en;q=0.9", "en"),
        ("fr-CH, fr;q=0.9, zh;q=0.4, en;q=0.3", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=x,,;;", "en"),
        ("zhen, enzh", "en"),
        ("a," * 10_000 + "zh", "en"),
    ],
)
def test_the_language_that_weighs_most_is_chosen(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_both_languages_say_everything() -> None:
    for words in (ASKED, DONE, REFUSED, SAID, OPPOSITE):
        assert set(words["en"]) == set(words["zh"])
    assert set(REFUSED["en"]) | {"ask", "done"} == {sight.state for sight in SIGHTS.values()} | {"bad", "done"}


async def test_tokens_are_not_told_in_the_log(site: Site) -> None:
    await site.ask("GET", "yes")
    await site.ask("POST", "nonsense")
    assert [(each.method, each.path, each.status) for each in site.said] == [
        ("GET", "/f/***", 200),
        ("POST", "/f/***", 400),
    ]
