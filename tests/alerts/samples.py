"""Alerts that the tests of this folder send: one in English and Chinese, and variations on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.alerts.alert import alert_of
from monitor.model import Alert, Delivery, Evidence, Item, Match, Notice, Watchlist

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
