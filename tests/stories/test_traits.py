"""Traits: names, words and events of an item, alike in both scripts, and kept with a version."""

from __future__ import annotations

import time
from dataclasses import replace

import msgspec
import pytest

from monitor.stories.lexicon import name_finder
from monitor.stories.traits import VERSION, Text, decode, encode, text_of, tokens_of, traits_of
from monitor.text.normal import normalised
from tests.stories.made import NAMES, an_item, traits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("谷歌与英偉達合作", {"@google", "@nvidia"}),
        ("Google and Nvidia", {"@google", "@nvidia"}),
        ("Googled it", set()),
        ("发布Qwen3模型", {"@qwen"}),
        ("US sues Apple", {"@united states", "@apple"}),
        ("tell us who", set()),
        ("MIT professor submits", {"@mit"}),
        ("通义千问", {"@qwen"}),
    ],
)
def test_names_stand_for_one_thing_in_both_languages(text: str, expected: set[str]) -> None:
    assert set(text_of(text, NAMES).names) == expected


def test_traditional_and_simplified_are_the_same_text() -> None:
    one, other = traits("台積電宣佈在亞利桑那擴產"), traits("台积电宣佈在亚利桑那扩产")
    assert one.title == other.title
    assert one.of_title == other.of_title


def test_aliases_of_an_entity_are_one_name() -> None:
    names = name_finder({"zuck": ["Zuckerberg", "祖克柏"], "borealis": ["Borealis Dynamics", "北极光动力"]})
    assert set(text_of("祖克柏", names).names) == {"@mark zuckerberg"}
    assert text_of("北极光动力", names).names == text_of("Borealis Dynamics", names).names == ("@borealis",)


def test_a_list_of_rivals_or_of_common_words_is_no_name() -> None:
    names = name_finder({"rivals": ["OpenAI", "Anthropic"], "hiring": ["hire", "joins", "加入"]})
    assert set(text_of("OpenAI, not Anthropic", names).names) == {"@openai", "@anthropic"}
    assert text_of("he joins us", names).names == ()


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Coinbase lays off 14%", "Coinbase裁员14%"),
        ("sues over patents", "起诉侵犯专利"),
        ("acquires a startup", "收购初创公司"),
    ],
)
def test_events_are_the_same_in_both_languages(english: str, chinese: str) -> None:
    assert set(text_of(english, NAMES).events) & set(text_of(chinese, NAMES).events)


@pytest.mark.parametrize(
    "title",
    ["Chips rise", "Chips rise - Example News", "Chips rise (Ann Lee/Example Post)", "Chips rise | Example"],
)
def test_an_outlets_name_behind_a_title_does_not_count(title: str) -> None:
    assert traits(title).title == "chips rise"


@pytest.mark.parametrize(
    "title",
    ["Show HN: Chips rise", "[Python] Chips rise", "Opinion | Chips rise", "【快讯】Chips rise", "前线｜Chips rise"],
)
def test_a_kicker_before_a_title_does_not_count(title: str) -> None:
    assert traits(title).title == "chips rise"


@pytest.mark.parametrize(
    "title", ["[Python]", "Why HN: is down", "A long kicker that tells much | Chips rise and fall"]
)
def test_what_is_no_kicker_counts(title: str) -> None:
    assert traits(title).written.startswith(title[:6])


def test_an_address_that_other_items_have_joins_nothing() -> None:
    shared = replace(an_item("News at 7"), url="https://radio.example/latest-news-of-the-hour.mp3", shares_url=True)
    made = traits_of(shared, NAMES)
    assert (made.url, made.of_address) == ("", Text())


def test_an_address_carries_the_originals_words() -> None:
    made = traits("视频", url="https://example.org/2026/07/15/uber-agrees-to-buy-delivery-hero.html?x=1")
    assert {"@uber", "@delivery hero", "buy"} <= tokens_of(made.of_address)


def test_traits_are_kept_whole_and_small() -> None:
    made = traits("Meta pays $14.3B for 49% of Scale AI", "The deal values the startup at $29 billion.")
    assert decode(encode(made)) == made
    assert len(encode(made)) < 600


def test_what_another_version_wrote_is_worked_out_anew() -> None:
    newer = msgspec.structs.replace(traits("Title"), version=VERSION + 1)
    assert decode(encode(newer)) is None
    assert decode(b"\x93broken") is None


def test_normalised_text_keeps_blanks_and_evens_out_the_rest() -> None:
    assert normalised("ＡＩ 晶片—“Ｘ” it’s 臺灣") == "ai 晶片\u2014“x” it's 台湾"


@pytest.mark.parametrize("piece", [" ", "1,", "a - ", "(", "第一", "1 ", "may ", "a1", "$"])
def test_a_hostile_title_takes_time_in_proportion(piece: str) -> None:
    once, tenfold = (_spent_s(piece * count) for count in (2_000, 20_000))
    assert tenfold < 60 * max(once, 0.002)


def _spent_s(title: str) -> float:
    started = time.process_time()
    traits(title)
    return time.process_time() - started
