"""From an entry's own words to an item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.reading.entries import Contents, Entry, Markup, Origin
from monitor.feeds.reading.items import normalise
from monitor.model import Item
from tests.feeds.made import NOW, ORIGIN

CONTENTS = Contents(title=Markup("Harbour &amp; Co"), home="https://harbour.example/", base="https://harbour.example/")


def item(entry: Entry, contents: Contents = CONTENTS, origin: Origin = ORIGIN) -> Item:
    (parsed,) = normalise(replace(contents, entries=(entry,)), origin).entries
    return parsed.item


def html(text: str) -> Markup:
    return Markup(text, is_html=True)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (Markup("A &amp; B"), "A & B"),
        (Markup("A <b>bold</b> word"), "A bold word"),
        (Markup("The use of <div> in 1 < 2"), "The use of <div> in 1 < 2"),
        (html("The use of <div> in it"), "The use of in it"),
        (html("Two<br>lines"), "Two lines"),
        (Markup("blanks \n\t everywhere "), "blanks everywhere"),
        (Markup("control\x07 and \ud800 surrogate"), "control and surrogate"),
    ],
)
def test_a_title_is_one_line_of_plain_text(title: Markup, text: str) -> None:
    assert item(Entry(title=title)).title == text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Short.", "Short."),
        ("<p>First line.</p><p>Second.</p>", "First line."),
        ("word " * 40, "word " * 19 + "word…"),
        ("字" * 200, "字" * 100 + "…"),
    ],
)
def test_a_missing_title_is_made_of_the_first_words(text: str, title: str) -> None:
    assert item(Entry(summary=html(text))).title == title


@pytest.mark.parametrize("guids", [("7", "8"), ("", "")])
def test_what_an_entry_encloses_is_shown_and_names_nothing(guids: tuple[str, str]) -> None:
    """An hourly newscast has one address for ever: each edition is an item, whenever it is seen."""
    one, other = (
        item(Entry(guid=guid, title=Markup(f"News at {number}"), elsewhere="/newest.mp3"))
        for number, guid in zip((7, 8), guids, strict=True)
    )
    assert one.url == other.url == "https://harbour.example/newest.mp3"
    assert one.key != other.key
    assert one.shares_url


def test_entries_of_one_page_say_so() -> None:
    entries = tuple(Entry(guid=name, link=f"/{page}", title=Markup(name)) for name, page in ("ax", "bx", "cy"))
    parsed = normalise(replace(CONTENTS, entries=entries), ORIGIN).entries
    assert [each.item.shares_url for each in parsed] == [True, True, False]


def test_with_nothing_else_the_link_is_the_title() -> None:
    assert item(Entry(link="/1")).title == "https://harbour.example/1"


@pytest.mark.parametrize(
    ("summary", "content", "texts"),
    [
        ("<p>One</p>", "", ("One", "")),
        ("", "<p>One</p>", ("One", "")),
        ("One", "<p>One</p>", ("One", "")),
        ("One", "<p>One</p><p>Two</p>", ("One", "One\nTwo")),
    ],
)
def test_content_stands_beside_the_summary_only_where_it_says_more(
    summary: str, content: str, texts: tuple[str, str]
) -> None:
    made = item(Entry(title=Markup("T"), summary=html(summary), content=html(content)))
    assert (made.summary, made.content) == texts


def test_a_content_too_long_for_a_summary_is_kept_whole() -> None:
    made = item(Entry(title=Markup("T"), content=html("word " * 10_000)))
    assert len(made.summary) <= 20_000 < len(made.content)


@pytest.mark.parametrize(
    ("link", "base", "url"),
    [
        ("/1?utm_source=x", "https://harbour.example/", "https://harbour.example/1"),
        ("1", "", "https://feeds.example/1"),
        ("1", "/news/", "https://feeds.example/news/1"),
        ("1", "javascript:alert(1)", "https://feeds.example/1"),
        ("javascript:alert(1)", "https://harbour.example/", ""),
        ("http://[", "https://harbour.example/", ""),
        (f"/{'x' * 10_000}", "https://harbour.example/", ""),
        (" ", "https://harbour.example/", ""),
    ],
)
def test_a_link_is_absolute_or_none(link: str, base: str, url: str) -> None:
    assert item(Entry(title=Markup("T"), link=link), replace(CONTENTS, base=base)).url == url


HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "published_at"),
    [
        ((NOW - HOUR, NOW), NOW - HOUR),
        ((NOW + 24 * HOUR,), NOW + 24 * HOUR),
        ((NOW + 25 * HOUR,), None),
        ((EPOCH,), None),
        ((EPOCH, NOW - HOUR), NOW - HOUR),
        ((), None),
    ],
)
def test_an_item_has_the_first_date_that_can_be(dates: tuple[datetime, ...], published_at: datetime | None) -> None:
    made = item(Entry(title=Markup("T"), dates=tuple(date.isoformat() for date in dates)))
    assert made.published_at == (published_at or NOW)
    assert made.undated == (published_at is None)


@pytest.mark.parametrize(
    ("source", "feed_name", "title", "name"),
    [
        ("The &amp; Wire", "Mine", "Theirs", "The & Wire"),
        ("", "Mine", "Theirs", "Mine"),
        ("", None, "Theirs", "Theirs"),
        ("", None, "", "feeds.example"),
    ],
)
def test_the_source_is_the_closest_name_there_is(source: str, feed_name: str | None, title: str, name: str) -> None:
    origin = replace(ORIGIN, feed_name=feed_name)
    assert item(Entry(title=Markup("T"), source=source), replace(CONTENTS, title=Markup(title)), origin).source == name


@pytest.mark.parametrize(
    ("of_feed", "of_entry", "of_document", "language"),
    [("fr", "en", "de", "fr"), (None, "fr", "de", "fr"), (None, "", "de", "de"), (None, "", "", "und")],
)
def test_the_language_is_the_closest_that_is_declared(
    of_feed: str | None, of_entry: str, of_document: str, language: str
) -> None:
    origin = replace(ORIGIN, feed_language=of_feed)
    entry = Entry(title=Markup("Lorem ipsum dolor"), language=of_entry)
    assert item(entry, replace(CONTENTS, language=of_document), origin).language == language


def test_an_entry_that_says_nothing_is_left_out_with_a_note() -> None:
    feed = normalise(replace(CONTENTS, entries=(Entry(is_empty=True), Entry(title=Markup("T")))), ORIGIN)
    assert [entry.item.title for entry in feed.entries] == ["T"]
    assert feed.notes == ("entries that say nothing: 1",)


def test_the_sketch_follows_the_texts() -> None:
    entries = (Entry("1", title=Markup("A")), Entry("2", title=Markup("B")), Entry("3", title=Markup("A")))
    one, two, three = normalise(replace(CONTENTS, entries=entries), ORIGIN).entries
    assert one.content_hash == three.content_hash != two.content_hash
