"""What of a document is news: new entries, updates, floods, gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.known import QUARANTINED, REMEMBERED, Known, read
from monitor.feeds.news import News, first_news, later_news
from monitor.feeds.reading.entries import ParsedEntry
from monitor.feeds.sketch import sketch
from tests.feeds.made import NOW, entry

SEEN_MS = 1_000


def made(id_: str, *, hours_ago: float | None = 1.0, title: str = "", link: str = "") -> ParsedEntry:
    """Make an entry whose title and link go by its id, unless they are given."""
    plain = entry(id_, hours_ago=hours_ago)
    item = replace(plain.item, title=title or f"title of {id_}", key=(link or id_).ljust(32, "0"))
    return replace(plain, content_hash=sketch(item.title, ""), item=item)


def many(prefix: str, count: int, *, hours_ago: float = 1.0) -> list[ParsedEntry]:
    return [made(f"{prefix}{number}", hours_ago=hours_ago) for number in range(count)]


def known(entries: Sequence[ParsedEntry], *, standing: str = "") -> dict[str, str]:
    return {each.id: Known.of(each, seen_ms=SEEN_MS, standing=standing).written() for each in entries}


def sifted(
    entries: Sequence[ParsedEntry],
    before: dict[str, str],
    *,
    unchanged: int = 0,
    newest_at: datetime | None = NOW - timedelta(hours=20),
    let_through: bool = False,
) -> News:
    return later_news(entries, before, unchanged=unchanged, newest_at=newest_at, let_through=let_through, now=NOW)


def titles(news: News) -> list[str]:
    return [item.title for item in news.items]


# Updates.


def test_an_entry_with_another_title_is_an_update_of_its_item() -> None:
    news = sifted([made("a", title="Teal confirms"), made("b")], known([made("a"), made("b")]))
    (item,) = news.items
    assert (item.title, item.is_update, item.key, news.updates) == ("Teal confirms", True, made("a").item.key, 1)
    assert read(news.known_add["a"]).seen_ms == SEEN_MS, "it was seen when it was seen first"
    assert not sifted([made("a", title="Teal confirms")], {**known([made("a")]), **news.known_add}).items


def test_a_changed_link_is_no_update_for_it_would_be_another_item() -> None:
    news = sifted([made("a", title="Teal confirms", link="new")], known([made("a")]))
    assert (news.items, list(news.known_add)) == ((), ["a"])


@pytest.mark.parametrize("standing", [REMEMBERED, QUARANTINED])
def test_what_was_no_news_is_none_with_other_words(standing: str) -> None:
    news = sifted([made("a", title="Teal confirms")], known([made("a")], standing=standing))
    assert (news.items, read(news.known_add["a"]).standing) == ((), standing)


@pytest.mark.parametrize(("value", "mark"), [("1000:e8f1c7c1a5987f66", ""), ("1000:e8f1c7c1a5987f66:m1", "m1")])
def test_what_an_older_version_saw_is_known_and_can_be_compared_from_now_on(value: str, mark: str) -> None:
    seen = made("a", title="Teal confirms")
    news = sifted([seen], {"a": value})
    assert news.items == ()
    assert read(news.known_add["a"]) == replace(Known.of(seen, seen_ms=1_000), mark=mark)


def test_other_bytes_of_the_same_words_are_no_update_and_their_mark_is_kept() -> None:
    before, after = replace(made("a"), mark="m1"), replace(made("a"), mark="m2")
    news = sifted([after], known([before]))
    assert (news.items, read(news.known_add["a"]).mark) == ((), "m2")


def test_entries_that_need_no_reading_count_as_listed() -> None:
    before = known(many("a", 40))
    changed = [made(f"a{number}", title="New: all titles") for number in range(15)]
    assert sifted(changed, before, unchanged=25).updates == 15
    assert not sifted([made("n")], before, unchanged=1).missed
    archive = many("old", 12, hours_ago=24 * 40)
    assert sifted(archive, before, unchanged=12).quarantined == 0
    assert sifted(archive, before, unchanged=11).quarantined == 12


def test_a_change_of_form_is_no_news() -> None:
    before = known(many("a", 20))
    changed = [made(f"a{number}", title="New: all titles") for number in range(11)]
    news = sifted([*changed, *many("a", 20)[11:]], before)
    assert (news.items, news.reformed, len(news.known_add)) == ((), 11, 11)
    few = sifted([*changed[:9], *many("a", 20)[9:]], before)
    assert (few.updates, few.reformed) == (9, 0)


def test_what_is_old_at_the_first_poll_is_marked_so() -> None:
    news = first_news([made("a"), made("b")], is_recent=lambda item: item.title == "title of a", now=NOW)
    assert (titles(news), news.remembered) == (["title of a"], 1)
    assert [read(news.known_add[id_]).standing for id_ in "ab"] == ["", REMEMBERED]


# Gaps.


@pytest.mark.parametrize(
    ("hours_ago", "known_ids", "missed"),
    [
        ([1, 2, 3], "xyz", True),
        ([1, 2, 21], "xyz", False),
        ([1, 2, 3], "", False),
        ([1, None, 3], "xyz", True),
        ([None, None], "xyz", False),
    ],
)
def test_a_page_that_is_newer_than_all_that_is_known_may_have_a_gap_before_it(
    hours_ago: list[float | None], known_ids: str, missed: bool
) -> None:
    entries = [made(f"n{number}", hours_ago=hours) for number, hours in enumerate(hours_ago)]
    news = sifted(entries, known([made(id_) for id_ in known_ids]))
    assert (news.missed, len(news.items)) == (missed, len(entries))


def test_a_page_that_joins_what_is_known_has_no_gap() -> None:
    assert not sifted([made("n"), made("x")], known([made("x")])).missed


# Floods.


def test_entries_that_come_back_under_other_ids_are_no_news() -> None:
    old = many("a", 20, hours_ago=30)
    churned = [replace(each, id=f"other {each.id}") for each in old]
    news = sifted(churned, known(old))
    assert (news.items, news.returned, news.quarantined) == ((), 20, 0)
    assert news.known_add.keys() == {each.id for each in churned}
    assert not sifted(churned, {**known(old), **news.known_add}).known_add


@pytest.mark.parametrize("same", ["words", "link"])
def test_they_are_known_by_their_words_or_by_their_link(same: str) -> None:
    old = many("a", 12, hours_ago=30)
    churned = [
        made(f"b{number}", title=each.item.title) if same == "words" else made(f"b{number}", link=each.id)
        for number, each in enumerate(old)
    ]
    assert (sifted(churned, known(old)).returned, sifted(churned, known(old)).items) == (12, ())


def test_an_archive_that_is_listed_anew_is_held_back_and_real_news_is_not() -> None:
    archive = many("old", 300, hours_ago=24 * 40)
    news = sifted([made("today"), *archive], known(many("a", 20, hours_ago=30)))
    assert (titles(news), news.quarantined) == (["title of today"], 300)
    assert {read(news.known_add[each.id]).standing for each in archive} == {QUARANTINED}


def test_a_redated_archive_is_recognised_by_what_is_known_and_the_rest_is_held_back() -> None:
    old = many("a", 20, hours_ago=300)
    redated = [replace(made(f"b{number}", title=f"title of a{number}"), id=f"b{number}") for number in range(20)]
    news = sifted([*redated, *many("rest", 15)], known(old))
    assert (news.items, news.returned, news.quarantined) == ((), 20, 15)


def test_many_items_after_a_long_time_are_news() -> None:
    news = sifted(many("n", 60), known(many("a", 60, hours_ago=30)))
    assert (len(news.items), news.quarantined, news.missed) == (60, 0, True)


def test_a_search_that_turns_up_what_is_a_few_days_old_is_no_flood() -> None:
    found = [made(f"n{number}", hours_ago=24 * (number % 6)) for number in range(40)]
    assert len(sifted(found, known(many("a", 40))).items) == 40


def test_what_a_person_lets_through_is_news() -> None:
    news = sifted(many("old", 30, hours_ago=24 * 40), known(many("a", 20)), let_through=True)
    assert (len(news.items), news.quarantined) == (30, 0)


ENTRIES = st.lists(
    st.builds(
        made,
        st.sampled_from([f"e{number}" for number in range(40)]),
        hours_ago=st.none() | st.floats(0, 2_000),
        title=st.sampled_from(["", "one", "two"]),
        link=st.sampled_from(["", "l1", "l2"]),
    ),
    max_size=40,
    unique_by=lambda each: each.id,
)


@given(ENTRIES, ENTRIES)
def test_every_entry_is_known_afterwards_and_none_is_told_twice(
    before: list[ParsedEntry], entries: list[ParsedEntry]
) -> None:
    store = known(before)
    news = sifted(entries, store)
    store |= news.known_add
    assert {each.id for each in entries} <= store.keys()
    assert len(news.items) + news.quarantined + news.returned >= len([e for e in entries if e.id not in known(before)])
    again = sifted(entries, store)
    assert (again.items, again.known_add) == ((), {})
