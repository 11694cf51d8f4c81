"""An address that somebody wants to add -> the feed that it is, the feeds that the page there offers, or why neither.

Looks just as the poller would: the same client, the same limits, the same parser. Stores nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.errors import FetchError, ParseError
from monitor.feeds.discover import FoundFeed, offered_feeds
from monitor.feeds.fetch import fetch_anew
from monitor.feeds.reading.parser_pool import ParserPool
from monitor.model import Feed
from monitor.net.client import Client
from monitor.net.urls import absolute_url
from monitor.settings.schema import Settings
from workers.kit import Kit
from workers.wiring import Place

#: Where sites keep a feed that no page of theirs names.
_USUAL_PLACES = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/rss")


@dataclass(frozen=True, slots=True)
class Look:
    """What stands at an address."""

    is_feed: bool = False
    #: What the page there offers.
    feeds: tuple[FoundFeed, ...] = ()
    #: Why nothing can be said, where it cannot be fetched.
    unreachable: str = ""
    #: Why it is no feed.
    refused: str = ""


async def look(url: str, settings: Settings, place: Place) -> Look:
    """Look what stands at an address; where a page names no feed, at the usual places of its site too."""
    kit = Kit.of(settings, place, old=None)
    async with kit.client as client, kit.parsers as parsers:
        try:
            document = await fetch_anew(client, url, now=datetime.now(UTC))
        except FetchError as error:
            return Look(unreachable=error.cause)
        try:
            await parsers.parse(document, _feed(url), now=datetime.now(UTC))
        except ParseError as error:
            feeds = offered_feeds(document) or await _in_usual_places(document.url, client, parsers)
            return Look(feeds=feeds, refused=error.cause)
        return Look(is_feed=True)


async def _in_usual_places(url: str, client: Client, parsers: ParserPool) -> tuple[FoundFeed, ...]:
    """Give the first feed that stands where many sites have theirs."""
    for path in _USUAL_PLACES:
        guess = absolute_url(path, url)
        try:
            document = await fetch_anew(client, guess, now=datetime.now(UTC))
            parsed = await parsers.parse(document, _feed(guess), now=datetime.now(UTC))
        except (FetchError, ParseError):
            continue
        return (FoundFeed(guess, parsed.title, "feed"),)
    return ()


def _feed(url: str) -> Feed:
    return Feed("new", url)
