"""The examples of a watchlist, titles of which its author knows the verdict, to those that come out otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.model import Item, Watchlist
from monitor.text.language import language_of
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.explain import explain
from monitor.watchlists.match import find_matches

#: No verdict asks when an item was published.
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Broken:
    """An example that does not hold."""

    #: The list that it stands in, "match" or "no_match", and its number there, from 0.
    kind: str
    number: int
    title: str
    #: What follows its title in a sentence: "does not match: ...".
    reason: str


def broken_examples(watchlist: Watchlist, *, match: Sequence[str], no_match: Sequence[str]) -> list[Broken]:
    """Return the examples that come out otherwise than their list says.

    Raises WatchlistError where the watchlist does not compile.
    """
    if not (match or no_match):
        return []
    return list(_broken(watchlist, {"match": match, "no_match": no_match}))


def _broken(watchlist: Watchlist, examples: Mapping[str, Sequence[str]]) -> Iterator[Broken]:
    compiled = compile_watchlists([watchlist])
    for kind, titles in examples.items():
        for number, title in enumerate(titles):
            item = example_item(title)
            if bool(find_matches(item, compiled)) != (kind == "match"):
                yield Broken(kind, number, title, _reason(item, watchlist))


def _reason(item: Item, watchlist: Watchlist) -> str:
    explanation = explain(item, watchlist)
    told = " ".join(explanation.lines)
    return told.removeprefix("It ") if explanation.matched else f"does not match: {told}"


def example_item(title: str) -> Item:
    """Make an item that has nothing but a title."""
    return Item(
        key="example",
        feed="",
        url="",
        title=title,
        summary="",
        content="",
        source="",
        author="",
        published_at=_SOME_DAY,
        seen_at=_SOME_DAY,
        language=language_of(title, None),
    )
