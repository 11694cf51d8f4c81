"""Whatever a server sends instead of a feed, or around one: a clear error or the good items."""

from __future__ import annotations

import gzip

import pytest

from monitor.errors import ParseError
from monitor.feeds.reading.document import parse_document
from tests.feeds.made import parsed, rss, task

ITEM = "<item><title>Good</title><link>https://harbour.example/1</link></item>"
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + rss("&b;").decode()
).encode()
QUADRATIC = f'<!DOCTYPE rss [<!ENTITY a "{"ha" * 5_000}">]>{rss("&a;" * 1_000).decode()}'.encode()
MANY_ATTRIBUTES = rss("<item " + " ".join(f'a{n}=""' for n in range(50_000)) + "/>")

REFUSED = {
    "nothing": (b"", "the body is empty"),
    "blanks": (b" \r\n\t", "the body is empty"),
    "a file's path": (b"/etc/passwd", "not a feed: it begins with '/etc/passwd'"),
    "an address": (b"http://127.0.0.1/feed", "not a feed: it begins with 'http://127.0.0.1/feed'"),
    "an error page": (b"<!DOCTYPE html><html><body><h1>502</h1><hr>nginx</body></html>", "an HTML page, not a feed"),
    "a page without a doctype": (b"<p>Sorry <br> <html><head><title>x</title></head>", "an HTML page, not a feed"),
    "another kind of XML": (b"<opml version='2.0'><body/></opml>", "XML with the root <opml>, not a feed"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF, not a feed"),
    "compressed data": (gzip.compress(b"x"), "gzip-compressed data, not a feed"),
    "control characters": (b"\x01\x02hello", "not a feed: it begins with 'hello'"),
    "other JSON": (b'{"error": "not found"}', "JSON, but not a JSON Feed: it has no version of jsonfeed.org"),
    "a list": (b"[]", "JSON, but not a JSON Feed: it has no version of jsonfeed.org"),
    "nested JSON": (b'{"a":' + b"[" * 200_000, "JSON that is nested too deep"),
    "entities of entities": (BILLION_LAUGHS, "it declares entities that expand (an XML bomb)"),
    "one long entity": (QUADRATIC, "it declares entities that expand (an XML bomb)"),
    "50,000 attributes": (MANY_ATTRIBUTES, "an element <item> has 50000 attributes, over 500"),
    "deep nesting": (rss("<a>" * 600 + "</a>" * 600), "its elements are nested more than 500 deep"),
    "an endless declaration": (
        b"<!DOCTYPE rss [" + b"<!-- -->" * 10_000 + b"]><rss/>",
        "its document type declaration is not closed within 65536 characters",
    ),
}


@pytest.mark.parametrize(("body", "cause"), REFUSED.values(), ids=REFUSED)
def test_a_document_that_is_no_feed_is_refused_by_its_name(body: bytes, cause: str) -> None:
    with pytest.raises(ParseError) as caught:
        parsed(body)
    assert caught.value.cause == cause
    assert caught.value.subject == "harbour"


def test_broken_json_is_refused_with_its_place() -> None:
    with pytest.raises(ParseError, match=r"broken JSON: .* line 1 column"):
        parsed(b'{"version": "https://jsonfeed.org/version/1.1", "items": [')


def test_an_entry_that_says_nothing_is_refused_and_one_that_says_little_is_an_item() -> None:
    feed = parsed(rss("<item/>", "<item><pubDate>Sun, 03 May 2026 08:00:00 GMT</pubDate></item>"))
    assert [entry.item.published_at.hour for entry in feed.entries] == [8]
    assert feed.refused == ("entries that say nothing: 1",)


def test_a_feed_that_breaks_off_before_its_first_entry_is_an_error() -> None:
    with pytest.raises(ParseError, match=r"no entry can be read; not well-formed: .*; breaks off before its end"):
        parsed(b"<rss><channel><title>x</title><item><title>y")


def test_an_entry_that_never_ends_is_refused() -> None:
    feed = parsed(rss('<item a="' * 3))
    assert not feed.entries
    assert feed.refused == ("entries that say nothing: 3",)


def test_a_feed_without_entries_is_a_feed() -> None:
    assert parsed(rss()).entries == ()


GOOD = {
    "an external entity": '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + rss(ITEM, "<item>&x;</item>").decode(),
    "an external declaration": f'<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/rss.dtd">{rss(ITEM).decode()}',
    "a parameter entity": f'<!DOCTYPE rss [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>{rss(ITEM).decode()}',
    "blank lines before the declaration": f'\n\n<?xml version="1.0"?>{rss(ITEM).decode()}',
    "XML 1.1": f'<?xml version="1.1"?>{rss(ITEM).decode()}',
    "a stylesheet": f'<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?><!-- x -->{rss(ITEM).decode()}',
    "control characters": rss(ITEM, "<description>\x00\x0b&#0;&#xFFFF;&#99999999;</description>").decode(),
    "references that nobody declared": rss(ITEM, "<description>&nosuch; &eacute; & &#; &</description>").decode(),
    "a broken channel": rss(ITEM, channel="<title>a <b> c</title>").decode(),
    "a script after the end": rss(ITEM).decode() + "<script>track()</script>",
    "an item without anything": rss("<item/>", ITEM).decode(),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_the_good_item_is_read_beside(text: str) -> None:
    feed = parsed(text.encode())
    assert [entry.item.title for entry in feed.entries] == ["Good"]
    assert "root:" not in str(feed)
    assert not feed.truncated


def test_a_document_that_breaks_off_keeps_its_whole_entries() -> None:
    feed = parsed(rss(ITEM, "<item><title>Half").partition(b"</channel>")[0])
    assert [entry.item.title for entry in feed.entries] == ["Good"]
    assert feed.truncated


def test_a_document_that_breaks_off_between_entries_keeps_them_all() -> None:
    feed = parsed(rss(ITEM).partition(b"</channel>")[0])
    assert len(feed.entries) == 1
    assert feed.truncated


def test_five_thousand_entries_are_read() -> None:
    items = (f"<item><title>{n}</title><guid>{n}</guid></item>" for n in range(5_000))
    assert len(parsed(rss(*items)).entries) == 5_000


@pytest.mark.parametrize("end", ["", "<item><a></item>"], ids=["well-formed", "broken"])
def test_entries_over_the_limit_are_left_with_a_note(end: str) -> None:
    items = [f"<item><title>{n}</title></item>" for n in range(5)]
    feed = parse_document(task(rss(*items, end), max_entries=3))
    assert [entry.item.title for entry in feed.entries] == ["0", "1", "2"]
    assert any("over the limit, not read" in note for note in feed.notes)
