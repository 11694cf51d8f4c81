"""What elements of other vocabularies wrap goes from a document; everything else stays to the letter."""

from __future__ import annotations

import pytest

from monitor.feeds.reading.wrapped import without_wrapped

HEAD = '<rss xmlns:q="https://q.example/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="https://purl.org/dc/">'

EMPTIED = {
    "<item><q:x><link>a</link></q:x><link>b</link></item>": "<item><q:x></q:x><link>b</link></item>",
    "<entry><q:x a='/'><q:y/></q:x></entry>": "<entry><q:x a='/'></q:x></entry>",
    "<item><q:x><![CDATA[</q:x>]]><b/></q:x></item>": "<item><q:x></q:x></item>",
    "<channel><q:x><title>a</title></q:x></channel>": "<channel><q:x></q:x></channel>",
    "<item><q:x><q:x><q:y/></q:x></q:x></item>": "<item><q:x></q:x></item>",
}
KEPT = [
    "<item><q:x>a text &amp; more</q:x></item>",
    "<item><q:x/><link>b</link></item>",
    "<item><media:group><media:title>a</media:title></media:group></item>",
    '<item xmlns:media="http://m.example/mrss"><media:group><media:title>a</media:title></media:group></item>',
    "<q:channel><q:item><title>a</title></q:item></q:channel>",
    "<q:feed><q:entry><q:title>a</q:title></q:entry></q:feed>",
    "<item><dc:creator><b>a</b></dc:creator></item>",
    "<item><author><q:name>a</q:name></author></item>",
    "<channel><q:items><item><title>a</title></item></q:items></channel>",
    "<item><description><![CDATA[<q:x><link>a</link></q:x>]]></description></item>",
    # Tags that do not fit.
    "<item><b></i><q:x><link>a</link></q:x></item>",
    "<item><q:x><link>a</q:x></link></item>",
]


@pytest.mark.parametrize(("before", "after"), EMPTIED.items())
def test_what_a_foreign_element_wraps_goes(before: str, after: str) -> None:
    assert without_wrapped(HEAD + before) == HEAD + after


@pytest.mark.parametrize("text", KEPT)
def test_all_else_stays(text: str) -> None:
    assert without_wrapped(HEAD + text) == HEAD + text
