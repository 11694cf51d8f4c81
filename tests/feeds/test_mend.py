"""End tags that end nothing are given the name that was meant, and only where that is plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.reading.mend import mend_end_tags


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("<language>en</langauge>", "<language>en</language>"),
        ("<item><title>a</titel></item>", "<item><title>a</title></item>"),
        ("<item><description>a</summary></item>", "<item><description>a</description></item>"),
        ("<dc:date>x</date>", "<dc:date>x</dc:date>"),
        ('<title type="xhtml"><div>a</div></subtitle>', '<title type="xhtml"><div>a</div></title>'),
        ("<a/><title>a</titel>", "<a/><title>a</title>"),
    ],
)
def test_what_was_meant_is_written(text: str, mended: str) -> None:
    assert mend_end_tags(text) == (mended, 1)


@pytest.mark.parametrize(
    "text",
    [
        "<item><title>a</title></item>",
        "<item><title>a</item>",
        "<description>one</p>two</description>",
        "<item></entry>",
        "<title><![CDATA[</titel>]]></title>",
        "<title><!-- </titel> --></title>",
        "</titel>",
        "<title",
    ],
)
def test_in_doubt_a_tag_stays(text: str) -> None:
    assert mend_end_tags(text) == (text, 0)


@given(st.lists(st.sampled_from(["<title>", "</title>", "<p>", "</p>", "</x>", "<x a='>'>", "<![CDATA[", "]]>", "a"])))
def test_no_text_is_lost(parts: list[str]) -> None:
    text = "".join(parts)
    assert mend_end_tags(text)[0].count("a") == text.count("a")
