"""The open stories that one process knows: read when they are first asked for, then kept up to date, within a bound."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

import structlog

from monitor.errors import StoreError
from monitor.model import Watchlist
from monitor.queue.stories import UNREAD, Kept, Reading, Stories
from monitor.stories.gather import OpenStories
from monitor.stories.profile import subject_of
from monitor.stories.record import Record, decode
from monitor.stories.shelf import Shelf
from workers.rules import Rules

#: Stories kept in memory; of the watchlists asked for longest ago nothing is kept beyond.
_MOST = 20_000
#: Records that are read before whatever else is waiting has its turn: some tens of milliseconds.
_AT_ONCE = 100

log = structlog.get_logger()


@dataclass(slots=True)
class Place:
    """One watchlist's shelf, held by whoever works on it."""

    watchlist: Watchlist
    rules: Rules
    shelf: Shelf
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def fits(self, watchlist: Watchlist, rules: Rules) -> bool:
        """Tell whether stories are gathered by these rules as they were when it was made."""
        return (
            self.watchlist.version == watchlist.version
            and self.rules.stories == rules.stories
            and self.rules.names is rules.names
        )


class Shelves:
    """The shelves of one process, by watchlist."""

    def __init__(self, stories: Stories) -> None:
        self._stories = stories
        self._places: OrderedDict[str, Place] = OrderedDict()

    def place(self, watchlist: Watchlist, rules: Rules) -> Place:
        """Return the place of a watchlist, whose lock is to be held while its shelf is used."""
        place = self._places.get(watchlist.id)
        if place is None or not place.fits(watchlist, rules):
            place = Place(watchlist, rules, _empty(watchlist, rules))
            self._places[watchlist.id] = place
            self._forget()
        self._places.move_to_end(watchlist.id)
        return place

    async def refresh(self, place: Place, *, whole: bool = False) -> None:
        """Read into a shelf what changed in the store, or all of it."""
        if whole or not place.shelf.version:
            place.shelf = _empty(place.watchlist, place.rules)
        reading = await self._stories.read(place.watchlist.id, since=place.shelf.version or UNREAD)
        if _is_behind(place.shelf, reading):
            await self.refresh(place, whole=True)
        else:
            await _take(place.shelf, reading)

    def _forget(self) -> None:
        known = sum(len(place.shelf.records) for place in self._places.values())
        for name, place in list(self._places.items())[:-1]:
            if known <= _MOST:
                break
            if not place.lock.locked():
                known -= len(place.shelf.records)
                del self._places[name]


def readable(kept: Kept) -> Record | None:
    """Return what was kept; None, said in the log, where it is damaged: one story must not stop its watchlist.

    Raises StoreError (temporary) where a newer version wrote it.
    """
    try:
        return decode(kept.record)
    except StoreError as error:
        if error.temporary:
            raise
        log.error("a story cannot be read and is passed over", story=kept.story, reason=error.cause)
        return None


def _empty(watchlist: Watchlist, rules: Rules) -> Shelf:
    subject = subject_of(watchlist, rules.names)
    return Shelf(OpenStories(subject, caution=rules.stories.caution, window_s=rules.stories.window))


def _is_behind(shelf: Shelf, reading: Reading) -> bool:
    """Tell whether the store has a story as it was before: a power cut took back what the shelf still has."""
    changed = {kept.story for kept in reading.changed}
    known = ((story, version) for story, version in shelf.versions.items() if story not in changed)
    return any(reading.open.get(story, version) != version for story, version in known)


async def _take(shelf: Shelf, reading: Reading) -> None:
    for story in shelf.records.keys() - reading.open.keys():
        shelf.drop(story)
    for number, kept in enumerate(reading.changed, 1):
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
        if (record := readable(kept)) is not None:
            shelf.put(record, kept.version)
        else:
            shelf.versions[kept.story] = kept.version  # what comes under its id takes its place
    shelf.pace, shelf.version = reading.pace, reading.version
