"""What we remember of a feed survives its way through Redis."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.feeds.state import SCHEMA_VERSION, changed_fields, from_fields, to_fields
from monitor.model import FeedState, Habits, Move, Wishes

WORDS = st.none() | st.text(min_size=1, max_size=20)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
STATES = st.builds(
    FeedState,
    url=st.text(max_size=20),
    etag=WORDS,
    last_modified=WORDS,
    body_hash=WORDS,
    seen_before=st.booleans(),
    failures=st.integers(0, 10_000),
    last_error=WORDS,
    polled_at=TIMES,
    succeeded_at=TIMES,
    next_due_at=TIMES,
    asked_url=st.text(max_size=20),
    resting=st.dictionaries(st.text(max_size=5), TIMES.filter(bool)),
    fresh_s=st.floats(0, 1e9),
    wishes=st.builds(Wishes, ttl_s=st.floats(0, 1e9), skip_hours=st.just((0, 23)) | st.just(())),
    habits=st.builds(
        Habits,
        day=st.integers(0, 800_000),
        counts=st.lists(st.integers(0, 99), max_size=28).map(tuple),
        news_at=TIMES,
        newest_at=TIMES,
        missed_at=TIMES,
        silent_at=TIMES,
        silent=st.booleans(),
        latency_s=st.none() | st.floats(0, 1e9),
    ),
    move=st.none() | st.builds(Move, st.text(max_size=9), st.text(max_size=9), st.integers(0, 3), st.text(max_size=9)),
    let_through=st.booleans(),
    hub=st.text(max_size=20),
    topic=st.text(max_size=20),
    push_until=TIMES,
    subscribed=st.text(max_size=20),
)


@given(STATES)
def test_a_state_comes_back_as_it_went(state: FeedState) -> None:
    assert from_fields(to_fields(state)) == state


@given(STATES, STATES)
def test_what_has_changed_written_over_what_is_stored_is_the_new_state(old: FeedState, new: FeedState) -> None:
    changed = changed_fields(old, new)
    assert {**to_fields(old), **changed} == to_fields(new)
    assert all(to_fields(old)[name] != value for name, value in changed.items())


def test_every_field_is_written_so_that_nothing_older_stays() -> None:
    assert to_fields(FeedState(etag='"1"')).keys() == to_fields(FeedState()).keys()


def test_a_damaged_record_is_learned_anew() -> None:
    assert from_fields({**to_fields(FeedState(etag='"1"')), "habits": '{"day": "x"}'}) == FeedState(etag='"1"')


def test_a_feed_that_was_never_polled_has_an_empty_state() -> None:
    assert from_fields({}) == FeedState()


def test_a_newer_state_is_refused() -> None:
    with pytest.raises(StoreError, match="schema version"):
        from_fields({**to_fields(FeedState()), "v": str(SCHEMA_VERSION + 1)})
