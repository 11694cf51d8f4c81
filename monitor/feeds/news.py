"""The entries of one document, and those known before, to what is news of them. Pure.

Of a feed that is known, three things may look like news and are not: entries that come back under other ids, an
archive that is listed anew (the flood breaker holds it back), and a change of form that touches every entry at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

from monitor.feeds.known import QUARANTINED, REMEMBERED, Known, key_start, milliseconds, read
from monitor.feeds.reading.entries import ParsedEntry
from monitor.feeds.sketch import has_changed
from monitor.model import Item

#: Entries that must come or change at once before that looks like anything but news; they must be most of those listed.
_MANY = 10
#: Older than the newest known entry by so much, a new entry is from an archive.
_ARCHIVED = timedelta(days=7)
#: Of a flood, at most this part may be real news, where its date is newer than all that is known.
_PART_OF_NEWS = 5


@dataclass(frozen=True, slots=True)
class News:
    """What one document brings."""

    #: Items for the matchers, the oldest first: new ones, and updates of known ones.
    items: tuple[Item, ...] = ()
    updates: int = 0
    #: New entries that are too old for an alert (first poll), and those held back (flood breaker).
    remembered: int = 0
    quarantined: int = 0
    #: New ids of entries known before.
    returned: int = 0
    #: Known entries that all changed at once, in a way that is no news.
    reformed: int = 0
    #: Whether items may have come and gone since the last poll.
    missed: bool = False
    #: Entry id -> what is kept of it.
    known_add: Mapping[str, str] = field(default_factory=dict)


def first_news(entries: Sequence[ParsedEntry], *, is_recent: Callable[[Item], bool], now: datetime) -> News:
    """Sift the first document of a feed: what is recent is news, the rest is remembered."""
    seen_ms = milliseconds(now)
    recent = {entry.id for entry in entries if is_recent(entry.item)}
    return News(
        items=_in_order([entry.item for entry in entries if entry.id in recent]),
        remembered=len(entries) - len(recent),
        known_add={
            entry.id: Known.of(entry, seen_ms=seen_ms, standing="" if entry.id in recent else REMEMBERED).written()
            for entry in entries
        },
    )


def later_news(
    entries: Sequence[ParsedEntry],
    known: Mapping[str, str],
    *,
    unchanged: int,
    newest_at: datetime | None,
    let_through: bool,
    now: datetime,
) -> News:
    """Sift a later document, which lists so many `unchanged` entries beside those that were read.

    `newest_at` is the newest date known, `let_through` switches the flood breaker off.
    """
    seen_ms = milliseconds(now)
    fresh = [entry for entry in entries if entry.id not in known]
    listed = [(entry, read(known[entry.id])) for entry in entries if entry.id in known]
    flood = _Flood() if let_through else _flood(fresh, len(entries) + unchanged, known, newest_at)
    new = [entry for entry in fresh if entry.id not in flood.returned and entry.id not in flood.quarantined]
    changed = [(entry, before) for entry, before in listed if has_changed(before.sketch, entry.content_hash)]
    is_reform = len(changed) >= _MANY and 2 * len(changed) > len(listed) + unchanged
    updated = [] if is_reform else [entry for entry, before in changed if _is_update(entry, before)]
    rewritten = {entry.id for entry, _ in changed}
    after = [(entry, before, before.seen_again(entry, changed=entry.id in rewritten)) for entry, before in listed]
    standing = dict.fromkeys(flood.quarantined, QUARANTINED)
    return News(
        items=_in_order([*(replace(entry.item, is_update=True) for entry in updated), *(each.item for each in new)]),
        updates=len(updated),
        quarantined=len(flood.quarantined),
        returned=len(flood.returned),
        reformed=len(changed) if is_reform else 0,
        missed=not flood and len(fresh) == len(entries) + unchanged and _may_have_missed(fresh, known, newest_at),
        known_add={
            **{e.id: Known.of(e, seen_ms=seen_ms, standing=standing.get(e.id, "")).written() for e in fresh},
            **{entry.id: known_now.written() for entry, before, known_now in after if known_now != before},
        },
    )


def _in_order(items: Sequence[Item]) -> tuple[Item, ...]:
    # Documents begin with the newest: turned round, entries of one time keep their order.
    turned = list(reversed(items))
    return tuple(sorted(turned, key=attrgetter("published_at")))


def _is_update(entry: ParsedEntry, before: Known) -> bool:
    """Tell whether a changed entry goes to the matchers: as the item that they know, or not at all."""
    return not before.standing and before.key_start == key_start(entry)


def _may_have_missed(fresh: Sequence[ParsedEntry], known: Mapping[str, str], newest_at: datetime | None) -> bool:
    """Tell whether a document of nothing but new entries has moved on by more than its length: all are newer."""
    dates = [entry.item.published_at for entry in fresh if not entry.item.undated]
    return bool(known) and bool(dates) and newest_at is not None and min(dates) > newest_at


@dataclass(frozen=True, slots=True)
class _Flood:
    """What a flood consists of: ids of entries known under other ids, and of those to hold back."""

    returned: frozenset[str] = frozenset()
    quarantined: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.returned or self.quarantined)


def _flood(fresh: Sequence[ParsedEntry], listed: int, known: Mapping[str, str], newest_at: datetime | None) -> _Flood:
    """Recognise a flood: most of a known feed is suddenly new, and at least half of that is old.

    Old is what has the words or the link of a known entry, or a date long before the newest known one. The rest is
    held back too, unless it is little, and newer than all that is known.
    """
    if not known or len(fresh) < _MANY or 2 * len(fresh) <= listed:
        return _Flood()
    before = [read(value) for value in known.values()]
    sketches, keys = {each.sketch for each in before}, {each.key_start for each in before}
    returned = {entry.id for entry in fresh if entry.content_hash in sketches or key_start(entry) in keys}
    rest = [entry for entry in fresh if entry.id not in returned]
    dates = {entry.id: entry.item.published_at for entry in rest if newest_at and not entry.item.undated}
    archived = {id_ for id_, date in dates.items() if newest_at and date < newest_at - _ARCHIVED}
    if 2 * (len(returned) + len(archived)) < len(fresh):
        return _Flood()
    newer = {id_ for id_, date in dates.items() if newest_at and date >= newest_at}
    held = {entry.id for entry in rest} - (newer if _PART_OF_NEWS * len(newer) <= len(fresh) else set())
    return _Flood(frozenset(returned), frozenset(held))
