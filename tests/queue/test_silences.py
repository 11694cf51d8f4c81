"""What readers and operators silenced."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.queue.registry import Override, Registry
from monitor.queue.silences import Silences, muted, paused, unsubscribed
from monitor.queue.store import Store
from monitor.stories.policy import UNTIL_UNDONE
from tests.queue.made import NOW

DAY = timedelta(days=1)


def mute(watchlist: str = "qwen", *, channel: str = "", until: datetime | None = NOW + DAY) -> Override:
    return muted(watchlist, channel=channel, until=until, reason="so", now=NOW)


@pytest.mark.parametrize(
    ("mutes", "until"),
    [
        ([], None),
        ([mute()], NOW + DAY),
        ([mute(channel="team")], NOW + DAY),
        ([mute(channel="other")], None),
        ([mute("meta")], None),
        ([mute(), mute(channel="team", until=NOW + 2 * DAY)], NOW + 2 * DAY),
        ([mute(until=None), mute(channel="team")], UNTIL_UNDONE),
    ],
)
def test_a_watchlist_is_mute_on_a_channel_until_the_last_mute_ends(
    mutes: list[Override], until: datetime | None
) -> None:
    assert Silences.of(mutes).muted_until("qwen", "team") == until


def test_one_recipient_of_one_channel_unsubscribes_from_one_watchlist() -> None:
    left = Silences.of([unsubscribed("qwen", channel="team", recipient="a@b.example", reason="so", now=NOW)])
    assert left.is_unsubscribed("qwen", "team", "a@b.example")
    for other in (("meta", "team", "a@b.example"), ("qwen", "all", "a@b.example"), ("qwen", "team", "c@b.example")):
        assert not left.is_unsubscribed(*other)


def test_each_has_an_id_of_its_own() -> None:
    made = [
        mute(),
        mute(channel="team"),
        paused("team", reason="so", now=NOW),
        unsubscribed("qwen", channel="team", recipient="a@b.example", reason="so", now=NOW),
    ]
    assert [each.id for each in made] == [
        "muted:qwen",
        "muted:qwen:team",
        "channel-paused:team",
        "unsubscribed:qwen:team:a@b.example",
    ]


async def test_they_are_kept_until_their_time_is_over(any_store: Store) -> None:
    registry = Registry(any_store)
    made = [mute(), mute("meta", until=None), paused("team", reason="so", now=NOW)]
    for each in made:
        await registry.decide(each)
    kept = sorted(made, key=lambda each: each.id)
    assert await registry.overrides() == kept
    assert await registry.overrides(now=NOW + DAY - timedelta(seconds=1)) == kept
    assert await registry.overrides(now=NOW + DAY) == [each for each in kept if each != mute()]


async def test_what_was_decided_anew_is_not_cleared(any_store: Store) -> None:
    registry = Registry(any_store)
    old, anew = mute(), mute(until=NOW + 2 * DAY)
    await registry.decide(old)
    await registry.clear([old])
    assert await registry.override(old.id) is None
    await registry.decide(anew)
    await registry.clear([old])
    assert await registry.override(old.id) == anew


async def test_a_readers_mute_never_shortens_a_longer_one(any_store: Store) -> None:
    registry = Registry(any_store)
    short, long, ever = mute(), mute(until=NOW + 7 * DAY), mute(until=None)
    assert await registry.extend(short, now=NOW) == short
    assert await registry.extend(long, now=NOW) == long
    assert await registry.extend(short, now=NOW) == long
    assert await registry.extend(ever, now=NOW) == ever
    assert await registry.extend(long, now=NOW) == ever
    await registry.decide(short)
    assert await registry.extend(mute(until=NOW + DAY / 2), now=NOW + DAY) == mute(until=NOW + DAY / 2), "it was over"
