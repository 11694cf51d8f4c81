"""The open stories of one watchlist, as one worker knows them: what is kept of them, and an index to gather by.

A copy of what the store has at one version; changes are read into it, never written through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush

from monitor.stories.gather import OpenStories
from monitor.stories.record import Record


@dataclass(slots=True)
class Shelf:
    """The open stories of one watchlist."""

    #: To gather by; holds the stories that `records` has.
    stories: OpenStories
    #: Of the store, when this was read; "" where it was not yet.
    version: str = ""
    records: dict[str, Record] = field(default_factory=dict)
    #: Version of the store at which each record was last changed.
    versions: dict[str, str] = field(default_factory=dict)
    #: Times of the alerts lately sent, by channel, where a rate limits them.
    pace: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    #: Which story an item key belongs to; stories of which something is held; when each closes, and which have closed.
    _story_of: dict[str, str] = field(default_factory=dict)
    _holding: set[str] = field(default_factory=set)
    _closing: list[tuple[datetime, str]] = field(default_factory=list)
    _closed: set[str] = field(default_factory=set)

    def put(self, record: Record, version: str) -> None:
        """Take a story as the store has it."""
        story = record.story.id
        self.drop(story)
        self.records[story] = record
        self.versions[story] = version
        self._story_of.update(dict.fromkeys(record.keys, story))
        if record.held:
            self._holding.add(story)
        heappush(self._closing, (record.closes_at, story))
        for traits in record.traits:
            self.stories.add(story, traits)

    def drop(self, story: str) -> None:
        """Forget a story."""
        record = self.records.pop(story, None)
        self.versions.pop(story, None)
        self._holding.discard(story)
        self._closed.discard(story)
        if record is not None:
            self.stories.close(story)
            for key in record.keys:
                self._story_of.pop(key, None)

    def of_item(self, key: str) -> Record | None:
        """Return the open story that has this item; None where there is none."""
        story = self._story_of.get(key)
        return self.records[story] if story is not None else None

    def ended(self, now: datetime) -> list[str]:
        """List the stories that nothing joins any more, and of which nothing waits."""
        while self._closing and self._closing[0][0] <= now:
            self._closed.add(heappop(self._closing)[1])
        self._closed &= self.records.keys()
        return sorted(self._closed - self._holding)

    @property
    def holding(self) -> dict[str, Record]:
        """The stories of which something is held."""
        return {name: self.records[name] for name in self._holding}

    @property
    def queues(self) -> dict[str, datetime]:
        """When what a rate holds is due, by channel."""
        queues: dict[str, datetime] = {}
        for record in self.holding.values():
            for channel, held in record.held.items():
                if held.is_queued:
                    queues[channel] = min(held.due_at, queues.get(channel, held.due_at))
        return queues

    @property
    def due_at(self) -> datetime | None:
        """When the first held thing of the watchlist is due; None where nothing is held."""
        return first_due(self.holding.values())


def first_due(records: Iterable[Record]) -> datetime | None:
    """Return when the first thing that is held of these is due; None where nothing is."""
    return min((at for each in records if (at := each.due_at) is not None), default=None)
