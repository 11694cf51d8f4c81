"""What a poll commits, for every kind of outcome."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import FeedError, FetchError, ParseError
from monitor.feeds.decide import (
    NewBody,
    Outcome,
    Poll,
    SameBody,
    body_hash,
    decide_poll,
    is_same_body,
    known_marks,
    needs_known,
)
from monitor.feeds.entries import ParsedEntry, ParsedFeed
from monitor.feeds.fetch import NotModified
from monitor.feeds.limits import PollingLimits
from monitor.model import Feed, FeedState
from tests.feeds.made import FEED, NOW, URL, document, entry

LIMITS = PollingLimits(interval_s=300, max_interval_s=21_600, first_poll_max_age_s=86_400, max_known=4)
EARLIER = NOW - timedelta(hours=1)
STATE = FeedState(
    url=URL, etag='"1"', last_modified="then", body_hash="0", seen_before=True, polled_at=EARLIER, succeeded_at=EARLIER
)
DOCUMENT = document(b"<rss/>", etag='"2"', last_modified="now")


def decide(
    outcome: Outcome, *, feed: Feed = FEED, state: FeedState = STATE, known: Mapping[str, str] | None = None
) -> Poll:
    return decide_poll(
        feed=feed, state=state, known=known or {}, outcome=outcome, now=NOW, rng=random.Random(1), limits=LIMITS
    )


def new_body(*entries: ParsedEntry, truncated: bool = False) -> NewBody:
    return NewBody(DOCUMENT, ParsedFeed("Harbour", entries, truncated=truncated))


def titles(poll: Poll) -> list[str]:
    return [item.title for item in poll.new]


def test_what_is_not_known_is_new_and_then_known() -> None:
    poll = decide(new_body(entry("a"), entry("b")), known={"b": "1:x"})
    assert titles(poll) == ["a"]
    assert poll.known_add == {"a": f"{int(NOW.timestamp() * 1000)}:hash of a"}
    assert poll.reason == "1 new"


def test_new_items_come_in_the_order_of_their_publication() -> None:
    entries = [
        entry("later", hours_ago=1),
        entry("twin 2", hours_ago=2),
        entry("twin 1", hours_ago=2),
        entry("old", hours_ago=99),
    ]
    assert titles(decide(new_body(*entries))) == ["old", "twin 1", "twin 2", "later"]


def test_a_first_poll_alerts_what_is_recent_and_remembers_the_rest() -> None:
    entries = [entry("new", hours_ago=23.9), entry("old", hours_ago=24.1), entry("undated", hours_ago=None)]
    poll = decide(new_body(*entries), state=FeedState())
    assert titles(poll) == ["new"]
    assert poll.remembered == 2
    assert poll.known_add.keys() == {"new", "old", "undated"}
    assert poll.reason == "1 new, 2 remembered"
    assert poll.state.seen_before


def test_after_the_first_poll_old_and_undated_items_are_news() -> None:
    assert titles(decide(new_body(entry("undated", hours_ago=None), entry("old", hours_ago=999)))) == ["old", "undated"]


def test_a_failed_first_poll_does_not_count_as_one() -> None:
    failed = decide(FetchError("x", "y", phase="dns"), state=FeedState()).state
    assert titles(decide(new_body(entry("old", hours_ago=25)), state=failed)) == []


def test_a_new_body_brings_its_validators_and_hash() -> None:
    state = decide(new_body(), state=replace(STATE, failures=3, last_error="z")).state
    assert (state.etag, state.last_modified, state.body_hash) == ('"2"', "now", body_hash(DOCUMENT))
    assert (state.failures, state.last_error, state.succeeded_at, state.polled_at) == (0, None, NOW, NOW)


def test_a_document_without_validators_leaves_none() -> None:
    state = decide(NewBody(document(b"x"), ParsedFeed("", ()))).state
    assert (state.etag, state.last_modified) == (None, None)


def test_what_is_missing_from_a_truncated_document_is_asked_for_again() -> None:
    poll = decide(new_body(entry("a"), truncated=True))
    assert titles(poll) == ["a"]
    assert (poll.state.etag, poll.state.last_modified, poll.state.body_hash) == (None, None, None)


def test_a_304_keeps_the_validators_and_takes_new_ones() -> None:
    state = decide(NotModified(etag='"3"'), state=replace(STATE, failures=1)).state
    assert (state.etag, state.last_modified, state.body_hash, state.failures) == ('"3"', "then", "0", 0)


def test_the_same_body_takes_the_new_validators() -> None:
    state = decide(SameBody(DOCUMENT)).state
    assert (state.etag, state.last_modified, state.body_hash) == ('"2"', "now", "0")


@pytest.mark.parametrize(
    ("outcome", "reason"), [(NotModified(), "304"), (SameBody(DOCUMENT), "unchanged body"), (new_body(), "0 new")]
)
def test_without_anything_new_only_the_state_changes(outcome: Outcome, reason: str) -> None:
    poll = decide(outcome, known={"a": "1:x"})
    assert (poll.new, poll.known_add, poll.known_drop, poll.reason) == ((), {}, (), reason)
    assert poll.state.next_due_at == poll.next_due_at
    assert timedelta(seconds=270) <= poll.next_due_at - NOW <= timedelta(seconds=330)


def test_what_could_be_lived_with_stands_in_the_log_line() -> None:
    outcome = NewBody(
        DOCUMENT, ParsedFeed("", (entry("a"),), repairs=("not well-formed: x",), refused=("entries listed twice: 1",))
    )
    assert decide(outcome).reason == "1 new; not well-formed: x; entries listed twice: 1"


@pytest.mark.parametrize("error", [ParseError("x", "an HTML page"), FetchError("x", "answered 500", phase="status")])
def test_a_failure_is_counted_and_forgets_nothing(error: FeedError) -> None:
    poll = decide(error, state=replace(STATE, failures=1))
    cause = f"{error.what}: {error.cause}"
    assert poll.reason == f"error {cause}"
    assert poll.state == replace(STATE, failures=2, last_error=cause, polled_at=NOW, next_due_at=poll.next_due_at)
    assert poll.next_due_at - NOW >= timedelta(seconds=1_080)


def test_a_changed_address_keeps_what_is_known_and_drops_what_belongs_to_the_old_one() -> None:
    moved = replace(STATE, url="https://old.example/", body_hash=body_hash(DOCUMENT))
    assert not is_same_body(FEED, moved, DOCUMENT)
    poll = decide(new_body(entry("a"), entry("b")), state=moved, known={"a": "1:x"})
    assert titles(poll) == ["b"]
    assert poll.state.url == URL


def test_a_new_address_that_fails_leaves_the_validators_to_the_old_one() -> None:
    moved = replace(STATE, url="https://old.example/")
    assert decide(FetchError("x", "y", phase="dns"), state=moved).state.url == "https://old.example/"


def test_the_same_bytes_from_the_same_address_need_no_parsing() -> None:
    assert is_same_body(FEED, replace(STATE, body_hash=body_hash(DOCUMENT)), DOCUMENT)
    assert not is_same_body(FEED, STATE, DOCUMENT)


def test_known_entries_are_asked_for_only_where_there_can_be_some() -> None:
    assert needs_known(STATE)
    assert not needs_known(FeedState())


def test_an_entry_is_known_again_by_its_mark() -> None:
    marked = replace(entry("a"), mark="0123456789ab")
    poll = decide(new_body(marked))
    assert poll.known_add == {"a": f"{int(NOW.timestamp() * 1000)}:hash of a:0123456789ab"}
    assert known_marks({**poll.known_add, "before there were marks": "1:x"}) == {"0123456789ab"}


def test_a_known_entry_in_another_form_gets_another_mark_and_is_no_news() -> None:
    marked = replace(entry("a"), mark="0123456789ab")
    poll = decide(new_body(marked), known={"a": "1:x:ba9876543210"})
    assert not poll.new
    assert poll.known_add["a"].endswith(":0123456789ab")


def test_what_was_cut_out_is_listed_all_the_same() -> None:
    known = {"old": "1:x:aaaaaaaaaaaa", "older": "2:x:bbbbbbbbbbbb", "gone": "3:x:cccccccccccc"}
    feed = ParsedFeed("", (entry("b"), entry("c")), unchanged=("aaaaaaaaaaaa", "bbbbbbbbbbbb"))
    assert decide(NewBody(DOCUMENT, feed), known=known).known_drop == ("gone",)


def test_over_the_limit_the_entries_seen_longest_ago_are_forgotten() -> None:
    known = {"d": "4:x", "a": "1:x", "c": "3:x", "b": "2:x"}
    assert decide(new_body(entry("new"), entry("newer")), known=known).known_drop == ("a", "b")


def test_what_the_document_lists_is_never_forgotten() -> None:
    known = dict.fromkeys("abcdef", "1:x")
    poll = decide(new_body(*map(entry, "abcde"), entry("new")), known=known)
    assert poll.known_drop == ("f",)


def test_a_truncated_document_makes_us_forget_nothing() -> None:
    assert decide(new_body(entry("new"), truncated=True), known=dict.fromkeys("abcdef", "1:x")).known_drop == ()


def test_what_another_question_finds_is_held_to_the_age_of_a_first_poll() -> None:
    question = replace(FEED, url="https://search.example/?q=Qwen", is_question=True)
    found = new_body(entry("recent", hours_ago=2), entry("old", hours_ago=25), entry("known", hours_ago=30))
    known = {"known": "1:x"}
    edited = decide(found, feed=question, state=replace(STATE, asked_url="https://search.example/?q="), known=known)
    assert (titles(edited), edited.remembered, edited.known_add.keys()) == (["recent"], 1, {"recent", "old"})
    assert edited.state.asked_url == question.url
    same = decide(found, feed=question, state=edited.state, known=known)
    assert set(titles(same)) == {"recent", "old"}


def test_a_feed_that_is_no_question_may_change_its_address() -> None:
    moved = decide(new_body(entry("old", hours_ago=25)), state=replace(STATE, asked_url="https://old.example/"))
    assert titles(moved) == ["old"]
