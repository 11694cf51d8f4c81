"""Now, later or never: every cause, their order, and that nothing is held for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.policy import (
    UNTIL_UNDONE,
    Later,
    Never,
    Now,
    Policy,
    Situation,
    Verdict,
    decide,
    period_end,
)
from monitor.stories.policy_words import in_words
from tests.stories.test_periods import MOMENTS, TIMES, ZONES

#: Noon of a Monday in Shanghai.
NOON = datetime(2026, 5, 4, 4, tzinfo=UTC)
CLOSES = NOON + timedelta(hours=60)


def hours(count: float) -> datetime:
    """Return the moment so many hours after noon."""
    return NOON + timedelta(hours=count)


def policy(**given: Any) -> Policy:
    return Policy(**{"time_zone": "Asia/Shanghai", **given})


def decided(of: Policy, **given: Any) -> Verdict:
    return decide(of, Situation(**{"now": NOON, "closes_at": CLOSES, **given}))


PLAIN = policy()
NIGHT = policy(quiet=((time(22), time(7)),))
LUNCH = policy(quiet=((time(11), time(13)),))
DAILY = policy(send="daily", at=time(18))
THREE = policy(min_sources=3)
TWO_AN_HOUR = policy(rate=(2, 3600.0))
EVERYTHING = policy(min_sources=3, send="daily", at=time(18), quiet=LUNCH.quiet, rate=(1, 3600.0))
UPDATE = {"is_update": True, "told_at": hours(-9), "updated_at": hours(-0.5), "sources_total": 6}


@pytest.mark.parametrize(
    ("of", "given", "verdict"),
    [
        (PLAIN, {}, Now()),
        # Mutes: that end within the story's window, after it, never, and that have ended.
        (PLAIN, {"muted_until": hours(24)}, Later(hours(24), "muted until 2026-05-05 12:00")),
        (PLAIN, {"muted_until": hours(99)}, Later(CLOSES, "muted until 2026-05-08 15:00")),
        (PLAIN, {"muted_until": UNTIL_UNDONE}, Later(CLOSES, "muted")),
        (PLAIN, {"muted_until": UNTIL_UNDONE.replace(hour=20, microsecond=0)}, Later(CLOSES, "muted")),
        (
            PLAIN,
            {"now": CLOSES, "muted_until": hours(99)},
            Never("muted until 2026-05-08 15:00, when its story's window ended"),
        ),
        (PLAIN, {"now": CLOSES, "muted_until": UNTIL_UNDONE}, Never("muted, when its story's window ended")),
        (PLAIN, {"muted_until": NOON}, Now()),
        # Sources.
        (THREE, {"sources_total": 2}, Later(CLOSES, "waiting for 3 sources")),
        (THREE, {"sources_total": 3}, Now()),
        (THREE, {"sources_total": 2, "now": CLOSES}, Never("2 of 3 sources when its story's window ended")),
        (THREE, {"sources_total": 2, "severity": "high"}, Later(CLOSES, "waiting for 3 sources")),
        (THREE, {"sources_total": 2, "is_update": True, "told_at": hours(-2)}, Now()),
        # Updates.
        (PLAIN, UPDATE, Later(hours(0.5), "one update in 1 h")),
        (PLAIN, {**UPDATE, "severity": "high"}, Later(hours(0.5), "one update in 1 h")),
        (PLAIN, {**UPDATE, "updated_at": hours(-1)}, Now()),
        (PLAIN, {**UPDATE, "told_at": hours(-0.1), "updated_at": None}, Now()),
        (policy(update_gap_s=900.0), {**UPDATE, "updated_at": hours(-0.2)}, Later(hours(0.05), "one update in 15 min")),
        (policy(updates=False), {**UPDATE, "told_at": hours(-5)}, Never("updates are off")),
        (policy(updates=False), {"is_update": True}, Now()),
        # Digests.
        (DAILY, {}, Later(hours(6), "daily digest", "digest")),
        (DAILY, {"severity": "high"}, Now()),
        (replace(DAILY, high_passes=False), {"severity": "high"}, Later(hours(6), "daily digest", "digest")),
        (replace(DAILY, send="hourly"), {"now": hours(0.1)}, Later(hours(1), "hourly digest", "digest")),
        (replace(DAILY, send="weekly", weekday=2), {}, Later(hours(54), "weekly digest", "digest")),
        # Quiet hours.
        (NIGHT, {}, Now()),
        (NIGHT, {"now": hours(10)}, Later(hours(19), "quiet hours until 07:00")),
        (NIGHT, {"now": hours(13), "severity": "high"}, Now()),
        # A rate: the third within an hour waits until the first is an hour old.
        (TWO_AN_HOUR, {"recent": (hours(-0.5),)}, Now()),
        (
            TWO_AN_HOUR,
            {"recent": (hours(-3), hours(-0.9), hours(-0.1))},
            Later(hours(0.1), "no more than 2 alerts in 1 h", is_queued=True),
        ),
        (TWO_AN_HOUR, {"recent": (hours(-1), hours(-0.1))}, Now()),
        # What the rate holds goes first: the next queues behind it.
        (
            TWO_AN_HOUR,
            {"recent": (hours(-0.5),), "queue_at": hours(-0.01)},
            Later(hours(-0.01), "no more than 2 alerts in 1 h", is_queued=True),
        ),
        (
            TWO_AN_HOUR,
            {"recent": (hours(-0.5),), "queue_at": NOON, "held_at": hours(-1), "due_at": NOON, "held_into": "alert"},
            Now(),
        ),
        (TWO_AN_HOUR, {"recent": (hours(-0.2), hours(-0.1)), "severity": "high"}, Now()),
    ],
)
def test_each_cause_holds(of: Policy, given: dict[str, Any], verdict: Verdict) -> None:
    assert decided(of, **given) == verdict


def test_of_many_causes_the_first_is_told() -> None:
    standing: dict[str, Any] = {"muted_until": hours(2), "recent": (hours(-0.1),), "told_at": None}
    found = [decided(EVERYTHING, **standing)]
    found.append(decided(EVERYTHING, **{**standing, "muted_until": None}))
    found.append(decided(replace(EVERYTHING, at=time(12, 10)), recent=standing["recent"], **UPDATE))
    told = {**UPDATE, "updated_at": hours(-1)}
    found.append(decided(EVERYTHING, recent=standing["recent"], **told))
    due: dict[str, Any] = {**told, "held_at": hours(-9), "due_at": NOON, "held_into": "digest"}
    found.append(decided(EVERYTHING, recent=standing["recent"], **due))
    found.append(decided(replace(EVERYTHING, quiet=()), recent=standing["recent"], **due))
    assert [verdict.reason for verdict in found if isinstance(verdict, Later)] == [
        "muted until 2026-05-04 14:00",
        "waiting for 3 sources",
        "one update in 1 h",
        "daily digest",
        "quiet hours until 13:00",
        "no more than 1 alert in 1 h",
    ]


def test_what_was_held_says_why_it_comes_late() -> None:
    held: dict[str, Any] = {"held_at": hours(-2), "due_at": NOON, "held_reason": "quiet hours until 12:00"}
    assert decided(NIGHT, held_into="alert", **held) == Now("quiet hours until 12:00")


def test_a_burst_is_held_until_one_time() -> None:
    recent = (hours(-0.4), hours(-0.3))
    dues = {decided(TWO_AN_HOUR, now=hours(-0.2 + step / 100), recent=recent) for step in range(20)}
    assert dues == {Later(hours(0.6), "no more than 2 alerts in 1 h", is_queued=True)}


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        # A source joins: the digest stays the same one.
        ({"now": hours(1), "due_at": hours(6), "held_into": "digest"}, Later(hours(6), "daily digest", "digest")),
        # Put off by quiet hours past the end of its period: not to the digest of the next one.
        ({"now": hours(6.5), "due_at": hours(7), "held_into": "digest"}, Later(hours(7), "daily digest", "digest")),
        ({"now": hours(6), "due_at": hours(6), "held_into": "digest"}, Now("daily digest")),
        ({"now": hours(9), "due_at": hours(6), "held_into": "digest"}, Now("daily digest")),
        # The mute has ended, the sources are there: it belongs to the next digest.
        ({"now": hours(3), "due_at": hours(3), "held_into": "alert"}, Later(hours(6), "daily digest", "digest")),
        ({"now": hours(3), "due_at": CLOSES, "held_into": "alert"}, Later(hours(6), "daily digest", "digest")),
    ],
)
def test_a_digest_tells_what_was_held_for_it(given: dict[str, Any], verdict: Verdict) -> None:
    assert decided(DAILY, held_at=NOON, held_reason="daily digest", **given) == verdict


def test_a_digest_in_quiet_hours_is_told_when_they_end() -> None:
    lunch = replace(DAILY, at=time(12), quiet=LUNCH.quiet)
    due: dict[str, Any] = {"held_at": hours(-9), "due_at": NOON, "held_into": "digest"}
    put_off = decided(lunch, **due)
    assert put_off == Later(hours(1), "quiet hours until 13:00", "digest")
    assert isinstance(put_off, Later)
    assert decided(lunch, now=hours(1), held_at=hours(-9), due_at=put_off.due_at, held_into="digest") == Now()


#: The end of the period of a weekly digest: its stories' windows ended before.
SUNDAY = CLOSES + timedelta(hours=90)
WEEKLY_MUTED = f"muted until {(SUNDAY + timedelta(hours=9)).astimezone(PLAIN.zone):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        # A mute over the digest's time puts it off, and its stories with it, however old they are by then.
        (
            {"now": SUNDAY, "muted_until": SUNDAY + timedelta(hours=9)},
            Later(SUNDAY + timedelta(hours=9), WEEKLY_MUTED, "digest"),
        ),
        (
            {"now": SUNDAY + timedelta(hours=9), "held_reason": WEEKLY_MUTED, "due_at": SUNDAY + timedelta(hours=9)},
            Now("it was muted"),
        ),
        # So does one that is made longer meanwhile.
        (
            {
                "now": SUNDAY + timedelta(hours=3),
                "due_at": SUNDAY + timedelta(hours=3),
                "held_reason": "muted until then",
                "muted_until": SUNDAY + timedelta(hours=9),
            },
            Later(SUNDAY + timedelta(hours=9), WEEKLY_MUTED, "digest"),
        ),
        # Or shorter, or undone.
        (
            {"now": SUNDAY, "due_at": SUNDAY + timedelta(hours=9), "held_reason": "muted until then"},
            Now("it was muted"),
        ),
        (
            {
                "now": SUNDAY,
                "due_at": SUNDAY + timedelta(hours=12),
                "held_reason": "muted",
                "muted_until": SUNDAY + timedelta(hours=9),
            },
            Later(SUNDAY + timedelta(hours=9), WEEKLY_MUTED, "digest"),
        ),
        # When a source joins before, it changes nothing, but for what passes digests.
        ({"now": hours(1), "muted_until": hours(70)}, Later(SUNDAY, "weekly digest", "digest")),
        ({"now": hours(1), "muted_until": UNTIL_UNDONE}, Later(SUNDAY, "weekly digest", "digest")),
        (
            {"now": hours(1), "muted_until": hours(70), "severity": "high"},
            Later(hours(70), "muted until 2026-05-07 10:00", "digest"),
        ),
        # One without an end leaves no time to wait for.
        ({"now": SUNDAY, "muted_until": UNTIL_UNDONE}, Never("muted, when its story's window ended")),
        # Quiet hours put off, and close nothing.
        ({"now": SUNDAY, "quiet": True}, Later(SUNDAY + timedelta(hours=1), "quiet hours until 19:00", "digest")),
        ({"now": SUNDAY + timedelta(hours=1), "due_at": SUNDAY + timedelta(hours=1), "quiet": True}, Now("so")),
    ],
)
def test_what_a_digest_holds_past_its_window_is_in_the_digest(given: dict[str, Any], verdict: Verdict) -> None:
    quiet = ((time(17), time(19)),) if given.pop("quiet", False) else ()
    weekly = policy(send="weekly", at=time(18), weekday=6, quiet=quiet)
    assert period_end(weekly, NOON) == SUNDAY
    standing = {"held_at": NOON, "due_at": SUNDAY, "held_into": "digest", "held_reason": "so"}
    assert decided(weekly, **{**standing, **given}) == verdict


def test_what_is_held_past_its_window_is_told_though_more_sources_are_asked_for_since() -> None:
    due = CLOSES + timedelta(hours=2)
    held: dict[str, Any] = {"held_at": NOON, "due_at": due, "held_into": "digest", "held_reason": "weekly digest"}
    assert decided(THREE, now=due, **held) == Now("weekly digest")


def test_what_quiet_hours_held_past_its_window_waits_for_a_mute_too() -> None:
    due = CLOSES + timedelta(hours=2)
    held: dict[str, Any] = {"now": due, "held_at": NOON, "due_at": due, "held_into": "alert", "held_reason": "quiet"}
    until = due + timedelta(hours=5)
    assert decided(PLAIN, muted_until=until, **held) == Later(until, "muted until 2026-05-07 07:00")


def test_a_digest_that_the_settings_took_away_is_told_as_an_alert() -> None:
    due: dict[str, Any] = {"held_at": hours(-9), "due_at": NOON, "held_into": "digest"}
    assert decided(LUNCH, **due) == Later(hours(1), "quiet hours until 13:00", "alert")


def test_the_end_of_the_period_is_that_of_the_policy() -> None:
    assert period_end(DAILY, NOON) == hours(6)
    assert period_end(PLAIN, NOON) == NOON


def test_half_of_what_was_decided_is_refused() -> None:
    with pytest.raises(ValueError, match="held_into"):
        Situation(now=NOON, closes_at=CLOSES, due_at=NOON)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (PLAIN, "at once"),
        (NIGHT, "at once, quiet 22:00-07:00 (Asia/Shanghai)"),
        (DAILY, "daily digest at 18:00 (Asia/Shanghai)"),
        (replace(DAILY, send="weekly", weekday=4), "weekly digest on Friday at 18:00 (Asia/Shanghai)"),
        (replace(LUNCH, high_passes=False), "at once, quiet 11:00-13:00, of high severity too (Asia/Shanghai)"),
        (policy(send="hourly", updates=False), "hourly digest, without updates"),
        (replace(TWO_AN_HOUR, min_sources=3), "at once, at most 2 in 1 h, from 3 sources on"),
        (policy(high_passes=False), "at once"),
    ],
)
def test_a_policy_reads_as_words(of: Policy, words: str) -> None:
    assert in_words(of) == words


SPANS = st.timedeltas(timedelta(minutes=-90), timedelta(days=10))
POLICIES = st.builds(
    Policy,
    send=st.sampled_from(["immediate", "hourly", "daily", "weekly"]),
    at=TIMES,
    weekday=st.integers(0, 6),
    time_zone=ZONES,
    quiet=st.lists(st.tuples(TIMES, TIMES), max_size=3).map(tuple),
    rate=st.none() | st.tuples(st.integers(1, 3), st.sampled_from([60.0, 3600.0, 86400.0])),
    min_sources=st.integers(1, 4),
    high_passes=st.booleans(),
    updates=st.booleans(),
    update_gap_s=st.sampled_from([0.0, 900.0, 3600.0]),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    now = draw(MOMENTS)
    due_in = draw(st.none() | SPANS)
    return Situation(
        now=now,
        severity=draw(st.sampled_from(["normal", "high"])),
        is_update=draw(st.booleans()),
        sources_total=draw(st.integers(1, 4)),
        muted_until=draw(st.none() | st.just(UNTIL_UNDONE) | SPANS.map(now.__add__)),
        closes_at=now + draw(SPANS),
        told_at=draw(st.none() | SPANS.map(lambda span: now - abs(span))),
        updated_at=draw(st.none() | SPANS.map(lambda span: now - abs(span))),
        recent=tuple(sorted(draw(st.lists(SPANS.map(lambda span: now - abs(span)), max_size=5)))),
        held_at=None if due_in is None else now - timedelta(hours=1),
        due_at=None if due_in is None else now + due_in,
        held_into=None if due_in is None else draw(st.sampled_from(["alert", "digest"])),
    )


@given(POLICIES, situations())
def test_nothing_is_held_for_ever(of: Policy, situation: Situation) -> None:
    """Mute, sources, gap, digest and rate each hold once; quiet hours after the digest and after the rate."""
    for _ in range(8):
        verdict = decide(of, situation)
        if not isinstance(verdict, Later):
            return
        assert verdict.due_at > situation.now
        outlived = situation.due_at is not None and situation.due_at > situation.closes_at
        is_put_off = verdict.reason.startswith("muted until") and (outlived or verdict.into == "digest")
        if verdict.reason.startswith(("waiting", "muted")) and not is_put_off:
            assert verdict.due_at <= situation.closes_at
        situation = replace(
            situation,
            now=verdict.due_at,
            held_at=situation.held_at or situation.now,
            due_at=verdict.due_at,
            held_into=verdict.into,
            held_reason=verdict.reason,
        )
    raise AssertionError(f"still held: {situation.held_reason}")
