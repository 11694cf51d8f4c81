"""Items and watchlists for the tests of this folder, from what matters in each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from monitor.model import Item, Match, Watchlist
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches

_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_item(title: str, summary: str = "", content: str = "", **others: str) -> Item:
    """Make an item; `others` are source, author, feed and language."""
    fields = {"feed": "feed", "source": "News", "author": "", "language": "und", **others}
    texts = {"title": title, "summary": summary, "content": content}
    return Item(key="0" * 32, url="https://news.example/1", published_at=_AT, seen_at=_AT, **texts, **fields)


def a_watchlist(
    *terms: str, context: Iterable[str] = (), exclude: Iterable[str] = (), name: str = "watchlist"
) -> Watchlist:
    return Watchlist(id=name, name=name, terms=terms, context=tuple(context), exclude=tuple(exclude))


def a_query(query: str, name: str = "watchlist", **entities: tuple[str, ...]) -> Watchlist:
    return Watchlist(id=name, name=name, query=query, entities=entities)


def matches(item: Item, *watchlists: Watchlist) -> list[Match]:
    return list(find_matches(item, compile_watchlists(watchlists)))


def found(term: str, text: str) -> list[str]:
    """Return the slices of `text` in which `term`, as an entry of a list, is found."""
    return slices(a_watchlist(term), an_item(text))


def slices(watchlist: Watchlist, item: Item) -> list[str]:
    """Return the slices of an item that are the evidence of its match, in order."""
    evidence = [each for match in matches(item, watchlist) for each in match.evidence]
    return [getattr(item, each.field)[each.start : each.end] for each in evidence]
