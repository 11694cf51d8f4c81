"""The words that make a title of high severity, and an item, to the watchlists for which it is. Pure.

Such words are a query of their own, in the language of watchlists; only the title is shown to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from monitor.model import Item, Watchlist
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches


class Severity:
    """Which items are of high severity for which watchlists."""

    def __init__(self, rules: Iterable[Watchlist]) -> None:
        """Take one rule a watchlist, under its id; equal ones are compiled, and asked, once. Raises WatchlistError."""
        self._rule_of: dict[str, str] = {}
        distinct: dict[str, Watchlist] = {}
        for rule in rules:
            first = distinct.setdefault(rule.query, rule)
            self._rule_of[rule.id] = first.id
        self._compiled = compile_watchlists(distinct.values()) if distinct else None

    def high(self, item: Item, watchlists: Iterable[str]) -> frozenset[str]:
        """Return those of the watchlists for which an item is of high severity."""
        asked = [each for each in watchlists if each in self._rule_of]
        if self._compiled is None or not asked:
            return frozenset()
        title = replace(item, summary="", content="")
        met = {match.watchlist for match in find_matches(title, self._compiled)}
        return frozenset(each for each in asked if self._rule_of[each] in met)
