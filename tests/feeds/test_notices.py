"""What a notice says, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from monitor.errors import FetchError
from monitor.feeds.news import News
from monitor.feeds.notices import notices_of
from monitor.model import Feed, FeedState, Habits, Move, Notice
from tests.feeds.made import FEED, NOW, URL

NEW = "https://new.example/feed?token=0123456789abcdef0123456789abcdef"
SECRET = replace(FEED, url="https://feeds.example/9f8e7d6c5b4a39281706f5e4d3c2b1a0", shown_url="address of harbour")


def every(feed: Feed) -> Iterator[Notice]:
    """Give every kind of notice that a feed can be worth."""
    before = FeedState(url=URL, succeeded_at=NOW, habits=Habits(newest_at=NOW))
    silent = replace(before, habits=Habits(silent=True), move=Move(feed.url, NEW, 3, NEW))
    common = {"now": NOW, "dead_after": 3}
    yield from notices_of(feed, before=before, after=silent, news=News(quarantined=5), error=None, **common)  # type: ignore[arg-type]  # a literal
    for failures, status in ((3, 500), (1, 410)):
        error = FetchError(feed.shown_url, f"answered {status}", phase="status", status=status)
        after = replace(before, failures=failures, last_error=f"fetch: answered {status}")
        yield from notices_of(feed, before=before, after=after, news=None, error=error, **common)  # type: ignore[arg-type]  # a literal
    yield from notices_of(feed, before=before, after=before, news=None, error=None, ended=True, **common)  # type: ignore[arg-type]  # a literal


KINDS = ["feed-silent", "feed-flooded", "feed-moved", "feed-dead", "feed-retired", "feed-retired"]


def test_each_names_its_feed_and_what_can_be_done() -> None:
    found = list(every(FEED))
    assert [notice.kind for notice in found] == KINDS
    for notice in found:
        assert notice.subject == FEED.id
        assert notice.title.startswith(f"Feed {FEED.id} ")
        assert URL in notice.text
        if notice.kind in ("feed-flooded", "feed-moved", "feed-retired"):
            assert f"`news-monitor overrides undo {notice.kind}:{FEED.id}`" in notice.text


@pytest.mark.parametrize("feed", [FEED, SECRET], ids=["open", "secret"])
def test_none_tells_a_secret(feed: Feed) -> None:
    told = "\n".join(f"{notice.title}\n{notice.text}" for notice in every(feed))
    assert "0123456789abcdef" not in told
    assert "9f8e7d6c" not in told
    assert "new.example" in told
    assert ("/feed" in told) == (feed is FEED), "of a feed whose address is a secret, the host alone"


def test_the_episode_is_the_same_at_every_look() -> None:
    assert [notice.episode for notice in every(FEED)] == [notice.episode for notice in every(FEED)]
