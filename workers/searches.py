"""The feeds that watchlists bring: what they ask search engines for, as feeds like any others.

They join the feeds of the settings when these are published, so that no worker but the keeper sees a difference. A
search feed is named for its watchlist, engine and number, so that what is known of it outlives an edit of the words; no
feed that somebody writes can have such an id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from monitor.settings.schema import FeedSettings, SearchFeedSettings, Settings, WatchlistSettings
from monitor.settings.search_engines import search_engines
from monitor.settings.secrets import masked_url
from monitor.watchlists.definition import query_of
from monitor.watchlists.questions import Questions, Syntax, questions_of
from monitor.watchlists.search import asks_of
from workers.wiring import QUERY, unversioned


@dataclass(frozen=True, slots=True)
class SearchFeed:
    """A feed that a watchlist brings."""

    feed: FeedSettings
    #: Id of the watchlist.
    watchlist: str
    #: Its address, with what is secret in the engine's as "***".
    shown: str


def with_search_feeds(settings: Settings) -> Settings:
    """Return settings with the feeds that their watchlists bring. Raises WatchlistError as `search_feeds_of` does."""
    found = tuple(each.feed for each in search_feeds_of(settings))
    return settings.model_copy(update={"feeds": (*settings.feeds, *found)}) if found else settings


def search_feeds_of(settings: Settings) -> Iterator[SearchFeed]:
    """Yield the search feeds of the watchlists that are switched on.

    Raises WatchlistError where a query of theirs cannot be read.
    """
    for watchlist, engine, questions in _questions(settings):
        for number, question in enumerate(questions.asked, start=1):
            yield _search_feed(watchlist, engine, number, question)


def left_out(settings: Settings) -> Iterator[str]:
    """Yield, one line each, for which words a search engine is not asked, since they are too many or too long."""
    for watchlist, engine, questions in _questions(settings):
        if questions.left_out:
            words = ", ".join(questions.left_out[:5]) + (", …" if len(questions.left_out) > 5 else "")
            yield (
                f"watchlist {watchlist.id}: {engine.id} is not asked for {words}: "
                f"max_feeds is {engine.max_feeds}, max_length {engine.max_length}, max_words {engine.max_words}"
            )


def _questions(settings: Settings) -> Iterator[tuple[WatchlistSettings, SearchFeedSettings, Questions]]:
    engines = search_engines(settings.search_feeds)
    for watchlist in settings.watchlists:
        if watchlist.search and watchlist.enabled:
            asks = asks_of(query_of(unversioned(watchlist, settings.entities)), name=watchlist.name or watchlist.id)
            for name in dict.fromkeys(watchlist.search):
                yield watchlist, engines[name], questions_of(asks, _syntax(engines[name]))


def _syntax(engine: SearchFeedSettings) -> Syntax:
    return Syntax(
        or_word=engine.or_word,
        and_word=engine.and_word,
        quote=engine.quote,
        field=engine.field,
        max_length=engine.max_length,
        max_words=engine.max_words,
        max_questions=engine.max_feeds,
    )


def _search_feed(watchlist: WatchlistSettings, engine: SearchFeedSettings, number: int, question: str) -> SearchFeed:
    asked = quote(question, safe="")
    feed = FeedSettings(
        id=f"search:{watchlist.id}:{engine.id}:{number}",
        url=engine.url.replace(QUERY, asked) if engine.url else None,
        url_env=engine.url_env,
        url_file=engine.url_file,
        # A secret address is put together where it is asked, lest it be published.
        question=None if engine.url else question,
        name=engine.name,
        min_interval=engine.min_interval,
        language=engine.language,
    )
    return SearchFeed(feed, watchlist.id, _shown(engine, asked))


def _shown(engine: SearchFeedSettings, asked: str) -> str:
    if engine.url:
        return masked_url(engine.url).replace(QUERY, asked)
    return f"(variable {engine.url_env}) {asked}" if engine.url_env else f"(file {engine.url_file}) {asked}"
