"""Random bytes, and the samples damaged at random: a feed within the limits or a ParseError, in time."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.feeds.reading import items
from monitor.feeds.reading.document import parse_document
from tests.feeds.made import NOW, SAMPLES, rss, task

DOCUMENTS = [path.read_bytes() for path in sorted(SAMPLES.iterdir()) if not path.name.endswith(".expected.json")]
TYPES = st.sampled_from(["", "text/xml", "application/rss+xml; charset=gbk", "application/json", "text/html"])
#: What breaks parsers: markup half open, references, marks, the values of attributes.
SHARDS = st.sampled_from(
    rb"""< > & &# &#x110000; ]]> <![CDATA[ <![ <!DOCTYPE <!-- <? " ' = : % xml:base='[' http://[ { [ xmlns=''
    xmlns:a='b' <item> </item> <entry </channel> <div> <script""".split()
) | st.sampled_from((b"\x00", b"\xff\xfe"))
#: Longest time that a document may take, in seconds of the processor.
_MAX_S = 2.0


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Damage a sample in up to five places, in the ways of disks, networks, templates and attackers."""
    body = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 40)))
        before, piece, after = body[:start], body[start:end], body[end:]
        match draw(st.sampled_from(["replace", "flip", "cut off", "splice", "repeat"])):
            case "replace":
                body = before + draw(SHARDS | st.binary(max_size=4)) * draw(st.sampled_from([1, 1, 100])) + after
            case "flip":
                body = before + bytes(byte ^ 1 << draw(st.integers(0, 7)) for byte in piece[:1]) + piece[1:] + after
            case "cut off":
                body = before
            case "splice":
                other = draw(st.sampled_from(DOCUMENTS))
                body = before + other[draw(st.integers(0, len(other))) :][:400] + after
            case _:
                body = before + piece * draw(st.sampled_from([2, 50])) + after
    return body


def check(body: bytes, content_type: str) -> None:
    """Hold a document to what must be true of every one."""
    started = time.process_time()
    with suppress(ParseError):
        feed = parse_document(replace(task(body, content_type, max_entries=3), with_html=True))
        assert time.process_time() - started < _MAX_S
        assert len(feed.entries) <= 3
        assert len({entry.id for entry in feed.entries}) == len(feed.entries)
        for item in (entry.item for entry in feed.entries):
            assert len(item.key) == 32
            assert item.title or not item.summary
            assert not item.url or item.url.startswith(("http://", "https://"))
            assert item.published_at <= NOW + timedelta(hours=24)
            (item.title + item.summary + item.content + item.author + item.source).encode()


@given(st.binary(max_size=300), TYPES)
def test_random_bytes_never_do_harm(body: bytes, content_type: str) -> None:
    check(body, content_type)


@settings(max_examples=300, deadline=None)
@given(damaged(), TYPES)
def test_a_damaged_document_never_does_harm(body: bytes, content_type: str) -> None:
    check(body, content_type)


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=50))
def test_no_text_in_a_good_document_does_harm(title: str, text: str, link: str) -> None:
    cdata = [f"<![CDATA[{part.replace(']]>', '')}]]>" for part in (title, text, link)]
    item = "<item><title>{}</title><description>{}</description><link>{}</link></item>".format(*cdata)
    check(rss(item, "<item><title>neighbour</title></item>").decode().encode("utf-8", "replace"), "text/xml")


def test_texts_are_clipped() -> None:
    long = "word " * 100_000
    body = rss(f"<item><title>{long}</title><description>{long}</description><author>{long}</author></item>")
    (entry,) = parse_document(task(body)).entries
    sizes = {name: len(getattr(entry.item, name)) for name in ("title", "summary", "author")}
    limits = {"title": items.MAX_TITLE, "summary": items.MAX_SUMMARY, "author": items.MAX_NAME}
    assert all(0 < sizes[name] <= limit for name, limit in limits.items())
