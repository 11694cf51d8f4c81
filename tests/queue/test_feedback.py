"""Told alerts are found by their ids, and the last word on each is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from monitor.model import Alert, AlertItem, Evidence
from monitor.queue.feedback import FeedbackBook, ToldAlerts, feedback_on
from monitor.queue.keys import Keys, shard_of
from monitor.queue.store import Store
from tests.queue.made import NOW, alert


async def tell(store: Store, *alerts: Alert) -> None:
    """Keep alerts as their commit does."""
    for each in alerts:
        await store.run("SET", store.keys.told(shard_of(each.watchlist_id), each.id), msgspec.json.encode(each))


async def test_an_alert_is_found_by_its_id_or_how_it_begins(any_store: Store) -> None:
    one, two, other = alert("k1", watchlist="w"), alert("k12", watchlist="w"), alert("k1", watchlist="v")
    await tell(any_store, one, two, other)
    told = ToldAlerts(any_store)
    assert await told.of("w", "alt_w_k1") == one
    assert await told.of("w", "alt_w_k3") is None
    for beginning, ids in (
        ("alt_w_k1", ["alt_w_k1"]),  # whole, though another begins so
        ("alt_w_k12", ["alt_w_k12"]),
        ("alt_v", ["alt_v_k1"]),
        ("alt_", ["alt_v_k1", "alt_w_k1", "alt_w_k12"]),
        ("alt_x", []),
        ("alt_*", []),
        ("", []),
    ):
        assert await told.find(beginning) == ids, beginning
    assert await told.find("alt_", most=2) == ["alt_v_k1", "alt_w_k1"]
    assert await told.one("alt_v_k1") == other
    assert await told.one("alt_v_k9") is None


async def test_an_alert_is_found_by_its_mails_message_id(any_store: Store) -> None:
    made = alert("k1")
    await tell(any_store, made)
    await any_store.run("HSET", any_store.keys.delivery(shard_of("w"), "dlv_abc"), "alert", made.id)
    for written in ("dlv_abc", "<dlv_abc@example.org>"):
        assert await ToldAlerts(any_store).find(written) == [made.id]
    for written in ("dlv_ab", "<dlv_@example.org>", "<>"):
        assert await ToldAlerts(any_store).find(written) == []


async def test_the_last_word_on_an_alert_counts_and_the_same_word_changes_nothing(any_store: Store) -> None:
    book, made = FeedbackBook(any_store), alert("k1")
    yes = feedback_on(made, "yes", by="link", now=NOW)
    no = feedback_on(made, "no", by="command", now=NOW + timedelta(hours=1))
    assert await book.verdict("w", made.id) == ""
    assert await book.note(yes, most=10)
    assert not await book.note(replace(yes, said_at=NOW + timedelta(minutes=1), by="command"), most=10)
    assert await book.of("w") == [yes]
    assert await book.note(no, most=10)
    assert await book.of("w") == [no]
    assert await book.verdict("w", made.id) == "no"
    assert no.items == made.stories[0].items
    assert no.watchlist_version == "v1"


async def test_what_was_said_first_goes_first_where_there_is_too_much(any_store: Store) -> None:
    book = FeedbackBook(any_store)
    for number in range(6):
        said = feedback_on(alert(f"k{number}"), "no", by="link", now=NOW - timedelta(days=number))
        assert await book.note(said, most=4)
    await book.note(feedback_on(alert("k0", watchlist="v"), "yes", by="link", now=NOW), most=4)
    # k4 and k5 were said longest ago: they came and went.
    assert [said.alert_id for said in await book.of("w")] == ["alt_w_k3", "alt_w_k2", "alt_w_k1", "alt_w_k0"]
    assert await book.counts() == {"v": 1, "w": 4}
    await book.note(feedback_on(alert("k9"), "no", by="link", now=NOW), most=1)
    assert [said.alert_id for said in await book.of("w")] == ["alt_w_k9"]


async def test_what_a_newer_version_wrote_or_is_damaged_is_passed_over(any_store: Store) -> None:
    book, said = FeedbackBook(any_store), feedback_on(alert("k1"), "yes", by="link", now=NOW)
    await book.note(said, most=10)
    for name, text in (("alt_new", '{"v":999,"verdict":"yes"}'), ("alt_bad", "{"), ("alt_odd", '{"v":1}')):
        await any_store.run("HSET", any_store.keys.feedback("w"), name, text)
    assert await book.of("w") == [said]


def test_a_long_text_is_cut_behind_the_evidence() -> None:
    made = alert("k1")
    entry = made.stories[0].items[0]
    late = Evidence("content", 29_990, 30_000, "Qwen")
    long = replace(entry.item, content="x" * 90_000)
    for evidence, kept in (((late,), 30_000), (entry.evidence, 20_000)):
        story = replace(made.stories[0], items=(AlertItem(long, evidence),))
        (item,) = feedback_on(replace(made, stories=(story,) * 30), "no", by="link", now=NOW).items[:1]
        assert len(item.item.content) == kept
    assert len(feedback_on(replace(made, stories=(story,) * 30), "no", by="link", now=NOW).items) == 20


@pytest.mark.parametrize(
    ("prefix", "pattern"), [("news:", "news:{a??}:told:alt_*"), ("a[b-c]*:", r"a\[b\-c\]\*:{a??}:told:alt_*")]
)
def test_a_prefix_is_no_pattern(prefix: str, pattern: str) -> None:
    assert Keys(prefix).told_pattern("alt_") == pattern
