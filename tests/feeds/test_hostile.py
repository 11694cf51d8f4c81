"""Documents made to keep a parser busy: each is read or refused within two seconds of the processor."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from monitor.errors import ParseError
from monitor.feeds.reading import parse
from monitor.feeds.reading.document import parse_document
from tests.feeds.made import rss, task

_MAX_S = 2.0
MANY = 20_000


def item(elements: str) -> bytes:
    """Put elements into the one item of a feed."""
    return rss(f"<item><title>a</title>{elements}</item>")


def text(html: str, times: int = MANY) -> bytes:
    """Make an item's text of one piece of markup."""
    return item(f"<description>{html * times}</description>")


def numbered(pattern: str, times: int = MANY) -> str:
    return " ".join(pattern.format(number) for number in range(times))


HOSTILE = {
    "attributes": item(f"<x {numbered('a{}=1')}/>"),
    "attributes after a break": item(f"<b></c><x {numbered('a{}=1')}/>"),
    "namespaces": rss().replace(b"<rss", b"<rss " + numbered("xmlns:n{0}='urn:{0}'").encode()),
    "namespaces of siblings": item(numbered("<n{0}:a xmlns:n{0}='urn:{0}'/>")),
    "elements in each other": item("<d>" * MANY + "</d>" * MANY),
    "elements that never end": item("<d>" * MANY),
    "elements that never began": item("</d>" * MANY),
    "a name that never ends": item("<" + "a" * 1_000_000 + "<b>"),
    "HTML in each other": text("&lt;div&gt;"),
    "HTML of tables in links": text("&lt;a&gt;&lt;table&gt;", 5_000),
    "attributes in HTML": item(f"<description>&lt;p {numbered('a{}=1')}&gt;</description>"),
    "quotes that never end": text('&lt;a href="'),
    "declarations": item("<![" * MANY),
    "comments": item("<!--" * MANY),
    "instructions": item("<?" * MANY),
    "declarations in HTML": text("&lt;!["),
    "comments in HTML": text("&lt;!--"),
    "a comment of megabytes": item(f"<!--{'x ' * 2_000_000}-->"),
    "an attribute of megabytes that never ends": item(f'<a b="{"x " * 2_000_000}'),
    "a doctype that never ends": b"<!DOCTYPE rss [" + b"[" * MANY,
    "references": text("&amp;a"),
    "ampersands": item("&" * 100_000),
    "angles": item("<" * 100_000),
    "items that never end": rss("<item>" * MANY),
    "items without anything": rss("<item/>" * 50_000),
    "items before a break": rss("<item><title>a</title></item>" * MANY, "<b>"),
    "items of one id": rss(*(f"<item><guid>7</guid><title>{n}</title></item>" for n in range(3_000))),
    "links": item("<link>http://a.example/</link>" * MANY),
    "a link of dots": item(f"<link>http://a.example/{'../a/' * MANY}</link>"),
    "a host of dots": item(f"<link>http://{'a.' * MANY}</link>"),
    "an author of addresses": item(f"<author>{'a@' * MANY}</author>"),
    "an author of blanks": item(f"<author>a@b{' ' * MANY}(</author>"),
    "a title of dashes": rss(f"<item><title>{' - ' * MANY}</title><source url='x'>{' - ' * MANY}</source></item>"),
    "a place of numbers": item(f"<g:pos xmlns:g='http://www.opengis.net/gml'>{'1 ' * MANY}</g:pos>"),
    "categories": item("<fullitem/>" + numbered("<category>{}</category>", 15_000)),
    "a name of one word": item(f"<fullitem/><author>{'a' * 300_000}</author>"),
    "blank lines": item("<fullitem/><description>" + "\n" * 5_000_000 + "</description>"),
    "outlets": item("<source url='http://a.example/'>a</source>" * 100_000),
    "captions": item("<m:text xmlns:m='http://search.yahoo.com/mrss/'>" * 2_000),
    "arrays in each other": b"[" * 1_000_000,
    "a number of half a million digits": b'{"version":"https://jsonfeed.org/version/1","items":[{"id":%s}]}'
    % (b"9" * 500_000),
    "nothing but control characters": b"\x01" * 1_000_000,
    "nothing but bytes of no encoding": b"\xff" * 3_000_000,
    **{f"a date of {word!r}": item(f"<pubDate>{word * MANY}</pubDate>") for word in ("1", "1 ", ":", "Jan ", "年")},
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_takes_no_long_time(body: bytes) -> None:
    started = time.process_time()
    with suppress(ParseError):
        parse_document(task(body))
    assert time.process_time() - started < _MAX_S


@pytest.mark.parametrize(
    ("end", "most", "read"), [("", 18, ["0", "1", "2"]), ("<b>", 18, ["0", "1", "2"]), ("", 99, 9)]
)
def test_of_too_many_elements_the_first_entries_are_read(
    monkeypatch: pytest.MonkeyPatch, end: str, most: int, read: list[str] | int
) -> None:
    monkeypatch.setattr(parse, "_MOST_ELEMENTS", most)
    # Tags in a text are none.
    items = (f"<item><title>{n}</title><fullitem><![CDATA[<p><b>{n}]]></fullitem><x/></item>" for n in range(9))
    parsed = parse_document(task(rss(*items, end)))
    titles = [entry.item.title for entry in parsed.entries]
    assert (titles == read) if isinstance(read, list) else (len(titles) == read)
    assert parsed.refused == (("entries over the limit, not read: 6",) if isinstance(read, list) else ())


def test_a_place_out_of_its_frame_costs_only_itself() -> None:
    body = item("<g:pos xmlns:g='http://www.opengis.net/gml'>1 2</g:pos><x:link xmlns:x='urn:x'/>")
    assert [entry.item.title for entry in parse_document(task(body)).entries] == ["a"]
