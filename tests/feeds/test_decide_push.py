"""What the commit of a push writes: the rules of a poll, and what a push says nothing of."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta

import pytest
from msgspec.structs import replace

from monitor.feeds.decide import Poll, decide_poll, decide_push
from monitor.feeds.limits import PollingLimits
from monitor.feeds.outcome import NewBody, SameBody, body_hash
from monitor.feeds.reading.entries import ParsedEntry, ParsedFeed
from monitor.model import FEED_RETIRED, Document, FeedState, Habits
from tests.feeds.made import FEED, NOW, URL, document, entry, rss

LIMITS = PollingLimits(interval_s=300, max_interval_s=21_600, first_poll_max_age_s=86_400, max_known=2)
STATE = FeedState(
    url=URL,
    etag='"1"',
    last_modified="then",
    body_hash="0",
    seen_before=True,
    failures=2,
    last_error="fetch: answered 500",
    hub="https://hub.example/",
    topic="https://feeds.example/self",
)
UNTIL = NOW + timedelta(days=10)
PUSHED = document(rss(), etag='"of the hub"', link='<https://evil.example/>; rel="hub", </x>; rel="self"')
OFFERED = document(rss(), link='<https://hub.example/>; rel="hub", </self>; rel="self"')


def push(
    *entries: ParsedEntry, state: FeedState = STATE, known: Mapping[str, str] | None = None, ended: bool = False
) -> Poll:
    return decide_push(
        feed=FEED,
        state=state,
        known=known or {},
        outcome=NewBody(PUSHED, ParsedFeed("Harbour", entries, ended=ended)),
        push_until=UNTIL,
        due_in_s=120,
        now=NOW,
        limits=LIMITS,
    )


def poll(*entries: ParsedEntry, state: FeedState, body: Document = OFFERED, now_s: float = 0) -> Poll:
    return decide_poll(
        feed=FEED,
        state=state,
        known={},
        outcome=NewBody(body, ParsedFeed("Harbour", entries)),
        now=NOW + timedelta(seconds=now_s),
        rng=random.Random(1),
        limits=LIMITS,
    )


def test_what_is_not_known_is_new_in_the_order_of_publication() -> None:
    pushed = push(
        entry("b", hours_ago=1), entry("a", hours_ago=2), entry("known"), known={"known": "1:hash of known::knownkno:"}
    )
    assert [item.title for item in pushed.new] == ["a", "b"]
    assert pushed.known_add.keys() == {"a", "b"}
    assert pushed.reason == "2 new"


def test_a_push_of_the_very_same_document_brings_nothing() -> None:
    pushed = decide_push(
        feed=FEED,
        state=STATE,
        known={},
        outcome=SameBody(PUSHED),
        push_until=UNTIL,
        due_in_s=120,
        now=NOW,
        limits=LIMITS,
    )
    assert (pushed.new, pushed.known_add, pushed.known_drop) == ((), {}, ())


def test_validators_failures_and_offer_are_left_to_polls() -> None:
    changed = {"body_hash": body_hash(PUSHED), "push_until": UNTIL, "next_due_at": NOW + timedelta(seconds=120)}
    after = push(entry("a")).state
    assert after == replace(STATE, **changed, habits=after.habits)  # type: ignore[arg-type] -- fields by name


def test_a_push_teaches_the_feeds_habits_but_tells_of_no_gap() -> None:
    state = replace(STATE, habits=Habits(newest_at=NOW - timedelta(days=1)))
    habits = push(entry("a"), known={"b": "1:x"}, state=state).state.habits
    assert (habits.news_at, habits.counts, habits.missed_at) == (NOW, (1,), None)


def test_a_push_may_say_that_it_is_the_last() -> None:
    # A poll would find the same body, and hear nothing.
    assert [notice.kind for notice in push(entry("a"), ended=True).notices] == [FEED_RETIRED]


def test_the_feed_stays_due_when_it_was() -> None:
    assert push(entry("a")).next_due_at == NOW + timedelta(seconds=120)


def test_no_entry_is_forgotten_for_what_a_hub_may_have_left_out() -> None:
    known = {"x": "1:x", "y": "2:y", "z": "3:z"}
    assert push(entry("a"), known=known).known_drop == ()


def test_at_another_address_the_hash_is_none_of_that_documents() -> None:
    assert push(entry("a"), state=replace(STATE, url="https://old.example/")).state.body_hash == "0"


def test_a_poll_learns_the_offer_of_each_new_document() -> None:
    state = poll(state=replace(STATE, hub="", topic="")).state
    assert (state.hub, state.topic) == ("https://hub.example/", "https://feeds.example/self")
    gone = poll(state=state, body=document(rss())).state
    assert (gone.hub, gone.topic) == ("", "")


@pytest.mark.parametrize(
    ("entries", "body", "rests"),
    [
        ((), OFFERED, True),
        ((entry("just now", hours_ago=0.1),), OFFERED, True),
        ((entry("undated", hours_ago=None),), OFFERED, True),
        ((entry("missed", hours_ago=1),), OFFERED, False),
        ((), PUSHED, False),
    ],
    ids=["nothing new", "not yet pushed", "undated", "should have been pushed", "another hub"],
)
def test_a_feed_rests_while_its_hub_is_relied_on(entries: tuple[ParsedEntry, ...], body: Document, rests: bool) -> None:
    decided = poll(*entries, state=replace(STATE, push_until=UNTIL), body=body)
    assert decided.state.push_until == (UNTIL if rests else None)
    assert ((decided.next_due_at - NOW).total_seconds() > 10_000) is rests


def test_a_feed_rests_no_longer_than_the_lease() -> None:
    until = NOW + timedelta(seconds=1000)
    assert (poll(state=replace(STATE, push_until=until)).next_due_at - NOW).total_seconds() <= 1100
    assert poll(state=replace(STATE, push_until=until), now_s=1000).state.push_until is None
