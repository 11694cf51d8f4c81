"""What a poll found out about its feed that a person should know, in words. Pure.

A notice is made at every poll that could be the first to see it; its episode tells that it is the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.errors import FeedError, FetchError
from monitor.feeds.moves import STABLE_POLLS
from monitor.feeds.news import News
from monitor.model import (
    FEED_DEAD,
    FEED_FLOODED,
    FEED_MOVED,
    FEED_RETIRED,
    FEED_SILENT,
    Feed,
    FeedState,
    Notice,
)
from monitor.net.urls import host_of
from monitor.settings.secrets import masked_url

_GONE = 410


def is_gone(error: FeedError | None) -> bool:
    """Tell whether a publisher says that a feed is gone for good (RFC 9110, section 15.5.11)."""
    return isinstance(error, FetchError) and error.status == _GONE


def notices_of(
    feed: Feed,
    *,
    before: FeedState,
    after: FeedState,
    news: News | None,
    error: FeedError | None,
    ended: bool = False,
    now: datetime,
    dead_after: int,
) -> Iterator[Notice]:
    """Give the notices that one poll is worth; hardly ever any.

    `ended`: the document says that it is the last (JSON Feed 1.1, `expired`).
    """
    if error is not None:
        if is_gone(error) and not feed.is_route:
            yield _retired(feed, _time(before.succeeded_at), "answered 410, gone for good", now)
        elif after.failures == dead_after:
            yield _dead(feed, before, after, now)
        return
    if ended and not feed.is_route:
        yield _retired(feed, after.body_hash or _time(now), "says that it has ended (expired)", now)
    elif after.habits.silent and not before.habits.silent:
        yield _silent(feed, before, now)
    if news is not None and news.quarantined:
        yield _flooded(feed, after, news, now)
    if after.move is not None and after.move is not before.move and after.move.polls == STABLE_POLLS:
        yield _moved(feed, after.move.address, now)


def _retired(feed: Feed, episode: str, said: str, now: datetime) -> Notice:
    return Notice(
        *(FEED_RETIRED, feed.id, episode),
        title=f"Feed {feed.id} is retired: its publisher {said}",
        text=f"{_address(feed)} is not polled any more. Take the feed out of the settings, or give it a new address; "
        f"`news-monitor overrides undo {FEED_RETIRED}:{feed.id}` polls it again.",
        noticed_at=now,
    )


def _dead(feed: Feed, before: FeedState, after: FeedState, now: datetime) -> Notice:
    since = f"since {_day(before.succeeded_at)}" if before.succeeded_at else "and never succeeded"
    return Notice(
        *(FEED_DEAD, feed.id, _time(before.succeeded_at)),
        title=f"Feed {feed.id} has failed {after.failures} times in a row, {since}",
        text=f"{_address(feed)}: {after.last_error}. It is polled on, more and more rarely. Where it has moved, change "
        "its address in the settings; where it has ended, take it out.",
        noticed_at=now,
    )


def _silent(feed: Feed, before: FeedState, now: datetime) -> Notice:
    newest = before.habits.newest_at
    return Notice(
        *(FEED_SILENT, feed.id, _time(newest)),
        title=f"Feed {feed.id} has gone silent: its newest item is of {_day(newest)}",
        text=f"{_address(feed)} answers, but used to publish more often. See whether the publisher has moved its news "
        "to another feed.",
        noticed_at=now,
    )


def _flooded(feed: Feed, after: FeedState, news: News, now: datetime) -> Notice:
    return Notice(
        *(FEED_FLOODED, feed.id, after.body_hash or _time(now)),
        title=f"Feed {feed.id} lists old items as new: {news.quarantined} held back",
        text=f"Of what {_address(feed)} suddenly lists as new, {news.returned} entries are known under other ids and "
        f"{news.quarantined} are held back, most likely an archive that was listed anew. `news-monitor overrides undo "
        f"{FEED_FLOODED}:{feed.id}` lets through those that it still lists.",
        noticed_at=now,
    )


def _moved(feed: Feed, address: str, now: datetime) -> Notice:
    return Notice(
        *(FEED_MOVED, feed.id, address),
        title=f"Feed {feed.id} has moved for good to {_new_address(feed, address)}",
        text=f"{_address(feed)} redirected there permanently in {STABLE_POLLS} polls, and is not asked any more. "
        "Write the new address into the settings, under the same id; `news-monitor overrides undo "
        f"{FEED_MOVED}:{feed.id}` goes back to the old one.",
        noticed_at=now,
    )


def _address(feed: Feed) -> str:
    return feed.shown_url or masked_url(feed.url)


def _new_address(feed: Feed, address: str) -> str:
    """Show where a feed has moved; of one whose address is a secret as a whole, its host alone."""
    return masked_url(address) if masked_url(feed.url) == _address(feed) else host_of(address)


def _time(time: datetime | None) -> str:
    return time.isoformat() if time else "never"


def _day(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d}" if time else "long ago"
