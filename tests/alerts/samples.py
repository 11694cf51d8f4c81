"""Alerts that the tests of this folder send: one in English and Chinese, and variations on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.alerts.alert import alert_of, source_of
from monitor.alerts.identity import alert_id
from monitor.model import Alert, AlertItem, Delivery, Evidence, Item, Match, Notice, Source, Story, Watchlist

NOW = datetime(2026, 7, 10, 6, 3, 5, tzinfo=UTC)

ITEM = Item(
    key="5f" * 16,
    feed="example-news",
    url="https://news.example/2026/07/otter?part=1&lang=en",
    title="Harbour Lab says its Otter model was distilled from Teal",
    summary="Two engineers told Example News that Otter learned from answers of Teal.",
    content=(
        "The lab denies it. “We never touched Teal,” said a spokesman! 报道称，水獭模型蒸馏了青鸭。更多内容见正文。 "
        "A hearing is set for Monday."
    ),
    source="Example News",
    author="Ann Writer",
    published_at=NOW - timedelta(minutes=3),
    seen_at=NOW - timedelta(seconds=2),
    language="en",
)

WATCHLIST = Watchlist(id="otter", name="Otter 水獭", terms=("Teal", "青鸭"), version="0a1b2c3d4e5f")
WHY = "“Teal” stands in the title, and “青鸭” in the text."


NOTICE = Notice(
    kind="feed-silent",
    subject="example-news",
    episode="2026-07-01T00:00:00+00:00",
    title="Feed example-news has gone silent: its newest item is of 2026-07-01",
    text="https://news.example/feed answers, but used to publish more often.",
    noticed_at=NOW,
)


def evidence(field: str, term: str, item: Item = ITEM) -> Evidence:
    """Return the evidence of the term's first occurrence in a field."""
    start = getattr(item, field).index(term)
    return Evidence(field, start, start + len(term), term)


def match_of(item: Item = ITEM, *found: Evidence) -> Match:
    """Return a match on this evidence."""
    return Match(WATCHLIST.id, WATCHLIST.version, found)


EVIDENCE = (
    evidence("title", "Teal"),
    evidence("summary", "Teal"),
    evidence("content", "Teal"),
    evidence("content", "青鸭"),
)


def an_alert(
    *, evidence: tuple[Evidence, ...] = EVIDENCE, why: str = WHY, name: str | None = None, **fields: Any
) -> Alert:
    """Return the sample's alert; `fields` replace those of its item."""
    watchlist = WATCHLIST if name is None else replace(WATCHLIST, name=name)
    item = replace(ITEM, **fields)
    return alert_of(match_of(item, *evidence), item, watchlist=watchlist, why=why, now=NOW)


def a_delivery(number: int = 1, *, body: str = "", recipient: str = "ann@example.org", channel: str = "c") -> Delivery:
    """Return the `number`-th of a row of deliveries."""
    return Delivery(
        id=f"dlv_{number:032d}",
        alert_id=f"alt_{number:032d}",
        watchlist_id="otter",
        channel_id=channel,
        recipient=recipient,
        body=body or f"Message-ID: <{number}@example.org>\r\nSubject: message {number}\r\n\r\nhello\r\n",
        created_at=NOW,
    )


CHINESE = replace(
    ITEM,
    key="c1" * 16,
    url="https://xinwen.example/2026/otter",
    title="港湾实验室称水獭模型由青鸭蒸馏而来",
    summary="两名工程师对本报说，水獭学的是青鸭的回答。实验室否认此事。",
    content="",
    source="示例新闻",
    published_at=NOW - timedelta(minutes=1),
    language="zh-Hans",
)
CHINESE_EVIDENCE = (evidence("title", "青鸭", CHINESE), evidence("summary", "青鸭", CHINESE))


def a_chinese_alert() -> Alert:
    """Return the alert of a story that a Chinese item opened."""
    return alert_of(match_of(CHINESE, *CHINESE_EVIDENCE), CHINESE, watchlist=WATCHLIST, why=WHY, now=NOW)


def a_story(**fields: Any) -> Story:
    """Return a story of seven reports, three of them copies, that the sample's item opened."""
    first = an_alert().stories[0]
    joined = [
        Source(f"Outlet {n}", ITEM.title, f"https://outlet{n}.example/otter", "en", NOW + timedelta(minutes=n), n < 4)
        for n in range(1, 6)
    ]
    story = replace(
        first,
        items=(AlertItem(CHINESE, CHINESE_EVIDENCE), *first.items),
        sources=(*first.sources, source_of(CHINESE), *joined),
        items_total=7,
        copies_total=3,
        sources_total=6,
        gathered=("by meaning alone", "names Harbour Lab, Teal", "same title"),
        severity="high",
        news=("now 6 sources", "new words: 青鸭"),
    )
    return replace(story, **fields)


def an_update(**fields: Any) -> Alert:
    """Return an update of the sample's story; `fields` replace those of the story."""
    created = an_alert()
    return replace(
        created,
        id=alert_id("otter", ITEM.key, "alert.updated", 1),
        type="alert.updated",
        stories=(a_story(**fields),),
        created_at=NOW + timedelta(hours=1),
    )


def a_digest(stories: int = 3, *, held: str = "daily digest", **fields: Any) -> Alert:
    """Return a digest of so many stories; `fields` replace those of each story's item."""
    made = [an_alert(**{**fields, "key": f"{n:032x}"}).stories[0] for n in range(stories - 1)]
    return replace(
        an_alert(),
        id=alert_id("otter", "digest", "digest.created", 1),
        type="digest.created",
        stories=(a_story(news=()), *made)[:stories],
        why="These stories matched since the last digest.",
        created_at=NOW + timedelta(hours=2),
        held=held,
    )
