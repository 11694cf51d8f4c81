"""The quick reader reads everyday documents, and steps back wherever feedparser has to judge."""

from __future__ import annotations

import pytest

from monitor.feeds.quick_read import read_quickly
from tests.feeds.made import SAMPLES, rss

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
    assert contents.notes == ("entries over the limit, not read: 3",)


UNUSUAL = {
    "another dialect": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "items outside the channel": "<rss><channel/><item><title>a</title></item></rss>",
    "markup that is not escaped": rss("<item><title>a <b>b</b></title></item>").decode(),
    "an element twice": rss("<item><title>a</title><title>b</title></item>").decode(),
    "an element that RSS does not know": rss("<item><title>a</title><fullitem>b</fullitem></item>").decode(),
    "a date in words of its own": rss("<item><title>a</title><pubDate>noon</pubDate></item>").decode(),
    "a time zone that only feedparser knows": rss(
        "<item><title>a</title><pubDate>Sun, 03 May 2026 08:00:00 CEST</pubDate></item>"
    ).decode(),
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
    "no well-formed document": "<rss><channel><item></channel></rss>",
}


@pytest.mark.parametrize("document", UNUSUAL.values(), ids=UNUSUAL)
def test_the_quick_reader_steps_back_at(document: str) -> None:
    assert read_quickly(document, max_entries=10) is None
