"""What a poll commits, for every kind of outcome."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping
from datetime import timedelta

import pytest
from msgspec.structs import replace

from monitor.errors import FeedError, FetchError, ParseError
from monitor.feeds.decide import Poll, decide_poll, is_same_body, known_marks, needs_known
from monitor.feeds.fetch import NotModified
from monitor.feeds.limits import PollingLimits
from monitor.feeds.outcome import NewBody, Outcome, SameBody, body_hash
from monitor.feeds.reading.entries import ParsedEntry, ParsedFeed
from monitor.model import FEED_DEAD, FEED_MOVED, FEED_RETIRED, FEED_SILENT, Feed, FeedState, Habits, Move, Wishes
from tests.feeds.made import FEED, NOW, URL, document, entry, rss

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
    poll = decide(new_body(entry("a"), entry("b")), known={"b": "1:hash of b::bb:"})
    assert titles(poll) == ["a"]
    assert poll.known_add == {"a": f"{int(NOW.timestamp() * 1000)}:hash of a::aa:"}
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
    assert poll.news is not None
    assert poll.news.remembered == 2
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
    assert timedelta(seconds=300) <= poll.next_due_at - NOW <= timedelta(seconds=330)


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
    assert poll.notices == ()


def test_a_changed_address_keeps_what_is_known_and_drops_what_belongs_to_the_old_one() -> None:
    moved = replace(STATE, url="https://old.example/", body_hash=body_hash(DOCUMENT))
    assert not is_same_body(moved, DOCUMENT)
    poll = decide(new_body(entry("a"), entry("b")), state=moved, known={"a": "1:x"})
    assert titles(poll) == ["b"]
    assert poll.state.url == URL


def test_a_new_address_that_fails_leaves_the_validators_to_the_old_one() -> None:
    moved = replace(STATE, url="https://old.example/")
    assert decide(FetchError("x", "y", phase="dns"), state=moved).state.url == "https://old.example/"


def test_the_same_bytes_from_the_same_address_need_no_parsing() -> None:
    assert is_same_body(replace(STATE, body_hash=body_hash(DOCUMENT)), DOCUMENT)
    assert not is_same_body(STATE, DOCUMENT)


def test_known_entries_are_asked_for_only_where_there_can_be_some() -> None:
    assert needs_known(STATE)
    assert not needs_known(FeedState())


def test_an_entry_is_known_again_by_its_mark() -> None:
    marked = dataclasses.replace(entry("a"), mark="0123456789ab")
    poll = decide(new_body(marked))
    assert poll.known_add == {"a": f"{int(NOW.timestamp() * 1000)}:hash of a:0123456789ab:aa:"}
    assert known_marks({**poll.known_add, "before there were marks": "1:x"}) == {"0123456789ab"}


def test_a_known_entry_in_another_form_gets_another_mark_and_is_no_news() -> None:
    marked = dataclasses.replace(entry("a"), mark="0123456789ab")
    poll = decide(new_body(marked), known={"a": "1:hash of a:ba9876543210:aa:"})
    assert not poll.new
    assert poll.known_add["a"] == "1:hash of a:0123456789ab:aa:"


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
    assert edited.news is not None
    assert (titles(edited), edited.news.remembered, edited.known_add.keys()) == (["recent"], 1, {"recent", "old"})
    assert edited.state.asked_url == question.url
    same = decide(found, feed=question, state=edited.state, known=known)
    assert set(titles(same)) == {"recent", "old"}


def test_a_feed_that_is_no_question_may_change_its_address() -> None:
    moved = decide(new_body(entry("old", hours_ago=25)), state=replace(STATE, asked_url="https://old.example/"))
    assert titles(moved) == ["old"]


def test_what_a_publisher_asks_is_kept_from_answer_to_answer() -> None:
    asked = Wishes(ttl_s=3_600, skip_hours=(3,))
    fresh = document(b"x", cache_control="max-age=900")
    state = decide(NewBody(fresh, ParsedFeed("", (), wishes=asked))).state
    assert (state.wishes, state.fresh_s) == (asked, 900)
    silent = decide(NotModified(), state=state).state
    assert (silent.wishes, silent.fresh_s) == (asked, 900), "a 304 that says nothing changes nothing (RFC 9111, 3.2)"
    assert decide(NotModified(fresh_s=60), state=state).state.fresh_s == 60
    assert decide(NewBody(document(b"y"), ParsedFeed("", ()))).state.fresh_s == 0


def test_a_feed_teaches_its_habits_from_its_first_document_on() -> None:
    first = decide(new_body(entry("a", hours_ago=5), entry("b", hours_ago=30)), state=FeedState()).state
    assert (first.habits.counts, first.habits.news_at) == ((1, 1), NOW)
    later = decide(new_body(entry("c", hours_ago=1)), state=first, known={"a": "1:x"}).state
    assert (later.habits.counts, later.habits.latency_s) == ((2, 1), 3_600)


def test_an_older_versions_state_begins_to_learn() -> None:
    assert decide(NotModified()).state.habits == Habits(news_at=NOW)


def test_items_that_may_have_been_missed_are_reported() -> None:
    state = replace(STATE, habits=Habits(news_at=NOW, newest_at=NOW - timedelta(hours=9)))
    poll = decide(new_body(entry("b", hours_ago=1), entry("c", hours_ago=2)), state=state, known={"a": "1:x"})
    assert poll.state.habits.missed_at == NOW
    assert poll.reason == "2 new; items may have been missed"
    assert poll.next_due_at - NOW < timedelta(seconds=331)


def test_silence_is_noticed_once_and_ends_with_the_next_item() -> None:
    habits = Habits(NOW.toordinal() - 9, (1, 1, 1), newest_at=NOW - timedelta(days=9), silent_at=NOW, news_at=EARLIER)
    poll = decide(NotModified(), state=replace(STATE, habits=habits))
    assert [notice.kind for notice in poll.notices] == [FEED_SILENT]
    again = decide(NotModified(), state=poll.state)
    assert (again.notices, again.state.habits.silent) == ((), True)
    spoken = decide(new_body(entry("a")), state=again.state, known={"b": "1:x"})
    assert (spoken.notices, spoken.state.habits.silent) == ((), False)


def test_a_feed_that_fails_and_fails_is_noticed_once_in_an_episode() -> None:
    def failed(failures: int) -> Poll:
        return decide(FetchError("x", "answered 500", phase="status"), state=replace(STATE, failures=failures))

    before, dead, after = failed(8), failed(9), failed(10)
    assert ([*before.notices, *after.notices], [each.kind for each in dead.notices]) == ([], [FEED_DEAD])
    assert "has failed 10 times in a row, since 2026-05-03" in dead.notices[0].title
    assert failed(9).notices[0].episode == dead.notices[0].episode


def test_410_retires_and_404_does_not() -> None:
    def kinds(status: int) -> list[str]:
        error = FetchError("x", "y", phase="status", status=status)
        return [notice.kind for notice in decide(error).notices]

    assert (kinds(410), kinds(404)) == ([FEED_RETIRED], [])


@pytest.mark.parametrize(("is_route", "kinds"), [(False, [FEED_RETIRED]), (True, [])])
def test_a_document_that_says_it_is_the_last_retires_its_feed(is_route: bool, kinds: list[str]) -> None:
    last = NewBody(document(rss()), ParsedFeed("Harbour", (entry("The last"),), ended=True))
    poll = decide(last, feed=replace(FEED, is_route=is_route))
    assert ([notice.kind for notice in poll.notices], [item.title for item in poll.new]) == (kinds, ["The last"])
    assert decide(SameBody(document(rss()))).notices == (), "once undone, the same document says it no more"


def test_a_move_is_noticed_when_it_is_stable() -> None:
    state, kinds = STATE, []
    for _ in range(5):
        poll = decide(NotModified(moved_to="https://new.example/"), state=state)
        state = poll.state
        kinds.append([notice.kind for notice in poll.notices])
    assert kinds == [[], [], [FEED_MOVED], [], []]
    assert state.move == Move(URL, "https://new.example/", 3, "https://new.example/")


def test_what_becomes_of_one_instance_of_rsshub_says_nothing_of_a_route() -> None:
    route = replace(FEED, is_route=True)
    gone = FetchError("x", "answered 410", phase="status", status=410)
    assert decide(gone, feed=route).notices == ()
    state, kinds = STATE, []
    for _ in range(4):
        poll = decide(NotModified(moved_to="https://new.example/"), feed=route, state=state)
        state = poll.state
        kinds += [notice.kind for notice in poll.notices]
    assert (kinds, state.move) == ([], None)
