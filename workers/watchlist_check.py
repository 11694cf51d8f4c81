"""What is wrong with the watchlists of some settings: those that do not compile, and examples that do not hold.

Asked again about newer settings it looks only at what has changed, so that one edit among 225,000 watchlists costs that
one. It says where a problem stands by key; `monitor.settings.places` knows the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.settings.bulk import without_collector
from monitor.settings.problems import Problem
from monitor.settings.schema import Settings, WatchlistSettings
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.examples import broken_examples
from workers.wiring import watchlist_of

#: Watchlists compiled at once: a fault costs a closer look at so many.
_BATCH = 500

Entities = Mapping[str, tuple[str, ...]]
#: A watchlist with its number in the settings.
Numbered = tuple[int, WatchlistSettings]


class WatchlistCheck:
    """Remembers which watchlists were found good."""

    def __init__(self) -> None:
        self._good: dict[str, WatchlistSettings] = {}
        self._entities: Entities = {}

    def problems(self, settings: Settings) -> list[Problem]:
        """Return what is wrong with the entities, or with the watchlists that are switched on."""
        if wrong := list(entity_problems(settings.entities)):
            return wrong
        enabled = [(number, each) for number, each in enumerate(settings.watchlists) if each.enabled]
        changed = self._changed(enabled, settings.entities)
        with without_collector():
            found = [problem for batch in _batches(changed) for problem in _problems(batch, settings.entities)]
        bad = {problem.key[1] for problem in found}
        self._good = {each.id: each for number, each in enabled if number not in bad}
        self._entities = settings.entities
        return found

    def _changed(self, enabled: Sequence[Numbered], entities: Entities) -> list[Numbered]:
        names = {name for name in {*entities, *self._entities} if entities.get(name) != self._entities.get(name)}
        return [(number, each) for number, each in enabled if not self._is_good(each) or _names_any(each, names)]

    def _is_good(self, entry: WatchlistSettings) -> bool:
        known = self._good.get(entry.id)
        return known is entry or known == entry  # what was not read anew is the same object


def _names_any(entry: WatchlistSettings, names: Set[str]) -> bool:
    """Say whether a watchlist may name one of these entities."""
    texts = (entry.query or "", *entry.terms, *entry.context, *entry.exclude)
    return any(f"@{name}" in text for name in names for text in texts)


def _batches(entries: Sequence[Numbered]) -> Iterator[Sequence[Numbered]]:
    return (entries[start : start + _BATCH] for start in range(0, len(entries), _BATCH))


def _problems(batch: Sequence[Numbered], entities: Entities) -> Iterator[Problem]:
    if _error([watchlist_of(each, entities) for _, each in batch]) is None:
        bad = set()
    else:
        wrong = [(number, list(compile_problems(number, each, entities))) for number, each in batch]
        bad = {number for number, found in wrong if found}
        yield from (problem for _, found in wrong for problem in found)
    for number, each in batch:
        if number not in bad:
            yield from example_problems(number, each, entities)


def entity_problems(entities: Entities) -> Iterator[Problem]:
    """Yield every alias that could never be found; nothing that names its entity would compile."""
    for name, aliases in entities.items():
        for number, alias in enumerate(aliases):
            alone = Watchlist(name, name, query=f"@{name}", entities={name: (alias,)})
            if error := _error([alone]):
                yield Problem(error.cause, ("entities", name, number))


def compile_problems(number: int, entry: WatchlistSettings, entities: Entities) -> Iterator[Problem]:
    """Yield why a watchlist does not compile, if so: the place in its query, or each entry of its lists."""
    watchlist = watchlist_of(entry, entities)
    if (error := _error([watchlist])) is None:
        return
    if watchlist.query:
        yield Problem(error.cause, ("watchlists", number, "query"))
        return
    for name in ("terms", "context", "exclude"):
        for at, term in enumerate(getattr(watchlist, name)):
            if wrong := _error([Watchlist(watchlist.id, "", terms=(term,), entities=entities)]):
                yield Problem(wrong.cause, ("watchlists", number, name, at))


def example_problems(number: int, entry: WatchlistSettings, entities: Entities) -> Iterator[Problem]:
    """Yield each example of a watchlist that does not hold. Raises WatchlistError where it does not compile."""
    examples = entry.examples
    if examples.match or examples.no_match:
        watchlist = watchlist_of(entry, entities)
        for broken in broken_examples(watchlist, match=examples.match, no_match=examples.no_match):
            key = ("watchlists", number, "examples", broken.kind, broken.number)
            yield Problem(broken.reason, key, broken.title)


def _error(watchlists: Sequence[Watchlist]) -> WatchlistError | None:
    try:
        compile_watchlists(watchlists)
    except WatchlistError as error:
        return error
    return None
