"""The quick reader reads everyday documents, and steps back wherever feedparser has to judge."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.reading.entries import Contents
from monitor.feeds.reading.items import normalise
from monitor.feeds.reading.parse import read_xml_feed
from monitor.feeds.reading.quick_read import read_quickly
from monitor.feeds.reading.xml_guard import survey
from tests.feeds.made import ORIGIN, SAMPLES, rss

ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="http://x.example/"><title>T</title>{}</feed>'


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml", "shared-links.xml", "duplicate-guids.xml"])
def test_an_everyday_document_is_read_quickly(name: str) -> None:
    text = (SAMPLES / name).read_text("utf-8")
    assert read_quickly(text.partition("?>")[2], max_entries=10)


def test_only_so_many_entries_are_read_and_the_rest_is_noted() -> None:
    document = rss(*(f"<item><title>{n}</title></item>" for n in range(5))).decode()
    contents = read_quickly(document, max_entries=2)
    assert contents
    assert [entry.title.value for entry in contents.entries] == ["0", "1"]
    assert contents.refused == ("entries over the limit, not read: 3",)


UNUSUAL = {
    "another dialect": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "items outside the channel": "<rss><channel/><item><title>a</title></item></rss>",
    "markup that is not escaped": rss("<item><title>a <b>b</b></title></item>").decode(),
    "an element twice": rss("<item><title>a</title><title>b</title></item>").decode(),
    "an element that RSS does not know": rss("<item><title>a</title><fullitem>b</fullitem></item>").decode(),
    "an element in capitals": rss("<item><Title>a</Title></item>").decode(),
    "a channel's element in capitals": rss(channel="<TITLE>a</TITLE>").decode(),
    "text that was encoded twice": rss("<item><title>Caf\u00c3\u00a9</title></item>").decode(),
    "xml:base": ATOM.format('<entry xml:base="/a/"><title>a</title></entry>'),
    "inline XHTML": ATOM.format('<entry><title type="xhtml"><div>a</div></title></entry>'),
    "content elsewhere": ATOM.format('<entry><title>a</title><content src="http://a.example/"/></entry>'),
    "a text that may stand in a namespace of its own": ATOM.format(
        "<entry><title>a</title><x:description>b</x:description></entry>"
    ),
    "a telling element of an unknown namespace": ATOM.format(
        "<entry><title>a</title><summary>b</summary><x:creator>c</x:creator></entry>"
    ),
    "content of a namespace of its own": rss(
        '<item><title>a</title><description>b</description><x:body xmlns:x="http://x.example/">c</x:body></item>'
    ).decode(),
    "a title of a whole feed in another namespace": ATOM.format("<x:title>a</x:title>"),
    "a language of a whole feed in another namespace": rss(
        channel='<title>T</title><link>/</link><x:language xmlns:x="http://x.example/">de</x:language>'
    ).decode(),
    "an author of a whole feed in another namespace": rss(
        channel='<title>T</title><link>/</link><x:author xmlns:x="http://x.example/">a</x:author>'
    ).decode(),
    "media where there is no link": rss(
        '<item><title>a</title><description>b</description><m:player xmlns:m="http://search.yahoo.com/mrss/"/></item>'
    ).decode(),
    "no well-formed document": "<rss><channel><item></channel></rss>",
}


@pytest.mark.parametrize("document", UNUSUAL.values(), ids=UNUSUAL)
def test_the_quick_reader_steps_back_at(document: str) -> None:
    assert read_quickly(document, max_entries=10) is None


TEXTS = st.sampled_from(
    [
        "Hello",
        "AT&T",
        "AT&amp;T",
        "<b>bold</b>",
        "a < b",
        "  padded ",
        "新闻&nbsp;标题",
        "<p>one</p><p>two</p>",
        "it&apos;s",
    ]
)
LINKS = st.sampled_from(["https://h.example/1", "/rel", "1?a=1&b=2", "//cdn.example/x", "https://h.example/中文"])
GUIDS = LINKS | st.sampled_from(["7", "tag:h.example,2026:1", "urn:a:b"])
DATES = st.sampled_from(
    [
        "Sun, 03 May 2026 08:00:00 GMT",
        "Sun, 3 May 2026 08:00:00 +0800",
        "3 May 2026 08:00 EST",
        "2026-05-03T08:00:00.25Z",
        "2026-05-03",
        "Mon, 31 Feb 2026 10:00:00 GMT",
    ]
)
RSS_ELEMENTS = {
    "title": TEXTS,
    "link": LINKS,
    "guid": GUIDS,
    "description": TEXTS,
    "content:encoded": TEXTS,
    "pubDate": DATES,
    "dc:creator": st.just("Jane &amp; Joe"),
    "category": st.just("AI"),
}
ATOM_ELEMENTS = {"title": TEXTS, "id": GUIDS, "summary": TEXTS, "content": TEXTS, "published": DATES, "updated": DATES}
RSS_HEAD = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title><link>https://h.example/</link>"""


@st.composite
def everyday(draw: st.DrawFn) -> str:
    """Write a document of everyday elements in any order."""
    is_rss = draw(st.booleans())
    elements = RSS_ELEMENTS if is_rss else ATOM_ELEMENTS
    tag = "item" if is_rss else "entry"
    entries = []
    for names in draw(st.lists(st.lists(st.sampled_from(sorted(elements)), unique=True), max_size=3)):
        parts = [f"<{name}>{escape(draw(elements[name]))}</{name}>" for name in names]
        entries.append(f"<{tag}>{''.join(parts)}</{tag}>")
    return RSS_HEAD + "".join(entries) + "</channel></rss>" if is_rss else ATOM.format("".join(entries))


def outcome(contents: Contents | None) -> object:
    return contents and normalise(contents, ORIGIN)


@settings(deadline=None)
@given(everyday())
def test_from_an_everyday_document_both_readers_read_the_same(text: str) -> None:
    quick = read_quickly(text, max_entries=10)
    slow = read_xml_feed(text, survey(text), max_entries=10)
    assert quick is None or outcome(quick) == outcome(slow)
