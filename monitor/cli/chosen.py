"""The watchlists that a command is to look with: those of the settings file, or one of them, compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import ended, load_or_exit, refusal
from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.settings.load import Loaded
from monitor.settings.load import refusal as refusal_of
from monitor.settings.problems import did_you_mean
from monitor.settings.schema import WatchlistSettings
from monitor.watchlists.compile import Compiled, compile_watchlists
from workers.watchlist_check import compile_problems, entity_problems
from workers.wiring import watchlist_of

OneWatchlist = Annotated[
    str | None, typer.Option("--watchlist", "-w", metavar="ID", help="Look with this watchlist alone.")
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a command looks with."""

    loaded: Loaded
    #: As the settings have them, with their numbers there.
    entries: Sequence[tuple[int, WatchlistSettings]]
    #: By id, in the order of the settings.
    watchlists: Mapping[str, Watchlist]
    compiled: Compiled


def chosen_or_exit(path: Path, watchlist_id: str | None) -> Chosen:
    """Return one watchlist of a settings file, or all that are switched on.

    Where there is no such one, or it does not compile, print why to stderr and end the command.
    """
    loaded = load_or_exit(path)
    entries = _entries_or_exit(path, loaded, watchlist_id)
    watchlists = {each.id: watchlist_of(each, loaded.settings.entities) for _, each in entries}
    try:
        return Chosen(loaded, entries, watchlists, compile_watchlists(watchlists.values()))
    except WatchlistError as error:
        raise _refused(path, loaded, entries) from error


def _entries_or_exit(path: Path, loaded: Loaded, watchlist_id: str | None) -> list[tuple[int, WatchlistSettings]]:
    """Return the one that is named, switched on or not; all that are on where none is."""
    numbered = list(enumerate(loaded.settings.watchlists))
    if watchlist_id is None:
        return [(number, each) for number, each in numbered if each.enabled]
    found = [(number, each) for number, each in numbered if each.id == watchlist_id]
    if not found:
        raise ended(f"{path}: {unknown_watchlist(watchlist_id, {each.id for _, each in numbered})}")
    return found


def unknown_watchlist(watchlist_id: str, known: set[str]) -> str:
    """Say that there is no such watchlist, and which is nearest."""
    return f'no watchlist has the id "{watchlist_id}"; {did_you_mean(watchlist_id, known)}'


def _refused(path: Path, loaded: Loaded, entries: list[tuple[int, WatchlistSettings]]) -> typer.Exit:
    entities = loaded.settings.entities
    problems = list(entity_problems(entities))
    if not problems:
        problems = [problem for number, each in entries for problem in compile_problems(number, each, entities)]
    return refusal(refusal_of(path, problems, loaded.places))
