"""A message that kills its worker, or that its worker cannot handle, is buried alone. Promise 3."""

from __future__ import annotations

from mailbox import Maildir
from pathlib import Path

import pytest

from monitor.model import Item, Match
from monitor.queue.letters import DeadLetters
from monitor.queue.store import Store
from monitor.watchlists.compile import Compiled
from tests.conftest import Valkey
from tests.workers import deadly
from tests.workers.crew import crew
from tests.workers.supervised import supervised
from workers import matcher, supervisor

SETTINGS = """
[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[watchlists]]
id = "all"
terms = ["Item", "Poison"]
channels = ["box"]
"""
NEIGHBOURS = [f"Item {number}" for number in range(99)]


def subjects(folder: Path) -> set[str]:
    """The subjects in the mailbox."""
    return {str(mail["Subject"]) for mail in Maildir(folder / "mail", create=False)}


@pytest.mark.timeout(300)
async def test_what_kills_its_worker_is_buried_and_its_neighbours_are_delivered(
    store: Store, valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = supervisor.command
    monkeypatch.setattr(supervisor, "_PAUSES_S", (0.05,))
    # Workers that the word "Poison" kills.
    monkeypatch.setattr(
        supervisor,
        "command",
        lambda *asked, **how: [
            deadly.__file__ if word == "workers" else word
            for word in command(*asked, **how)
            if word not in ("-P", "-m")
        ],
    )
    async with supervised(store, valkey.url, tmp_path, SETTINGS) as (_, service):
        half = len(NEIGHBOURS) // 2
        await service.publish(*NEIGHBOURS[:half], "Poison for matchers", "Poison for notifiers", *NEIGHBOURS[half:])
        await service.eventually(
            lambda status: (status["dead_letters"], status["channels"][0]["delivered"]) == (2, len(NEIGHBOURS)),
            within_s=240,
        )
        letters = {letter.kind: letter.reason for letter in await DeadLetters(store).list()}
    assert letters == {
        "item": "its worker died 2 times while handling nothing else",
        "delivery": "its notifier died 2 times while sending nothing else",
    }
    assert subjects(tmp_path) == {f"{title} [all]" for title in NEIGHBOURS}


async def test_what_cannot_be_handled_is_buried_with_the_reason_and_can_be_replayed_after_the_fix(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_matches = matcher.find_matches

    def fails(item: Item, compiled: Compiled) -> list[Match]:
        if item.title == "Poison":
            raise ValueError("cannot cope")
        return find_matches(item, compiled)

    monkeypatch.setattr(matcher, "find_matches", fails)
    letters = DeadLetters(store)
    async with crew(store, tmp_path, SETTINGS, "matcher", "notifier") as workers:
        await workers.publish(*NEIGHBOURS[:50], "Poison", *NEIGHBOURS[50:])
        await workers.eventually(
            lambda status: (status["dead_letters"], status["channels"][0]["delivered"]) == (1, len(NEIGHBOURS))
        )
        (letter,) = await letters.list()
        assert letter.kind == "item"
        assert letter.reason.startswith("ValueError: cannot cope (fails, line ")
        shown = await letters.show(letter.id)
        assert shown is not None
        assert "Poison" in shown[1]["payload"]

        monkeypatch.setattr(matcher, "find_matches", find_matches)
        assert await letters.replay(letter.id)
        await workers.eventually(lambda status: status["channels"][0]["delivered"] == len(NEIGHBOURS) + 1)
        assert "Poison [all]" in subjects(tmp_path)
        assert await letters.list() == []
