"""A match to what follows: silence, an update, or what a channel's policy makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from monitor.stories.policy import Policy
from tests.stories.audit import Audited
from tests.stories.book import Book, from_outlet, rules
from tests.stories.made import NOON, an_item

CHIPS = an_item("Meta buys chip startup Rivos for $2 billion", "The deal gives Meta engineers for its own processors.")
GLASSES = an_item("Meta delays its smart glasses in Europe", "Regulators asked for more time.", hours=0.01)


def grow(book: Book, outlets: int, *, first: int = 0, hours: float = 1.0) -> None:
    """Let the chip deal be copied by so many outlets."""
    for number in range(first, first + outlets):
        copied = from_outlet(CHIPS, f"Outlet {number}")
        book.arrive(copied, now=NOON + timedelta(hours=hours, seconds=number))


def test_a_first_item_is_told_and_its_copies_join_in_silence() -> None:
    book = Book(rules())
    assert book.arrive(CHIPS).what == "opened"
    assert book.told() == [("box", CHIPS.title)]
    assert book.arrive(from_outlet(CHIPS, "Other"), now=NOON + timedelta(minutes=1)).what == "joined"
    assert book.arrive(GLASSES).what == "opened"
    assert book.told() == [("box", GLASSES.title)]
    (story,) = (each.story for each in book.shelf.records.values() if each.story.items[0].item == CHIPS)
    assert (story.items_total, story.copies_total, story.sources_total) == (2, 1, 2)
    assert [(each.name, each.is_copy) for each in story.sources] == [("Outlet", False), ("Other", True)]
    assert story.gathered == ("same title",)


@pytest.mark.parametrize(
    ("outlets", "news"), [(4, []), (5, ["now 6 sources"]), (20, ["now 6 sources", "now 21 sources"])]
)
def test_growth_past_a_step_is_an_update(outlets: int, news: list[str]) -> None:
    book = Book(rules({"box": Policy(update_gap_s=0)}))
    book.arrive(CHIPS)
    grow(book, outlets)
    first, *updates = book.tellings
    assert not first.is_update
    assert [", ".join(each.story.news) for each in updates] == news
    assert [(each.is_update, each.number) for each in updates] == [(True, number + 1) for number in range(len(news))]
    assert all(each.story.items[-1].item == CHIPS for each in updates), "the first item stands last in an update"


def test_a_preferred_source_and_new_words_are_updates() -> None:
    book = Book(rules({"box": Policy(update_gap_s=0)}, preferred=frozenset({"reuters"})))
    book.arrive(CHIPS)
    book.arrive(from_outlet(CHIPS, "Reuters"), now=NOON + timedelta(minutes=1))
    book.arrive(from_outlet(CHIPS, "Else"), now=NOON + timedelta(minutes=2), terms=("Meta", "Rivos"))
    assert [each.story.news for each in book.tellings[1:]] == [("Reuters reports it too",), ("new words: Rivos",)]


def test_updates_wait_for_their_hour_and_go_out_as_one() -> None:
    book = Book(rules(preferred=frozenset({"reuters"})))
    book.arrive(CHIPS)
    book.arrive(from_outlet(CHIPS, "Reuters"), now=NOON)
    assert [each.is_update for each in book.tellings] == [False, True], "the first update goes at once"
    grow(book, 5, hours=0.5)
    book.arrive(from_outlet(CHIPS, "Else"), now=NOON + timedelta(minutes=40), terms=("Meta", "Rivos"))
    assert len(book.tellings) == 2
    book.release(NOON + timedelta(minutes=59))
    assert len(book.tellings) == 2, "the hour is not over"
    book.release(NOON + timedelta(minutes=60))
    (_, _, update) = book.tellings
    assert update.story.news == ("now 6 sources", "new words: Rivos")
    assert update.held
    assert not book.digests


def test_a_changed_item_is_an_update_of_its_story_once_it_was_told() -> None:
    book = Book(rules({"box": Policy(update_gap_s=0)}))
    book.arrive(CHIPS)
    denied = replace(CHIPS, title="Meta denies that it buys Rivos", is_update=True)
    step = book.arrive(denied, now=NOON + timedelta(hours=2))
    assert step.what == "changed"
    assert book.tellings[1].story.news == ("Outlet changed its report",)
    assert book.tellings[1].story.items[0].item.title == denied.title


def test_an_item_that_stands_in_a_story_is_nothing_new() -> None:
    book = Book(rules())
    book.arrive(CHIPS)
    assert book.arrive(CHIPS).records == ()


def test_a_story_is_told_when_enough_sources_have_it_or_closed_as_not_sent() -> None:
    book = Book(rules({"box": Policy(min_sources=3), "log": Policy()}))
    book.arrive(CHIPS)
    book.arrive(GLASSES)
    assert book.told() == [("log", CHIPS.title), ("log", GLASSES.title)]
    grow(book, 2)
    assert book.told() == [("box", CHIPS.title)]
    book.release(NOON + timedelta(days=3, hours=1))
    assert [(each.channel, each.story.items[0].item.title) for each in book.unsent] == [("box", GLASSES.title)]
    assert "1 of 3 sources" in book.unsent[0].reason
    assert not book.shelf.records, "an ended story of which nothing waits is dropped"


def test_a_mute_holds_and_lets_out_together_what_it_held() -> None:
    until = NOON + timedelta(hours=5)
    book = Book(rules(muted={"box": until}))
    book.arrive(CHIPS)
    book.arrive(GLASSES)
    assert not book.tellings
    assert book.shelf.due_at == until
    book.release(until)
    (digest,) = book.digests
    assert [each.story.items[0].item.title for each in digest.tellings] == [CHIPS.title, GLASSES.title]
    assert (digest.channel, digest.due_at) == ("box", until)
    assert book.shelf.due_at is None


def test_what_was_held_under_a_mute_that_is_undone_is_let_out_before_it_was_due() -> None:
    night = Policy(quiet=((time(20), time(6)),))
    book = Book(rules({"box": Policy(), "log": night}, muted={"box": NOON + timedelta(hours=20)}))
    book.arrive(CHIPS, now=NOON + timedelta(hours=9))
    book.arrive(GLASSES, now=NOON + timedelta(hours=9))
    book.rules = rules({"box": Policy(), "log": night})
    book.release(NOON + timedelta(hours=10))
    assert not book.digests
    asked_at = NOON + timedelta(hours=9.99)
    book.release(NOON + timedelta(hours=10), anew=asked_at)
    (digest,) = book.digests
    assert (digest.channel, len(digest.tellings)) == ("box", 2)
    assert digest.due_at == asked_at, "however late or often it is looked for, it is the same digest"
    assert book.shelf.due_at == NOON + timedelta(hours=18), "the night's end for the other channel"


@pytest.mark.parametrize(("shortened", "comes"), [(None, 40), (30, 30), (20, 25), (0, 25)])
def test_a_mute_over_a_weekly_digest_puts_it_off_until_it_ends_or_is_made_shorter(
    shortened: int | None, comes: int
) -> None:
    weekly = {"box": Policy(send="weekly", weekday=6)}  # NOON is a Wednesday's: its window ends on Saturday
    digest_at = NOON + timedelta(days=3, hours=20)
    book = Book(rules(weekly))
    book.arrive(CHIPS)
    book.rules = rules(weekly, muted={"box": digest_at + timedelta(hours=40)})
    book.arrive(from_outlet(CHIPS, "Other"), now=NOON + timedelta(days=2))
    book.pass_time(digest_at + timedelta(hours=24))
    assert not book.digests
    if shortened is not None:
        muted = {"box": digest_at + timedelta(hours=shortened)} if shortened else {}
        book.rules = rules(weekly, muted=muted)
        book.release(digest_at + timedelta(hours=25), anew=digest_at + timedelta(hours=25))
    book.pass_time(digest_at + timedelta(days=9))
    (digest,) = book.digests
    assert digest.due_at == digest_at + timedelta(hours=comes)
    assert [each.held for each in digest.tellings] == ["it was muted"]
    assert not book.unsent


@pytest.mark.parametrize(("digest", "comes"), [(Policy(send="weekly", weekday=6), 92), (Policy(send="daily"), 20)])
def test_a_mute_puts_off_a_digest_whole_whether_its_stories_windows_have_ended_or_end_under_it(
    digest: Policy, comes: int
) -> None:
    digest_at = NOON + timedelta(hours=comes)
    until = digest_at + timedelta(days=4)
    book = Book(rules({"box": digest}))
    book.arrive(CHIPS)
    book.arrive(GLASSES, now=digest_at - timedelta(hours=12))
    book.rules = rules({"box": digest}, muted={"box": until})
    book.pass_time(until)
    assert [(each.due_at, len(each.tellings)) for each in book.digests] == [(until, 2)]
    assert not book.unsent


def test_a_digest_lists_what_is_high_first_and_one_story_alone_is_a_digest_too() -> None:
    book = Book(rules({"box": Policy(send="hourly", high_passes=False)}))
    book.arrive(GLASSES, now=NOON + timedelta(minutes=1))
    book.arrive(CHIPS, now=NOON + timedelta(minutes=2), severity="high")
    book.release(NOON + timedelta(hours=1))
    titles = [[each.story.items[0].item.title for each in digest.tellings] for digest in book.digests]
    assert titles == [[CHIPS.title, GLASSES.title]]
    other = an_item("Meta appeals a fine of $300 million in Texas", hours=1.1)
    book.arrive(other)
    book.release(NOON + timedelta(hours=2))
    assert [len(digest.tellings) for digest in book.digests] == [2, 1]


def test_what_is_due_is_not_told_alone_by_an_item_that_joins_before_it_is_let_out() -> None:
    book = Book(rules({"box": Policy(send="hourly")}))
    book.arrive(CHIPS, now=NOON + timedelta(minutes=1))
    book.arrive(GLASSES, now=NOON + timedelta(minutes=2))
    grow(book, 6)
    assert not book.tellings
    book.release(NOON + timedelta(hours=1, seconds=10))
    (digest,) = book.digests
    assert [each.story.sources_total for each in digest.tellings] == [7, 1]


def test_a_burst_beyond_the_rate_becomes_one_alert_that_lists_all() -> None:
    book = Book(rules({"box": Policy(rate=(2, 3600.0))}))
    titles = [
        "Meta buys Rivos",
        "Texas fines Meta",
        "Meta opens a lab in Zurich",
        "A court frees Meta of a patent claim",
    ]
    for minute, title in enumerate(titles):
        book.arrive(an_item(title, hours=minute / 60))
    assert [title for _, title in book.told()] == titles[:2]
    book.release(NOON + timedelta(hours=1))
    (digest,) = book.digests
    assert [each.story.items[0].item.title for each in digest.tellings] == titles[2:]
    assert book.shelf.pace["box"][-1] == NOON + timedelta(hours=1), "it counts as one"


def test_a_steady_flow_above_the_rate_queues_behind_what_is_held() -> None:
    book = Book(rules({"box": Policy(rate=(1, 60.0))}, window_s=0))
    for second in range(0, 300, 10):
        # The look for what is due comes late: nothing new may take the slot that is free by then.
        book.arrive(an_item(f"Meta report {second}", hours=second / 3600))
        if second % 60 == 0:
            book.release(NOON + timedelta(seconds=second + 2))
    told = [each.story.items[0].item.title for each in book.tellings]
    listed = [[each.story.items[0].item.title for each in digest.tellings] for digest in book.digests]
    assert told == ["Meta report 0"]
    assert listed == [[f"Meta report {at}" for at in range(first, first + 60, 10)] for first in range(10, 250, 60)]


def test_more_than_a_hundred_stories_go_out_one_after_the_other() -> None:
    book = Book(rules({"box": Policy(send="hourly")}, window_s=0))
    for number in range(250):
        book.arrive(an_item(f"Meta report {number}", hours=number / 3600))
    for second in range(3):
        book.release(NOON + timedelta(hours=1, seconds=second))
    assert [len(digest.tellings) for digest in book.digests] == [100, 100, 50]
    assert not book.shelf.holding


def test_more_than_a_hundred_that_an_undone_mute_held_are_let_out_until_none_is_left() -> None:
    book = Book(rules(window_s=0, muted={"box": NOON + timedelta(days=2)}))
    for number in range(250):
        book.arrive(an_item(f"Meta report {number}", hours=number / 3600))
    book.rules = rules(window_s=0)
    asked_at = NOON + timedelta(hours=1)
    assert [book.release(asked_at + timedelta(seconds=second), anew=asked_at) for second in range(3)] == [
        False,
        False,
        True,
    ]
    assert [len(digest.tellings) for digest in book.digests] == [100, 100, 50]
    assert not book.shelf.holding


NIGHT = ((time(14, 30), time(17)),)


@pytest.mark.parametrize(
    ("policy", "muted_for", "severity", "minutes"),
    [
        # Minutes after noon at which updates come of a story that has news each ten minutes for five hours.
        (Policy(), 0, "normal", [10, 70, 130, 190, 250]),
        (Policy(quiet=NIGHT), 0, "normal", [10, 70, 130, 300]),
        (Policy(quiet=NIGHT), 0, "high", [10, 70, 130, 190, 250]),
        (Policy(send="hourly"), 0, "normal", [120, 180, 240, 300]),
        (Policy(send="hourly", quiet=NIGHT), 0, "normal", [120, 300]),
        (Policy(send="daily", at=time(15)), 0, "normal", []),
        (Policy(send="daily", at=time(15)), 0, "high", [10, 70, 130, 190, 250]),
        (Policy(rate=(1, 5400.0)), 0, "normal", [90, 180, 270]),
        (Policy(min_sources=2), 0, "normal", [20, 80, 140, 200, 260]),
        (Policy(), 95, "normal", [100, 160, 220, 280]),
        (Policy(), 95, "high", [100, 160, 220, 280]),
    ],
)
def test_one_update_an_hour_whatever_held_and_let_out_the_one_before(
    policy: Policy, muted_for: int, severity: str, minutes: list[int]
) -> None:
    book = Audited(rules({"box": policy}, muted={"box": NOON + timedelta(minutes=muted_for)}))
    book.arrive(CHIPS, severity=severity)
    for minute in range(10, 301, 10):
        now = NOON + timedelta(minutes=minute)
        book.pass_time(now - timedelta(seconds=2), late=timedelta(seconds=1))
        if minute < 300:
            terms = ("Meta", f"new {minute}")
            book.arrive(from_outlet(CHIPS, f"Outlet {minute}"), now=now, terms=terms, severity=severity)
    book.pass_time(NOON + timedelta(minutes=301), late=timedelta(seconds=1))
    told = [round((each.at - NOON).total_seconds() / 60) for each in book.sent if each.tellings[0].is_update]
    assert told == minutes


def test_what_a_rate_held_is_one_alert_though_other_causes_held_it_till_other_times() -> None:
    rated = {"box": Policy(rate=(1, 3600.0))}
    book = Book(rules(rated, muted={"box": NOON + timedelta(hours=1)}))
    book.arrive(CHIPS)
    book.rules = rules(rated, muted={"box": NOON + timedelta(hours=2)})
    book.arrive(GLASSES)
    book.rules = rules(rated)
    book.release(NOON + timedelta(hours=3))
    assert not book.tellings
    assert [[each.story.items[0].item for each in digest.tellings] for digest in book.digests] == [[CHIPS, GLASSES]]
    assert [digest.due_at for digest in book.digests] == [NOON + timedelta(hours=1)]


@pytest.mark.parametrize(
    ("changed", "comes"), [((10, 3600.0), 2), ((1, 3600.0), 2), ((1, 7200.0), 2.5), ((1, 172_800.0), 48.5)]
)
def test_a_rate_that_is_changed_counts_at_once_for_what_it_holds(changed: tuple[int, float], comes: float) -> None:
    book = Book(rules({"box": Policy(rate=(1, 86400.0))}))
    reports = [an_item(title, hours=0.5 + at / 60) for at, title in enumerate(["Meta buys Rivos", "Texas fines Meta"])]
    for item in (an_item("A court frees Meta", hours=0.5), *reports):
        book.arrive(item)
    assert book.shelf.due_at == NOON + timedelta(hours=24.5)
    book.rules = rules({"box": Policy(rate=changed)})
    book.release(NOON + timedelta(hours=2), anew=NOON + timedelta(hours=2))
    book.pass_time(NOON + timedelta(days=3))
    assert [digest.due_at for digest in book.digests] == [NOON + timedelta(hours=comes)]
    assert [each.story.items[0].item for each in book.digests[0].tellings] == reports


def test_a_change_to_a_title_of_high_severity_passes_the_digest() -> None:
    book = Book(rules({"box": Policy(send="daily")}))
    book.arrive(CHIPS)
    book.arrive(replace(CHIPS, title="Meta recalls its glasses", is_update=True), severity="high")
    assert [telling.story.severity for telling in book.tellings] == ["high"]


def test_what_waits_for_a_channel_that_is_gone_is_closed_with_the_reason() -> None:
    book = Book(rules({"box": Policy(send="daily"), "log": Policy()}))
    book.arrive(CHIPS)
    book.rules = rules({"log": Policy()})
    book.release(NOON + timedelta(hours=1), anew=NOON)
    assert [held.reason for held in book.shelf.records[f"sto_{CHIPS.key}"].held.values()] == ["daily digest"]
    book.release(NOON + timedelta(days=1))
    assert not book.unsent, "another worker may know of newer settings that have it"
    book.release(NOON + timedelta(days=3, hours=1))
    assert [(each.channel, each.reason) for each in book.unsent] == [
        ("box", "the watchlist has no such channel any more")
    ]


def test_without_a_window_every_item_is_a_story_of_its_own() -> None:
    book = Book(rules(window_s=0))
    for item in (CHIPS, from_outlet(CHIPS, "Other")):
        assert book.arrive(item).what == "opened"
