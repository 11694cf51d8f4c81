"""Which instance of RSSHub is asked for a route, and which after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.errors import FeedError, FetchError
from monitor.feeds.rsshub import failure, instances_to_ask, is_route, on_instance, resting_after
from monitor.model import Feed, FeedState

A, B, C = INSTANCES = ("https://a.example", "https://b.example/hub/", "https://c.example")
FEED = Feed("36kr", "rsshub://36kr/newsflashes?limit=3", shown_url="rsshub://36kr/newsflashes?limit=3")
NOW = datetime(2026, 5, 3, 12, 30, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def refused(*, wait_s: float | None = None) -> FetchError:
    return FetchError("x", "answered 503", phase="status", status=503, retry_after_s=wait_s)


def answered(instance: str, *, minutes_ago: float) -> FeedState:
    """What is known after an instance has answered."""
    return FeedState(asked_url=on_instance(FEED, instance).url, polled_at=NOW - minutes(minutes_ago))


def test_a_route_is_a_path_on_each_instance() -> None:
    assert is_route(FEED.url)
    assert not is_route("https://36kr.com/feed")
    assert [on_instance(FEED, each).url for each in INSTANCES] == [
        "https://a.example/36kr/newsflashes?limit=3",
        "https://b.example/hub/36kr/newsflashes?limit=3",
        "https://c.example/36kr/newsflashes?limit=3",
    ]
    assert on_instance(FEED, A) == replace(FEED, url=on_instance(FEED, A).url, shown_url=on_instance(FEED, A).url)


def test_the_address_of_a_secret_route_stays_hidden() -> None:
    assert on_instance(replace(FEED, shown_url="address of 36kr"), A).shown_url == "address of 36kr"


def test_the_first_is_asked_first_and_the_others_in_their_order() -> None:
    assert instances_to_ask(INSTANCES, FeedState(), now=NOW) == [A, B, C]


def test_who_answered_is_asked_first_until_the_hour_is_over() -> None:
    assert instances_to_ask(INSTANCES, answered(C, minutes_ago=29), now=NOW) == [C, A, B]
    assert instances_to_ask(INSTANCES, answered(C, minutes_ago=31), now=NOW) == [A, B, C]


def test_who_asked_us_to_wait_is_left_alone_so_long() -> None:
    state = FeedState(resting=resting_after(INSTANCES, FeedState(), {A: refused(wait_s=600)}, now=NOW))
    assert state.resting == {A: NOW + minutes(10)}
    assert instances_to_ask(INSTANCES, state, now=NOW + minutes(9)) == [B, C]
    assert instances_to_ask(INSTANCES, state, now=NOW + minutes(10)) == [A, B, C]
    assert resting_after(INSTANCES, state, {}, now=NOW + minutes(9)) == state.resting
    assert resting_after(INSTANCES, state, {}, now=NOW + minutes(10)) == {}
    assert resting_after((B, C), state, {}, now=NOW) == {}


def test_a_failure_without_a_wish_is_no_rest() -> None:
    assert resting_after(INSTANCES, FeedState(), {A: refused(), B: FeedError("x", "no feed")}, now=NOW) == {}


def test_a_wish_of_years_is_held_to_a_week() -> None:
    assert resting_after(INSTANCES, FeedState(), {A: refused(wait_s=1e9)}, now=NOW) == {A: NOW + timedelta(days=7)}


def test_of_many_failures_that_one_counts_which_may_be_tried_again_first() -> None:
    soon, later, at_once = refused(wait_s=60), refused(wait_s=600), FeedError("x", "no feed")
    assert failure(FEED, {A: later, B: soon}, {}, now=NOW) is soon
    assert failure(FEED, {A: later, B: at_once}, {}, now=NOW) is at_once


def test_where_all_rest_the_feed_waits_for_the_first_to_wake() -> None:
    error = failure(FEED, {}, {A: NOW + minutes(10), B: NOW + minutes(5)}, now=NOW)
    assert isinstance(error, FetchError)
    assert (error.status, error.retry_after_s) == (503, 300)


def test_without_instances_the_failure_names_the_setting() -> None:
    assert "polling.rsshub" in failure(FEED, {}, {}, now=NOW).cause


@given(
    st.permutations(INSTANCES),
    st.sampled_from(INSTANCES),
    st.dictionaries(
        st.sampled_from(INSTANCES), st.datetimes(NOW.replace(tzinfo=None)).map(lambda at: at.replace(tzinfo=UTC))
    ),
    st.integers(0, 120),
)
def test_everyone_who_does_not_rest_is_asked_once(
    instances: list[str], last: str, resting: dict[str, datetime], ago: int
) -> None:
    state = replace(answered(last, minutes_ago=ago), resting=resting)
    order = instances_to_ask(instances, state, now=NOW)
    assert sorted(order) == sorted(each for each in instances if resting.get(each, NOW) <= NOW)
