"""What is wrong with the watchlists of some settings: those that do not compile, and examples that do not hold.

Asked again about newer settings it looks only at what has changed, so that one edit among 225,000 watchlists costs that
one. It says where a problem stands by key; `monitor.settings.places` knows the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.settings.bulk import without_collector
from monitor.settings.locate import Key
from monitor.settings.problems import Problem
from monitor.settings.schema import Settings, WatchlistSettings
from monitor.watchlists.definition import check
from monitor.watchlists.examples import broken_examples
from workers.wiring import Entities, unversioned

#: A watchlist with its number in the settings.
Numbered = tuple[int, WatchlistSettings]


class WatchlistCheck:
    """Remembers which watchlists were found good."""

    def __init__(self) -> None:
        self._good: dict[str, WatchlistSettings] = {}
        self._entities: Entities = {}

    def problems(self, settings: Settings) -> list[Problem]:
        """Return what is wrong with the entities, or with the watchlists that are switched on."""
        if wrong := [*entity_problems(settings.entities), *_general_problems(settings)]:
            return wrong
        with without_collector():
            enabled = [(number, each) for number, each in enumerate(settings.watchlists) if each.enabled]
            changed = self._changed(enabled, settings.entities)
            found = [problem for number, each in changed for problem in _problems(number, each, settings.entities)]
            bad = {problem.key[1] for problem in found}
            self._good = {each.id: each for number, each in enabled if number not in bad}
        self._entities = settings.entities
        return found

    def _changed(self, enabled: Sequence[Numbered], entities: Entities) -> list[Numbered]:
        names = {name for name in {*entities, *self._entities} if entities.get(name) != self._entities.get(name)}
        return [
            (number, each) for number, each in enabled if not self._is_good(each) or (names and _names_any(each, names))
        ]

    def _is_good(self, entry: WatchlistSettings) -> bool:
        known = self._good.get(entry.id)
        return known is entry or known == entry  # what was not read anew is the same object


def _names_any(entry: WatchlistSettings, names: Set[str]) -> bool:
    """Say whether a watchlist may name one of these entities."""
    high = (entry.policy.high if entry.policy else None) or ""
    texts = (entry.query or "", *entry.terms, *entry.context, *entry.exclude, high)
    return any(f"@{name}" in text for name in names for text in texts)


def _problems(number: int, entry: WatchlistSettings, entities: Entities) -> list[Problem]:
    wrong = compile_problems(number, entry, entities) or list(example_problems(number, entry, entities))
    high = entry.policy.high if entry.policy else None
    return wrong + list(_high_problems(entry.id, high, entities, key=("watchlists", number)))


def _general_problems(settings: Settings) -> Iterator[Problem]:
    """Find what is wrong with the titles that are of high severity for watchlists that do not say so themselves."""
    return _high_problems("alerts.policy", settings.alerts.policy.high, settings.entities, key=("alerts",))


def _high_problems(subject: str, query: str | None, entities: Entities, *, key: Key) -> Iterator[Problem]:
    if query and (error := _error(Watchlist(subject, subject, query=query, entities=entities))):
        yield Problem(error.cause, (*key, "policy", "high"))


def entity_problems(entities: Entities) -> Iterator[Problem]:
    """Yield every alias that could never be found; nothing that names its entity would compile."""
    for name, aliases in entities.items():
        for number, alias in enumerate(aliases):
            alone = Watchlist(name, name, query=f"@{name}", entities={name: (alias,)})
            if error := _error(alone):
                yield Problem(error.cause, ("entities", name, number))


def compile_problems(number: int, entry: WatchlistSettings, entities: Entities) -> list[Problem]:
    """Return why a watchlist does not compile, if so: the place in its query, or each entry of its lists."""
    watchlist = unversioned(entry, entities)
    if (error := _error(watchlist)) is None:
        return []
    if watchlist.query:
        return [Problem(error.cause, ("watchlists", number, "query"))]
    return list(_problems_of_lists(number, watchlist)) or [Problem(error.cause, ("watchlists", number))]


def _problems_of_lists(number: int, watchlist: Watchlist) -> Iterator[Problem]:
    for name in ("terms", "context", "exclude"):
        for at, term in enumerate(getattr(watchlist, name)):
            alone = Watchlist(watchlist.id, watchlist.name, terms=(term,), entities=watchlist.entities)
            if error := _error(alone):
                yield Problem(error.cause, ("watchlists", number, name, at))


def example_problems(number: int, entry: WatchlistSettings, entities: Entities) -> Iterator[Problem]:
    """Yield each example of a watchlist that does not hold. Raises WatchlistError where it does not compile."""
    examples = entry.examples
    if examples.match or examples.no_match:
        watchlist = unversioned(entry, entities)
        for broken in broken_examples(watchlist, match=examples.match, no_match=examples.no_match):
            key = ("watchlists", number, "examples", broken.kind, broken.number)
            yield Problem(broken.reason, key, broken.title)


def _error(watchlist: Watchlist) -> WatchlistError | None:
    try:
        check(watchlist)
    except WatchlistError as error:
        return error
    return None
