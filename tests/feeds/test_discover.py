"""Which hub and topic a feed names, and which feeds a page offers: WebSub section 4, RFC 8288, HTML."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.discover import FoundFeed, Offer, offer_of, offered_feeds
from tests.feeds.made import URL, document, rss

ATOM = '<link rel="hub" href="https://hub.example/"/><link rel="self" href="/self"/>'
OFFER = Offer("https://hub.example/", "https://feeds.example/self")


@pytest.mark.parametrize(
    "header",
    [
        '<https://hub.example/>; rel="hub", </self>; rel="self"',
        "<https://hub.example/>;rel=hub,<self>;rel=self",
        '</self>; title="a, b; rel=hub" ; rel = "SELF alternate", <https://hub.example/>; REL="x hub"',
        "<https://hub.example/>; rel=hub; rel=self, </self>; rel=self; hreflang",
        '<https://hub.example/a>; rel=hub; anchor="/other", <https://hub.example/>; rel=hub, </self>; rel="self"',
        "<http://hub.example/>; rel=hub, <https://hub.example/>; rel=hub, </self>; rel=self",
        "<javascript:x>; rel=hub, <https://hub.example/>; rel=hub, </self>; rel=self",
    ],
)
def test_link_headers_name_hub_and_topic(header: str) -> None:
    assert offer_of(document(link=header)) == OFFER


@pytest.mark.parametrize(
    "header",
    [
        "",
        '<https://hub.example/>; rel="hub"',
        "</self>; rel=self",
        "<>; rel=hub, </self>; rel=self",
        "rel=hub",
        "<;>,;",
    ],
)
def test_without_a_hub_or_a_topic_there_is_no_offer(header: str) -> None:
    assert offer_of(document(link=header)) is None


def test_link_headers_count_before_the_document() -> None:
    body = rss(channel='<atom:link rel="hub" href="https://other.example/"/><atom:link rel="self" href="/other"/>')
    assert offer_of(document(body, link='<https://hub.example/>; rel="hub", </self>; rel="self"')) == OFFER
    mixed = offer_of(document(body, link='<https://hub.example/>; rel="hub"'))
    assert mixed == Offer("https://hub.example/", "https://feeds.example/other")


@pytest.mark.parametrize(
    "body",
    [
        f'<feed xmlns="http://www.w3.org/2005/Atom">{ATOM}<entry/></feed>'.encode(),
        f'<?xml version="1.0" encoding="utf-16"?><feed>{ATOM}<entry/></feed>'.encode("utf-16"),
        rss(channel="<atom10:link href='https://hub.example/' rel='hub'/><a:link href='/self' rel='self' />"),
        rss(channel=f"<link>https://harbour.example/</link><![CDATA[<link rel='hub' href='/x'/>]]>{ATOM}"),
        rss(channel=f"<!-- <link rel='hub' href='/x'/> --><title><b>link</b></title>{ATOM}"),
        b'<feed xml:base="https://feeds.example/deep/"><link rel="hub" href="https://hub.example/"/>'
        b'<link rel="self" xml:base="/" href="self"/></feed>',
        f"<!doctype html><html><head>{ATOM}</head><body></body></html>".encode(),
        b"<html><head><base href='https://feeds.example/'>"
        b"<link href=https://hub.example/ rel=hub><link href=self rel=self>",
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "feed_url": "/self",
                "hubs": [{"type": "rssCloud", "url": "/x"}, {"type": "WebSub", "url": "https://hub.example/"}],
                "items": [{"id": "1", "nested": [{}]}],
            }
        ).encode(),
    ],
)
def test_documents_name_hub_and_topic(body: bytes) -> None:
    assert offer_of(document(body, content_type="text/html")) == OFFER


@pytest.mark.parametrize(
    "body",
    [
        rss(f"<item>{ATOM}</item>"),
        f"<feed><entry>{ATOM}</entry></feed>".encode(),
        f"<html><head></head><body>{ATOM}".encode(),
        f"<html><head><script>'{ATOM}'</script></head>".encode(),
        f"<html><head><!-- {ATOM}".encode(),
        b'{"hubs": 1, "feed_url": "x"}',
        b'{"hubs": [',
        b"{" * 100_000,
        b"\x00" * 100,
        b"",
    ],
)
def test_what_stands_in_the_content_is_not_the_publishers_word(body: bytes) -> None:
    assert offer_of(document(body)) is None


def test_addresses_keep_what_is_escaped_in_markup() -> None:
    body = b'<feed><link rel="hub" href="https://hub.example/?a=1&amp;b=2"/><link rel="self" href="?x&#61;1"/>'
    assert offer_of(document(body)) == Offer("https://hub.example/?a=1&b=2", f"{URL}?x=1")


def test_a_page_offers_its_feeds_in_order_and_once() -> None:
    page = b"""<html><head><base href="/blog/">
    <link rel="alternate" type="application/rss+xml; charset=utf-8" title=" News &amp; more " href="feed">
    <LINK REL='Alternate' TYPE='application/atom+xml' HREF='atom.xml'>
    <link rel=alternate type=application/feed+json href=https://json.example/feed.json>
    <link rel="alternate" type="application/rss+xml" href="/blog/feed">
    <link rel="feed" href="/any">
    <link rel="alternate" hreflang="de" href="/de"><link rel="alternate" type="application/json" href="/wp-json/">
    <link rel="stylesheet" href="/x.css"><link type="application/rss+xml" href="/no-relation">
    </head><body><link rel=alternate type=application/rss+xml href=comment></body></html>"""
    assert offered_feeds(document(page, content_type="text/html")) == (
        FoundFeed("https://feeds.example/blog/feed", "News & more", "RSS"),
        FoundFeed("https://feeds.example/blog/atom.xml", "", "Atom"),
        FoundFeed("https://json.example/feed.json", "", "JSON Feed"),
        FoundFeed("https://feeds.example/any", "", "feed"),
    )


def test_a_page_may_offer_its_feeds_in_headers() -> None:
    header = '</feed>; rel="alternate"; type="application/rss+xml"; title="All \\"news\\""'
    assert offered_feeds(document(b"<html>", link=header)) == (
        FoundFeed("https://feeds.example/feed", 'All "news"', "RSS"),
    )


def test_titles_are_read_in_the_encoding_of_the_page() -> None:
    page = '<meta charset="gbk"><link rel=alternate type=application/rss+xml href=/f title=量子位>'.encode("gbk")
    assert offered_feeds(document(page))[0].title == "量子位"


HOSTILE = [
    b'<link "', b"<!--", b"<link ", b"<link '\"", b"<script ", b"<a:", b"a:", b'<link a="', b"<![CDATA[",
    b"<link aaaaaa", b"<a>;", b'<a>;b="', b'<a>;b="\\', b"<>; a", b"<a>;b;c=d", b"<", b"&",
    b"<link href=x rel=hub>", b"<base href=x>",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_longer_than_its_length_deserves(piece: bytes) -> None:
    body = piece * (64 * 1024 // len(piece))
    started = time.process_time()
    offer_of(document(body, link=body.decode()))
    offer_of(document(b"<link " + body))
    offered_feeds(document(body * 16))
    assert time.process_time() - started < 2


@given(
    body=st.binary(max_size=300) | st.lists(st.sampled_from(HOSTILE), max_size=30).map(b"".join),
    header=st.text(max_size=100)
    | st.lists(st.sampled_from(HOSTILE), max_size=30).map(lambda pieces: b"".join(pieces).decode()),
)
def test_nothing_that_a_publisher_sends_is_an_error(body: bytes, header: str) -> None:
    found = offer_of(document(body, link=header))
    assert found is None or (found.hub.startswith("http") and found.topic.startswith("http"))
    assert all(feed.url.startswith("http") for feed in offered_feeds(document(body, link=header)))
