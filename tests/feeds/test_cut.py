"""What was read before costs nothing, and changes nothing: the items are those of the whole parse, minus the known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.feeds.reading.document import parse_document
from monitor.feeds.reading.entries import ParsedEntry, ParsedFeed
from tests.feeds.made import SAMPLES, rss, task


def read(body: bytes, known: frozenset[str] = frozenset()) -> ParsedFeed:
    return parse_document(replace(task(body), known=known))


def marks(body: bytes) -> frozenset[str]:
    return frozenset(entry.mark for entry in read(body).entries)


def whole(path_body: bytes) -> ParsedFeed | None:
    try:
        return read(path_body)
    except ParseError:
        return None


def item(number: int, text: str = "text") -> str:
    return (
        f"<item><title>{number}</title><link>https://harbour.example/{number}</link>"
        f"<guid>g{number}</guid><description>{text}</description></item>"
    )


#: The samples of more than one entry whose entries can be told apart.
SEVERAL = {
    path.name: path.read_bytes()
    for path in sorted(SAMPLES.iterdir())
    if not path.name.endswith(".json") and (feed := whole(path.read_bytes())) and len(feed.entries) > 1
}
LINKS = [
    "https://h.example/a",
    "https://h.example/a?utm_source=x",
    "https://h.example/a#1",
    "/a",
    "https://h.example/b",
    "https://h.example/",
    "https://www.google.com/url?url=https://h.example/a",
    "https://h.example/a%62",
    "ftp://h.example/a",
]
ELEMENTS = {
    "title": st.sampled_from(["One", "Two", "&lt;b&gt;Three&lt;/b&gt;"]),
    "link": st.sampled_from(LINKS),
    "guid": st.sampled_from(["1", "2", "https://h.example/a", " 1 ", "<![CDATA[1]]>"]),
    "description": st.sampled_from(["", "x", "y"]),
    "dc:date": st.sampled_from(["2026-05-03", "noon"]),
    "enclosure": st.sampled_from(LINKS),
}


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Write entries that often share an id, a link or all of their words."""
    chosen = draw(st.lists(st.lists(st.sampled_from(sorted(ELEMENTS)), min_size=1, unique=True), max_size=6))
    items = ["".join(written(name, draw(ELEMENTS[name])) for name in names) for names in chosen]
    head = "<title>T</title><link>https://h.example/</link>"
    if draw(st.booleans()):  # what the quick reader leaves to feedparser
        head += "<x:title xmlns:x='http://x.example/'/>"
    body = rss(*(f"<item>{elements}</item>" for elements in items), channel=head)
    return body.replace(b"<rss", b'<rss xmlns:dc="http://purl.org/dc/elements/1.1/"')


def written(name: str, value: str) -> str:
    return f'<enclosure url="{value}"/>' if name == "enclosure" else f"<{name}>{value}</{name}>"


def check(body: bytes, chosen: frozenset[str]) -> None:
    """Hold a document to the law, for some of its entries known."""
    everything, rest = read(body), read(body, chosen)
    known = {entry.id for entry in everything.entries if entry.mark in chosen}
    assert unknown(rest, known) == unknown(everything, known)
    assert set(rest.unchanged) <= chosen
    assert of_the_feed(rest) == of_the_feed(everything)


def unknown(feed: ParsedFeed, known: set[str]) -> list[ParsedEntry]:
    return [entry for entry in feed.entries if entry.id not in known]


def of_the_feed(feed: ParsedFeed) -> ParsedFeed:
    return replace(feed, entries=(), refused=(), item_repairs=(), unchanged=())


@settings(deadline=None)
@given(st.data())
def test_of_a_sample_only_what_is_not_known_is_read(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(list(SEVERAL.values())))
    check(body, data.draw(st.frozensets(st.sampled_from(sorted(marks(body))))))


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_whatever_entries_share_the_rest_is_read_as_ever(data: st.DataObject) -> None:
    body = data.draw(documents())
    listed = sorted(marks(body) - {""})
    check(body, data.draw(st.frozensets(st.sampled_from(listed))) if listed else frozenset())


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml", "rdf.xml", "real-titles-only.xml"])
def test_of_a_document_that_is_known_whole_nothing_is_read(name: str) -> None:
    body = (SAMPLES / name).read_bytes()
    feed = read(body, marks(body))
    assert not feed.entries
    assert set(feed.unchanged) == marks(body)


def test_a_new_entry_on_top_is_the_only_one_that_is_read() -> None:
    dated = "<title>T</title><lastBuildDate>{}</lastBuildDate><ttl>{}</ttl>"
    before = rss(item(1), item(2), channel=dated.format("Sun, 03 May 2026 08:00:00 GMT", 5))
    after = rss(item(3), item(1), item(2), channel=dated.format("Sun, 03 May 2026 09:00:00 GMT", 6))
    feed = read(after, marks(before))
    assert [entry.item.title for entry in feed.entries] == ["3"]
    assert len(feed.unchanged) == 2


def test_an_entry_that_changed_is_read_again_under_its_old_id() -> None:
    before, after = read(rss(item(1), item(2))), read(rss(item(1, "more text"), item(2)), marks(rss(item(1), item(2))))
    assert [entry.id for entry in after.entries] == [before.entries[0].id]


@pytest.mark.parametrize(
    "after",
    [
        rss(item(1), channel="<title>Another name</title>"),
        rss(item(1)).replace(b"<rss", b'<rss xml:base="https://other.example/"'),
        rss(item(1), "<item><guid>g1</guid><title>Another of that id</title></item>"),
        rss(item(1), "<item><link>https://harbour.example/1?utm_source=x</link><title>Another there</title></item>"),
        rss(item(1))[:-8],
    ],
    ids=["the feed's name", "a base", "a shared id", "a shared link", "not well-formed"],
)
def test_what_may_change_a_known_entry_has_it_read_again(after: bytes) -> None:
    assert not read(after, marks(rss(item(1)))).unchanged


def test_the_known_entries_of_a_json_feed_are_read_again() -> None:
    body = (SAMPLES / "jsonfeed.json").read_bytes()
    assert marks(body) == {""}
