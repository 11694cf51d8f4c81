"""Which entries are one, within a feed and across feeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.reading.identity import Identity, Traits, identify, traits_of

HOME = "https://a.example/"
LINK = "https://a.example/1"


def name(*entries: tuple[str, str, str], feed: str = "one") -> list[Identity]:
    """Identify entries given as (guid, link, title)."""
    traits = [traits_of(guid=guid, url=url, home=HOME, title=title, text="") for guid, url, title in entries]
    return identify(traits, feed_id=feed)


def only(guid: str = "", url: str = "", title: str = "", *, feed: str = "one") -> Identity:
    return name((guid, url, title), feed=feed)[0]


@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("7", LINK),
        ("", LINK),
        ("tag:a.example,2026:1", ""),
        ("TAG:a.example,2026:1", ""),
        ("urn:uuid:60a76c80", ""),
        ("https://a.example/p?id=1", ""),
    ],
)
def test_two_feeds_mean_one_item_by(guid: str, url: str) -> None:
    assert only(guid, url, "A", feed="one").item_key == only(guid, url, "B", feed="two").item_key


@pytest.mark.parametrize(("guid", "url"), [("7", ""), ("", ""), ("7", HOME), ("", HOME), ("yt:video:1", "")])
def test_two_feeds_do_not_mean_one_item_by(guid: str, url: str) -> None:
    assert only(guid, url, "A", feed="one").item_key != only(guid, url, "A", feed="two").item_key


def test_a_guid_that_is_an_address_and_the_link_to_it_are_one_item() -> None:
    assert only("https://a.example/1?utm_source=x").item_key == only("7", LINK).item_key


def test_entries_that_share_a_link_are_told_apart() -> None:
    first, second, other = name(("v1", LINK, "A"), ("v2", LINK, "B"), ("v3", "https://a.example/3", "C"))
    assert first.item_key != second.item_key
    assert other.item_key == only("", "https://a.example/3").item_key


def test_entries_without_guid_that_share_a_link_are_told_apart_by_their_titles() -> None:
    assert len(set(name(("", LINK, "A"), ("", LINK, "B")))) == 2


def test_entries_without_guid_of_one_link_and_title_are_told_apart_by_their_texts() -> None:
    traits = [traits_of(guid="", url=LINK, home=HOME, title="Re: A", text=text) for text in ("Yes", "No", "No", "")]
    first, second, again, empty = identify(traits, feed_id="one")
    assert second == again
    assert len({entry.entry_id for entry in (first, second, empty)}) == 3
    assert len({entry.item_key for entry in (first, second, empty)}) == 3


def test_entries_of_one_guid_link_and_title_are_one_whatever_they_say() -> None:
    traits = [traits_of(guid="7", url=LINK, home=HOME, title="A", text=text) for text in ("before", "after")]
    first, second = identify(traits, feed_id="one")
    assert first == second


def test_entries_that_link_to_the_home_page_are_told_apart_by_their_guids() -> None:
    assert len({identity.item_key for identity in name(("1", HOME, "A"), ("2", HOME, "A"))}) == 2
    assert only("1", HOME, "A").item_key == only("1", HOME, "edited").item_key


def test_a_guid_that_is_the_home_page_names_nothing() -> None:
    assert len({identity.entry_id for identity in name((HOME, HOME, "A"), (HOME, HOME, "B"))}) == 2


def test_an_entry_stays_known_while_its_guid_stays() -> None:
    assert only("7", LINK, "A").entry_id == only("7", "https://a.example/moved", "edited").entry_id


def test_an_entry_without_guid_stays_known_while_its_link_stays() -> None:
    assert only("", LINK, "A").entry_id == only("", LINK, "edited").entry_id


def test_entries_with_one_guid_are_told_apart_by_link_and_then_by_title() -> None:
    entries = name(("0", LINK, "A"), ("0", "https://a.example/2", "A"), ("0", "", "A"), ("0", "", "B"))
    assert len({identity.entry_id for identity in entries}) == 4
    assert len({identity.item_key for identity in entries}) == 4


def test_what_a_document_lists_twice_is_one_entry() -> None:
    first, second = name(("7", LINK, "A"), ("7", LINK, "A"))
    assert first == second
    assert first.item_key == only("7", LINK).item_key


WORDS = st.sampled_from(["", "a", "b", "https://a.example/1"])
ENTRIES = st.builds(Traits, WORDS, st.sampled_from(["", LINK, "https://a.example/2"]), WORDS)


@given(st.lists(ENTRIES, max_size=12))
def test_two_entries_of_a_document_never_share_a_name(entries: list[Traits]) -> None:
    named = dict(zip(entries, identify(entries, feed_id="one"), strict=True))
    assert len({identity.entry_id for identity in named.values()}) == len(named)


@given(st.lists(ENTRIES, max_size=12))
def test_the_order_of_a_document_changes_no_name(entries: list[Traits]) -> None:
    named = dict(zip(entries, identify(entries, feed_id="one"), strict=True))
    turned = dict(zip(entries[::-1], identify(entries[::-1], feed_id="one"), strict=True))
    assert named == turned
