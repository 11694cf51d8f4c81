"""HTML becomes what a reader sees, whatever the markup; and HTML to show is safe."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.html import plain_text, sanitise

READ = {
    "tags inside a word vanish": ("<b>Q</b>wen3", "Qwen3"),
    "no-break space between tags parts words": ("<b>Alexandr</b>&nbsp;<b>Wang</b>", "Alexandr Wang"),
    "a break parts lines": ("TBD<br>Lab<br/>opens", "TBD\nLab\nopens"),
    "paragraphs part lines": ("<p>one</p>\n\n<p>two</p>", "one\ntwo"),
    "nested blocks leave one line's end": ("<div><ul><li>a</li><li>b</li></ul></div>c", "a\nb\nc"),
    "cells are parted by tabs": ("<table><tr><td>TBD</td><td>Lab</td></tr><tr><td>x</td></tr></table>", "TBD\tLab\nx"),
    "line ends of the source are blanks": ("Alexandr\n  Wang", "Alexandr Wang"),
    "blank lines of plain text are paragraphs": ("one\n\n two\nmore", "one\ntwo more"),
    "entities by name and number": ("caf&eacute; &#20013;&#x6587; &lt;b&gt;", "café 中文 <b>"),
    "entities are decoded once": ("R&amp;amp;D", "R&amp;D"),
    "an address keeps its parameters": ("?a=1&copy=2&region=eu", "?a=1&copy=2&region=eu"),
    "an old entity without semicolon": ("&copy 2026 &unknown; &notit;", "© 2026 &unknown; &notit;"),
    "plain comparisons stay": ("a < b, x<y and y>z, AT&T, I <3 it", "a < b, x<y and y>z, AT&T, I <3 it"),
    "types in code are no tags": ("Vec<u8> beats List<String>", "Vec<u8> beats List<String>"),
    "scripts and styles are dropped": ("a<script>if (a<b) {}</script><STYLE>p{}</STYLE >b", "ab"),
    "heads and hidden titles are dropped": ("<html><head><title>t</title></head><body>x</body></html>", "x"),
    "comments are dropped": ("a<!-- <b>no</b> -->b", "ab"),
    "an unclosed comment runs to the end": ("a<!-- b", "a"),
    "CDATA marks vanish": ("<![CDATA[<b>a</b>]]> b", "a b"),
    "a > in an attribute does not end the tag": ("<a title=\"1 > 0\" href='x>y'>link</a>", "link"),
    "a stray quote does not swallow the text": ("<b it's>bold</b> and 'more'", "bold and 'more'"),
    "an unclosed quote ends with the tag": ('<a href="x>link</a> and more', "link and more"),
    "prefixed and custom elements are markup": ("<o:p>a</o:p><amp-img src=x></amp-img>b", "ab"),
    "an unfinished tag is text": ("it <b", "it <b"),
    "control characters and lone surrogates go": ("a\x00\x07b\ud800c\x9f", "abc"),
    "overrides of the direction of writing go": ("invoice\u202efdp.exe", "invoicefdp.exe"),
    "joined emoji and unseen characters stay": ("👨‍👩‍👧 AVO\u200bCADO", "👨‍👩‍👧 AVO\u200bCADO"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("html", "text"), READ.values(), ids=READ.keys())
def test_a_reader_sees(html: str, text: str) -> None:
    assert plain_text(html) == text


HOSTILE = {
    "deep nesting": "<div>" * 200_000 + "x",
    "tags that never end": "<a " * 300_000,
    "quotes that never end": '<a ="><a " ' * 90_000,
    "titles that never end": "<title>" * 140_000,
    "comments that never end": "<!--" * 250_000,
    "ampersands": "&" * 1_000_000,
    "number signs": "&#1" * 300_000,
    "blank lines": " \n \n" * 250_000 + "x",
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_megabyte_of_bad_markup_is_read_in_seconds(html: str) -> None:
    started = time.process_time()
    plain_text(html)
    assert time.process_time() - started < 5


@given(
    st.lists(
        st.sampled_from(["<", ">", "b", "/", "=", '"', "'", "&", ";", "!--", "p", " ", "\n", "td", "script", "中"])
    )
)
def test_no_markup_raises_or_leaves_loose_blanks(pieces: list[str]) -> None:
    text = plain_text("".join(pieces))
    assert text == text.strip()
    assert "  " not in text
    assert "\x00" not in text


@given(st.text())
def test_any_text_can_be_stored_as_utf_8(text: str) -> None:
    plain_text(text).encode("utf-8")
    plain_text(f"<p>{text}").encode("utf-8")


SHOWN = {
    "relative links become absolute": ('<a href="/x?a=1">t</a>', 'href="https://e.org/x?a=1"'),
    "relative images too": ('<img src="i.png">', 'src="https://e.org/a/i.png"'),
    "mail links stay": ('<a href="mailto:a@e.org">t</a>', "mailto:a@e.org"),
}


@pytest.mark.parametrize(("html", "expected"), SHOWN.values(), ids=SHOWN.keys())
def test_what_is_shown_keeps(html: str, expected: str) -> None:
    assert expected in sanitise(html, "https://e.org/a/b")


DANGEROUS = {
    "scripts": ("<script>steal()</script>", "steal"),
    "handlers": ('<b onclick="steal()">x</b>', "steal"),
    "script links": ('<a href="javascript:steal()">x</a>', "steal"),
    "frames": ('<iframe src="https://t.example"></iframe>', "iframe"),
    "pings and image sets": (
        '<a href="/" ping="https://t.example"><img srcset="https://t.example/1"></a>',
        "t.example",
    ),
    "styles": ('<p style="background:url(https://t.example)">x</p>', "t.example"),
}


@pytest.mark.parametrize(("html", "gone"), DANGEROUS.values(), ids=DANGEROUS.keys())
def test_what_is_shown_has_no(html: str, gone: str) -> None:
    assert gone not in sanitise(html, "https://e.org/")


@pytest.mark.parametrize("base", ["", "ftp://e.org/", "http://[", "https://a b/", "not an address"])
def test_without_a_usable_base_relative_links_go(base: str) -> None:
    assert sanitise('<a href="/x">t\ud800</a>', base) == '<a rel="noopener noreferrer nofollow">t</a>'
