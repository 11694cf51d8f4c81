"""Which open story an item joins."""

from __future__ import annotations

import pytest

from monitor.model import Watchlist
from monitor.stories.gather import OpenStories
from monitor.stories.profile import subject_of
from monitor.stories.traits import Traits
from tests.stories.made import NAMES, traits, unasked

DAYS_3 = 72 * 3600
RECALL = traits("Tesla recalls 46,000 Cybertrucks because a panel can fall off", url="https://a.example/recall")
DENIAL = traits("Tesla denies plan to build phone", url="https://a.example/phone")


@pytest.fixture
def stories() -> OpenStories:
    made = OpenStories(subject_of(Watchlist("tesla", "Tesla"), NAMES), window_s=DAYS_3)
    made.add("recall", RECALL)
    made.add("denial", DENIAL)
    return made


def joined(stories: OpenStories, item: Traits) -> str | None:
    found = stories.find(item, meaning=unasked)
    return found.story if found else None


def test_a_copy_joins_its_story_with_the_reason(stories: OpenStories) -> None:
    found = stories.find(traits("46,000 Cybertrucks recalled by Tesla: panel can fall off", hours=5), meaning=unasked)
    assert found is not None
    assert found.story == "recall"
    assert found.verdict.reasons[0] == "same figures 46,000"


def test_another_event_of_the_subject_joins_none(stories: OpenStories) -> None:
    assert joined(stories, traits("Tesla opens factory in Monterrey", hours=2)) is None


def test_the_same_address_joins_whatever_the_title_says(stories: OpenStories) -> None:
    assert joined(stories, traits("Updated: what owners need to know", url=RECALL.url, hours=9)) == "recall"


def test_an_address_of_a_later_item_counts_as_well(stories: OpenStories) -> None:
    for number in range(6):
        stories.add("recall", traits(f"Report {number}", url=f"https://b.example/{number}"))
    assert joined(stories, traits("Quite another title", url="https://b.example/5", hours=3)) == "recall"
    assert joined(stories, traits("Quite another title", url="https://b.example/5", hours=99)) is None
    stories.close("recall")
    assert joined(stories, traits("Quite another title", url="https://b.example/5", hours=3)) is None
    stories.close("denial")
    assert stories.indexed == 0


def test_nothing_joins_after_the_window(stories: OpenStories) -> None:
    again = "Tesla recalls 46,000 Cybertrucks because a panel can fall off"
    assert joined(stories, traits(again, hours=71)) == "recall"
    assert joined(stories, traits(again, hours=73)) is None


def test_nothing_joins_a_closed_story(stories: OpenStories) -> None:
    stories.close("recall")
    assert joined(stories, RECALL) is None
    assert joined(stories, DENIAL) == "denial"
    assert len(stories) == 1


def test_closing_all_leaves_nothing_behind(stories: OpenStories) -> None:
    stories.close("recall")
    stories.close("denial")
    assert len(stories) == 0
    assert stories.indexed == 0


def test_the_likelier_of_two_stories_is_joined(stories: OpenStories) -> None:
    stories.add("other recall", traits("Tesla recalls 9,000 Model Y because seats can come loose"))
    assert joined(stories, traits("Seats can come loose: Tesla recalls 9,000 Model Y", hours=1)) == "other recall"


def test_a_story_is_compared_by_its_later_items_too(stories: OpenStories) -> None:
    stories.add("recall", traits("Safety agency: glue fails on trim of pickup, 46,000 called back", hours=3))
    assert joined(stories, traits("Trim glue fails on pickup, says safety agency", hours=6)) == "recall"


def test_a_copy_is_found_though_none_of_its_words_is_rare(stories: OpenStories) -> None:
    for number in range(100):
        stories.add(f"report {number}", traits(f"Tesla report {number}"))
    assert [joined(stories, traits(f"Tesla report {number}")) for number in (0, 7, 99)] == [
        "report 0",
        "report 7",
        "report 99",
    ]
