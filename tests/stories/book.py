"""A watchlist's stories without a store: what `tell` and `release` decide, applied at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.model import AlertItem, Evidence, Item, Source
from monitor.stories.gather import OpenStories
from monitor.stories.policy import Policy
from monitor.stories.record import decode, encode
from monitor.stories.release import Digest, release
from monitor.stories.shelf import Shelf
from monitor.stories.tell import Arrival, Rules, Step, Telling, Unsent, arrive
from monitor.stories.traits import traits_of
from tests.stories.made import NAMES

DAYS_3 = 259_200.0


def rules(policies: Mapping[str, Policy] | None = None, **given: Any) -> Rules:
    """Make rules: one channel that is told at once, unless others are given."""
    usual = {"window_s": DAYS_3, "steps": (5, 20, 100), "preferred": frozenset(), "most": 200, "muted": {}}
    return Rules(policies=policies or {"box": Policy()}, **{**usual, **given})


def arrival(item: Item, *, terms: tuple[str, ...] = ("Meta",), severity: str = "normal") -> Arrival:
    """Make the match of an item, which has evidence of these terms."""
    evidence = tuple(Evidence("title", 0, 4, term) for term in terms)
    return Arrival(
        entry=AlertItem(item, evidence),
        source=Source(item.source, item.title, item.url, item.language, item.published_at),
        traits=traits_of(item, NAMES),
        story_id=f"sto_{item.key}",
        why="Meta stands in the title.",
        severity=severity,
        version="v1",
        is_update=item.is_update,
    )


@dataclass
class Book:
    """The stories of one watchlist, and all that was said of them."""

    rules: Rules
    shelf: Shelf = field(default_factory=lambda: Shelf(OpenStories(window_s=DAYS_3)))
    tellings: list[Telling] = field(default_factory=list)
    digests: list[Digest] = field(default_factory=list)
    unsent: list[Unsent] = field(default_factory=list)
    #: Marks of all that was decided.
    decided: set[str] = field(default_factory=set)

    def arrive(self, item: Item, *, now: datetime | None = None, **given: Any) -> Step:
        """Let an item arrive, at its publication unless said otherwise."""
        at = now or item.published_at
        step = arrive(self.shelf, arrival(item, **given), self.rules, now=at)
        mark = f"{item.key} {item.title}" if step.what == "changed" else item.key
        if mark in self.decided:  # as the store would say
            return Step()
        self.decided.add(mark)
        self.apply(step, (), at)
        return step

    def release(self, now: datetime, *, anew: datetime | None = None) -> bool:
        """Let out what is due; False where more is left."""
        released = release(self.shelf, self.rules, now=now, anew=anew)
        self.apply(released.step, released.digests, now)
        for story in self.shelf.ended(now):
            self.shelf.drop(story)
        return released.is_whole

    def pass_time(self, until: datetime, *, late: timedelta = timedelta()) -> None:
        """Let out all that falls due until then, as late as whoever looks after it may look."""
        while (due_at := self.shelf.due_at) is not None and due_at + late <= until:
            held = self._count_held()
            self.release(due_at + late)
            # One release tells of a bounded number of stories, and the next one goes on.
            is_later = self.shelf.due_at is None or self.shelf.due_at > due_at
            assert is_later or self._count_held() < held, "what was due is told, or due later"

    def _count_held(self) -> int:
        return sum(len(record.held) for record in self.shelf.holding.values())

    def told(self) -> list[tuple[str, str]]:
        """Return channel and headline of all that was told so far, and forget it."""
        said = [(each.channel, each.story.items[0].item.title) for each in self.tellings]
        self.tellings.clear()
        return said

    def apply(self, step: Step, digests: tuple[Digest, ...], _now: datetime) -> None:
        """Take over what was decided, as the store would."""
        for record in step.records:
            # As the store would give it back.
            self.shelf.put(decode(encode(record).decode()), "1")
        self.shelf.pace = step.pace or self.shelf.pace
        self.tellings += step.tellings
        self.digests += digests
        self.unsent += step.unsent


def from_outlet(item: Item, outlet: str) -> Item:
    """Return the item as another outlet's."""
    return replace(item, source=outlet, key=f"{abs(hash((item.title, item.url, outlet))):032x}", feed=outlet)
