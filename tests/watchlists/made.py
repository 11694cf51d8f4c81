"""Items and watchlists for the tests of this folder, from what matters in each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from monitor.model import Item, Match, Watchlist
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches

_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_item(title: str, summary: str = "", content: str = "") -> Item:
    return Item(
        key="0" * 32,
        feed="feed",
        url="https://news.example/1",
        title=title,
        summary=summary,
        content=content,
        source="News",
        author="",
        published_at=_AT,
        seen_at=_AT,
        language="und",
    )


def a_watchlist(
    *terms: str, context: Iterable[str] = (), exclude: Iterable[str] = (), name: str = "watchlist"
) -> Watchlist:
    return Watchlist(id=name, name=name, terms=terms, context=tuple(context), exclude=tuple(exclude))


def matches(item: Item, *watchlists: Watchlist) -> list[Match]:
    return find_matches(item, compile_watchlists(watchlists))


def found(term: str, text: str) -> list[str]:
    """Return the slices of `text` in which `term` is found."""
    return [text[e.start : e.end] for match in matches(an_item(text), a_watchlist(term)) for e in match.evidence]
