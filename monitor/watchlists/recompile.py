"""A few changed watchlists to a new version of all, without compiling the others again.

What was compiled before stays as it is, the base; what has changed since is compiled for itself and hides what it
replaces. An item is then sought in both. When too much of the base is hidden, everything is compiled afresh. Whatever
the way, the verdicts are those of a fresh compilation: a watchlist's verdict depends on itself and the item alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.model import Watchlist
from monitor.watchlists.compile import Base, Compiled, compile_watchlists

#: So many watchlists are compiled at once sooner than one would notice.
_FEW = 1_000
#: Watchlists changed, or gone, as a part of all, up to which the base is kept.
_SHARE = 0.05


def recompile(previous: Compiled, watchlists: Sequence[Watchlist]) -> Compiled:
    """Compile watchlists, taking from `previous` what it has of them; raise WatchlistError as `compile_watchlists`."""
    base = previous.base.compiled if previous.base else previous
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


def _compared(base: Compiled, watchlists: Sequence[Watchlist]) -> tuple[list[int], list[int]]:
    """Return the place of each watchlist of the base among the new ones (or -1), and those of the others."""
    numbers = {watchlist.id: number for number, watchlist in enumerate(base.watchlists)}
    places, changed = [-1] * len(base.watchlists), []
    for place, watchlist in enumerate(watchlists):
        number = numbers.get(watchlist.id, -1)
        if number >= 0 and _is_same(base.watchlists[number], watchlist):
            places[number] = place
        else:
            changed.append(place)
    return places, changed


def _is_same(first: Watchlist, second: Watchlist) -> bool:
    if first is second:
        return True
    if not first.version or first.version != second.version:
        return first == second
    # A version knows no order in the lists, evidence does; entities that are not used are no part of it.
    return _words(first) == _words(second)


def _words(watchlist: Watchlist) -> tuple[object, ...]:
    return watchlist.query, watchlist.terms, watchlist.context, watchlist.exclude
