"""A few changed watchlists to a new version of all, without compiling the others again.

What was compiled before stays as it is, the base; what has changed since is compiled for itself and hides what it
replaces. An item is then sought in both. When too much of the base is hidden, everything is compiled afresh. Whatever
the way, the verdicts are those of a fresh compilation: a watchlist's verdict depends on itself and the item alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace

from monitor.model import Watchlist
from monitor.watchlists.compile import Base, Compiled, compile_watchlists

#: So many watchlists are compiled at once sooner than one would notice.
_FEW = 1_000
#: Watchlists changed, or gone, as a part of all, up to which the base is kept.
_SHARE = 0.05


def recompile(previous: Compiled, watchlists: Sequence[Watchlist]) -> Compiled:
    """Compile watchlists, taking from `previous` what it has of them; raise WatchlistError as `compile_watchlists`."""
    base = _base_of(previous)
    if len(watchlists) <= _FEW:
        return compile_watchlists(watchlists)
    places, changed = _compared(base, watchlists)
    gone = places.count(-1)
    if max(gone, len(changed)) > _SHARE * len(watchlists):
        return compile_watchlists(watchlists)
    if not gone and not changed and places == sorted(places):
        return base
    edits = compile_watchlists(watchlists[place] for place in changed)
    return replace(edits, base=Base(base, places, changed))


def remains(former: Compiled, successor: Compiled) -> list[object]:
    """List what only the former of two compilations holds, for who frees it a little at a time."""
    kept = (successor, _base_of(successor))
    gone = (each for each in (former, _base_of(former)) if not any(each is other for other in kept))
    return [each for compiled in gone for part in _parts_of(compiled) for each in part]


def _base_of(compiled: Compiled) -> Compiled:
    return compiled.base.compiled if compiled.base else compiled


def _parts_of(compiled: Compiled) -> Iterator[Sequence[object]]:
    for field in fields(compiled):
        part = getattr(compiled, field.name)
        if isinstance(part, Mapping):
            yield [*part.keys(), *part.values()]
        elif isinstance(part, Sequence):
            yield part


def _compared(base: Compiled, watchlists: Sequence[Watchlist]) -> tuple[list[int], list[int]]:
    """Return the place of each watchlist of the base among the new ones (or -1), and those of the others."""
    numbers = {watchlist.id: number for number, watchlist in enumerate(base.watchlists)}
    places, changed = [-1] * len(base.watchlists), []
    for place, watchlist in enumerate(watchlists):
        number = numbers.get(watchlist.id, -1)
        if number >= 0 and (base.watchlists[number] is watchlist or _is_same(base.watchlists[number], watchlist)):
            places[number] = place
        else:
            changed.append(place)
    return places, changed


def _is_same(first: Watchlist, second: Watchlist) -> bool:
    if not first.version or first.version != second.version:
        return first == second
    # A version knows no order in the lists, evidence does; entities that are not used are no part of it.
    return _words(first) == _words(second)


def _words(watchlist: Watchlist) -> tuple[object, ...]:
    return watchlist.query, watchlist.terms, watchlist.context, watchlist.exclude
