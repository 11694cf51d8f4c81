"""When a feed has moved for good."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.feeds.moves import moved, with_poll
from monitor.model import Move
from tests.feeds.made import FEED, URL

NEW = "https://new.example/feed.xml"
NEWER = "https://newer.example/feed.xml"


def polled(*targets: str, move: Move | None = None, asked: str = URL) -> Move | None:
    for target in targets:
        move = with_poll(move, asked, target)
    return move


@pytest.mark.parametrize(
    ("targets", "address"),
    [
        ((NEW,), ""),
        ((NEW, NEW), ""),
        ((NEW, NEW, NEW), NEW),
        ((NEW, NEW, NEWER), ""),
        ((NEW, NEW, "", NEW), ""),
        ((NEW, NEW, NEW, NEW), NEW),
        ((NEW, NEW, NEW, NEWER), NEW),
        ((NEW, NEW, NEW, NEWER, NEWER, NEWER), NEWER),
    ],
)
def test_three_polls_in_a_row_make_a_move(targets: tuple[str, ...], address: str) -> None:
    move = polled(*targets)
    assert move is not None
    assert move.address == address


def test_without_redirects_there_is_nothing_to_remember() -> None:
    assert polled("", "") is None
    assert polled(NEW, "") is None


def test_polled_at_its_new_address_it_has_still_moved() -> None:
    move = polled(NEW, NEW, NEW)
    assert polled("", move=move, asked=NEW) is move


def test_it_may_move_on_from_there() -> None:
    move = polled(NEWER, NEWER, NEWER, move=polled(NEW, NEW, NEW), asked=NEW)
    assert move == Move(URL, NEWER, 3, NEWER)


def test_once_stable_nothing_changes_any_more() -> None:
    move = polled(NEW, NEW, NEW)
    assert polled(NEW, NEW, move=move) is move, "a move that a person has undone is not decided again"


def test_a_feed_that_has_come_back_has_not_moved() -> None:
    assert polled("", move=polled(NEW, NEW, NEW)) is None


def test_another_address_in_the_settings_begins_anew() -> None:
    move = polled(NEWER, move=polled(NEW, NEW, NEW), asked="https://other.example/")
    assert move == Move("https://other.example/", NEWER, 1)


def test_a_moved_feed_is_itself_at_another_address() -> None:
    found = moved(FEED, polled(NEW, NEW, NEW))
    assert found == replace(FEED, url=NEW)


@pytest.mark.parametrize("move", [None, Move(URL, NEW, 2), Move("https://other.example/", NEW, 3, NEW)])
def test_without_a_stable_move_of_this_address_it_stays(move: Move | None) -> None:
    assert moved(FEED, move) is None


def test_secrets_stay_with_whom_they_were_meant_for() -> None:
    secretive = replace(FEED, headers={"X-Key": "k", "Accept-Language": "zh"}, credentials=("user", "password"))
    elsewhere = moved(secretive, polled(NEW, NEW, NEW))
    same = "https://feeds.example/other.xml"
    beside = moved(secretive, polled(same, same, same))
    assert elsewhere is not None
    assert beside is not None
    assert (elsewhere.headers, elsewhere.credentials) == ({"Accept-Language": "zh"}, None)
    assert (beside.headers.keys(), beside.credentials) == ({"X-Key", "Accept-Language", "Authorization"}, None)
