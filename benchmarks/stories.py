"""Gathering matches against 1,000 open stories of one watchlist, in two languages: words alone, and with the encoder.

Items are made of the shipped table of names and of words out of the tests' pairs, so that stories share names, events
and figures as those of one subject do, and half of them are Chinese. Processor time of one core; numpy's threads are
held to one.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.figures import Figure
from monitor.model import Item, Watchlist
from monitor.stories.gather import OpenStories
from monitor.stories.lexicon import name_finder, shipped
from monitor.stories.meaning import nearness
from monitor.stories.profile import subject_of
from monitor.stories.traits import Traits, encode, traits_of

STORIES = 1_000
MATCHES = 500
WINDOW_S = 72 * 3600
_PAIRS = Path(__file__).parents[1] / "tests/data/pairs.jsonl"
_START = datetime(2026, 7, 15, tzinfo=UTC)
_NAMES = name_finder({})


async def run() -> list[Figure]:
    """Work out traits, then find the story of each match: with a stand-in for the encoder, and with the encoder."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    items = made_items(Random(7), STORIES + 2 * MATCHES)
    kept = [traits_of(item, _NAMES) for item in items[:STORIES]]
    first, second = items[STORIES : STORIES + MATCHES], items[STORIES + MATCHES :]
    stories = _opened(kept)
    asked: list[str] = []

    def stand_in(one: str, _other: str) -> float:
        asked.append(one)
        return 0.4

    words = _rate(lambda item: stories.find(traits_of(item, _NAMES), meaning=stand_in), first)
    nearness("read the", "weights first")
    whole = _rate(lambda item: stories.find(traits_of(item, _NAMES)), second)
    return [
        Figure("text of an item", sum(len(each.title) + len(each.summary) for each in items) / len(items), "chars"),
        Figure("traits of an item, kept", sum(len(encode(each)) for each in kept) / STORIES, "bytes"),
        Figure("traits alone", _rate(lambda item: traits_of(item, _NAMES), first), "items/s", 3_000, "at least"),
        Figure("gathered by words alone", words, "/s"),
        Figure("titles compared by the encoder, of 100 matches", 100 * len(asked) / MATCHES, ""),
        Figure("gathered, with the encoder", whole, "/s", 500, "at least"),
    ]


def _opened(kept: Sequence[Traits]) -> OpenStories:
    stories = OpenStories(subject_of(Watchlist("openai", "OpenAI"), _NAMES), window_s=WINDOW_S)
    for number, traits in enumerate(kept):
        stories.add(str(number), traits)
    return stories


def _rate(work: Callable[[Item], object], items: Sequence[Item]) -> float:
    started = time.process_time()
    for item in items:
        work(item)
    return len(items) / (time.process_time() - started)


def made_items(random: Random, count: int) -> list[Item]:
    """Make items in both languages on one subject: two names, words out of the pairs' titles, and a summary."""
    titles = [line[side]["title"] for line in map(json.loads, _PAIRS.open(encoding="utf-8")) for side in "ab"]
    names = [row.aliases for row in shipped("names") if len(row.aliases) > 1]
    english = [word for title in titles if title.isascii() for word in title.split()]
    chinese = [title[at : at + 3] for title in titles if not title.isascii() for at in range(0, len(title), 3)]
    return [_item(random, number, chinese if number % 2 else english, names) for number in range(count)]


def _item(random: Random, number: int, words: Sequence[str], names: Sequence[tuple[str, ...]]) -> Item:
    is_chinese = number % 2 == 1
    said = " ".join(aliases[-1 if is_chinese else 0] for aliases in random.sample(names, 2))
    title, more = ((" ", "")[is_chinese].join(random.choices(words, k=k)) for k in (8, 20))
    at = _START + timedelta(minutes=number)
    return Item(
        key=str(number),
        feed="feed",
        url=f"https://news.example/{number}",
        title=f"OpenAI {said} {title}",
        summary=f"{more} {random.randint(2, 99)}%",
        content="",
        source="",
        author="",
        published_at=at,
        seen_at=at,
        language="zh" if is_chinese else "en",
    )
