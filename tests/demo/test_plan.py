"""What the demonstration expects is what the service's own parts say: samples parse, and expectations hold."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from monitor.demo.plan import FIRST_S, Publication, load_plan, old_news, times
from monitor.demo.samples import Sample, load_samples
from monitor.demo.world import SECRET_ENV, settings_text
from monitor.feeds.reading.document import parse_document
from monitor.feeds.reading.entries import Origin, ParsedFeed, ParseTask
from monitor.model import Item, Watchlist
from monitor.settings.load import load
from monitor.watchlists.compile import Compiled, compile_watchlists
from monitor.watchlists.match import find_matches

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SAMPLES = load_samples()
PLAN = load_plan(SAMPLES)


def parsed(sample: Sample, document: bytes) -> ParsedFeed:
    origin = Origin(
        feed_id=sample.id, feed_name=None, feed_language=None, url=f"https://127.0.0.1/{sample.id}", seen_at=NOW
    )
    return parse_document(ParseTask(origin, content_type=sample.content_type, body=document, max_entries=100))


@cache
def items() -> dict[tuple[str, str], Item]:
    """Every article of every sample as the service reads it, by feed and title."""
    return {
        (sample.id, entry.item.title): entry.item
        for sample in SAMPLES.values()
        for entry in parsed(sample, sample.document(dict.fromkeys(sample.articles, NOW))).entries
    }


def item_of(publication: Publication) -> Item:
    return items()[publication.feed, publication.title]


def watchlists() -> list[Watchlist]:
    text = settings_text(feeds_url="http://127.0.0.1:1", smtp_port=1, hook_url="http://127.0.0.1:1/hook")
    entries = tomllib.loads(text)["watchlists"]
    return [
        Watchlist(
            id=entry["id"],
            name=entry["name"],
            terms=tuple(entry["terms"]),
            context=tuple(entry.get("context", ())),
            exclude=tuple(entry.get("exclude", ())),
        )
        for entry in entries
    ]


@cache
def compiled() -> Compiled:
    return compile_watchlists(watchlists())


def matched(item: Item) -> set[str]:
    return {match.watchlist for match in find_matches(item, compiled())}


#: What matches and stays silent all the same, as it joins a story that was told.
JOINS = {"qianwen-again": {"qwen-distillation"}}


@pytest.mark.parametrize("publication", PLAN, ids=lambda publication: publication.entry)
def test_the_watchlists_say_of_each_item_what_the_plan_expects(publication: Publication) -> None:
    told_before = {earlier.url: set(earlier.alerts) for earlier in PLAN[: PLAN.index(publication)]}
    expected = set(publication.alerts) or told_before.get(publication.url, JOINS.get(publication.entry, set()))
    assert matched(item_of(publication)) == expected


def test_the_old_news_would_match_so_that_only_its_age_keeps_it_silent() -> None:
    for sample in SAMPLES.values():
        (old,) = old_news(sample, PLAN)[:1] or [None]
        if old is not None:
            assert matched(items()[sample.id, sample.articles[old].title])
    assert sum(len(old_news(sample, PLAN)) for sample in SAMPLES.values()) == 3


def test_every_publication_says_either_what_must_alert_or_why_nothing_must() -> None:
    known = {watchlist.id for watchlist in watchlists()}
    assert [p.entry for p in PLAN if bool(p.alerts) == bool(p.silent)] == []
    assert {id_ for p in PLAN for id_ in p.alerts} == known
    assert len({(p.feed, p.entry) for p in PLAN}) == len(PLAN)


def test_two_articles_come_a_second_time_in_another_feed_under_one_item_key() -> None:
    urls = [p.url for p in PLAN]
    twice = [p for p in PLAN if urls.count(p.url) > 1]
    assert len(twice) == 4
    assert len({item_of(p).key for p in twice}) == 2
    assert all("utm_" in SAMPLES[p.feed].articles[p.entry].url for p in twice if not p.alerts)


@pytest.mark.parametrize(
    ("feed", "form", "start", "title"),
    [
        ("ai-wire", "RSS 2.0", b"<?xml", "Avocado harvest in Michoacán beats forecasts, prices fall"),
        ("keji", "RSS 2.0 in GBK", "示例科技报".encode("gbk"), "汪滔：Meta超级智能团队明年人数翻倍"),
        ("lab-notes", "Atom", b"<?xml", "研究者：Meta 新模型疑似蒸餾千問"),
        ("model-watch", "JSON Feed", b"{", "代号“Ａｖｏｃａｄｏ”：Meta下一代模型进入内测"),
    ],
)
def test_each_sample_is_a_feed_of_its_form_that_the_service_reads(feed, form, start, title) -> None:
    sample = SAMPLES[feed]
    document = sample.document({})
    assert start in document
    assert sample.form == form
    assert (feed, title) in items()
    assert len([key for key in items() if key[0] == feed]) == len(sample.articles)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=lambda sample: sample.id)
def test_a_document_lists_just_what_has_been_published_with_its_date(sample: Sample) -> None:
    first, second = list(sample.articles)[:2]
    document = sample.document({second: NOW})
    (entry,) = parsed(sample, document).entries
    assert entry.item.title == sample.articles[second].title
    assert (entry.item.published_at, entry.item.undated) == (NOW, False)
    assert len(parsed(sample, sample.document({first: NOW, second: NOW})).entries) == 2


@pytest.mark.parametrize("seconds", [5.0, 12.0, 60.0, 600.0])
def test_publications_start_soon_keep_their_distance_and_leave_time_for_the_last_alerts(seconds: float) -> None:
    at = times(len(PLAN), seconds=seconds)
    assert at[0] == FIRST_S
    assert at == sorted(at)
    assert seconds / 4 < seconds - at[-1] or seconds - at[-1] >= 6
    assert at[-1] > seconds / 2


def test_the_settings_are_valid_in_the_ordinary_form(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(settings_text(feeds_url="http://127.0.0.1:1", smtp_port=25, hook_url="http://127.0.0.1:1/hook"))
    settings = load(path, environ={SECRET_ENV: "whsec_YQ=="}).settings
    assert settings.polling.min_interval == 0.5  # as the summary says
    assert {feed.id for feed in settings.feeds} == set(SAMPLES)
    assert {channel.type for channel in settings.channels} == {"email", "webhook", "mailbox"}
