"""Settings survive the way through Redis whole, and a small change is a small part."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.settings.channels import MailboxChannel, WebhookChannel
from monitor.settings.schema import (
    ExampleSettings,
    FeedSettings,
    SearchFeedSettings,
    Settings,
    WatchlistSettings,
    WebSettings,
)
from monitor.settings.snapshot import Snapshot, from_parts, is_wanted, sections_of, to_parts

ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
texts = st.text(min_size=1).map(str.strip).filter(bool)
#: An alias names no other entity.
aliases = texts.filter(lambda text: not text.startswith("@"))
feeds = st.builds(
    FeedSettings,
    id=ids,
    url=st.just("https://a.example/"),
    name=st.none() | texts,
    enabled=st.booleans(),
    min_interval=st.none() | st.floats(0.001, 1e6),
    headers=st.dictionaries(st.sampled_from(["Accept", "X-A"]), st.sampled_from(["1", "例"])),
    secret_headers=st.just(()) | st.just(({"name": "X-B", "value_env": "B"},)),
)
examples = st.builds(ExampleSettings, match=st.lists(texts).map(tuple), no_match=st.lists(texts).map(tuple))
watchlists = st.builds(
    WatchlistSettings,
    id=ids,
    terms=st.lists(texts, min_size=1).map(tuple),
    exclude=st.lists(texts).map(tuple),
    examples=examples,
    search=st.sampled_from([(), ("arxiv", "mine")]),
) | st.builds(WatchlistSettings, id=ids, query=texts, examples=examples)
channels = st.sampled_from(
    [(), (MailboxChannel(id="m", type="mailbox", path="p"), WebhookChannel(id="w", type="webhook", url_env="W"))]
)
anything = st.builds(
    Settings,
    entities=st.dictionaries(st.sampled_from(["meta", "扎克伯格"]), st.lists(aliases, min_size=1).map(tuple)),
    redis=st.sampled_from([{}, {"prefix": "b:", "keep_bytes": "3MB"}]),
    include=st.sampled_from([(), ("a.jsonl",)]),
    search_feeds=st.sampled_from([(), (SearchFeedSettings(id="mine", url="https://a.example/{query}", or_word=""),)]),
    feeds=st.lists(feeds, unique_by=lambda feed: feed.id).map(tuple),
    channels=channels,
    watchlists=st.lists(watchlists, unique_by=lambda watchlist: watchlist.id).map(tuple),
)


def by_id(given: Settings) -> Settings:
    """Return the settings with their bulk in a known order, which a snapshot does not keep."""
    bulk = {name: tuple(sorted(getattr(given, name), key=lambda entry: entry.id)) for name in ("feeds", "watchlists")}
    return given.model_copy(update=bulk)


@given(anything)
@settings(max_examples=60, deadline=None)
def test_what_comes_back_is_what_was_given(given: Settings) -> None:
    assert by_id(from_parts(to_parts(given))) == by_id(given)


@given(anything)
@settings(max_examples=40, deadline=None)
def test_equal_settings_give_equal_parts_in_any_order(given: Settings) -> None:
    shuffled = given.model_copy(update={"watchlists": given.watchlists[::-1], "feeds": given.feeds[::-1]})
    assert to_parts(shuffled) == to_parts(given)
    assert to_parts(from_parts(to_parts(given))) == to_parts(given)


@given(anything, anything)
@settings(max_examples=40, deadline=None)
def test_reusing_another_snapshot_changes_nothing_but_the_work(old: Settings, new: Settings) -> None:
    previous = Snapshot(old, to_parts(old))
    assert to_parts(new, previous=previous) == to_parts(new)
    assert from_parts(to_parts(new), previous=previous) == from_parts(to_parts(new))


def bulk(count: int, changed: int = -1) -> Settings:
    return Settings(
        watchlists=tuple(
            WatchlistSettings(id=f"w{n}", terms=(f"term {n}{'!' * (n == changed)}",)) for n in range(count)
        )
    )


def test_one_changed_watchlist_changes_one_part_and_the_rest_is_kept() -> None:
    old = to_parts(bulk(2_000))
    new = to_parts(bulk(2_000, changed=7))
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    assert len(changed) == 1
    assert len(old) > 200
    before = from_parts(old)
    after = from_parts(new, previous=Snapshot(before, old))
    fresh = [entry for entry, kept in zip(after.watchlists, before.watchlists, strict=True) if entry is not kept]
    assert "w7" in {entry.id for entry in fresh}
    assert len(fresh) < 30


def test_a_changed_entity_changes_the_core_alone() -> None:
    old, new = (bulk(2_000).model_copy(update={"entities": {"meta": names}}) for names in (("Meta",), ("Meta", "FB")))
    before, after = to_parts(old), to_parts(new)
    assert {name for name in after if after[name] != before[name]} == {"core"}
    assert from_parts(after, previous=Snapshot(old, before)).entities == {"meta": ("Meta", "FB")}


def test_who_needs_no_watchlists_reads_none() -> None:
    feed = FeedSettings(id="wire", url="https://a.example/")
    parts = to_parts(bulk(2_000).model_copy(update={"feeds": (feed,)}))
    wanted = {name: part for name, part in parts.items() if is_wanted(name, ("feeds",))}
    assert len(wanted) == 3
    read = from_parts(wanted)
    assert (read.feeds, read.watchlists) == ((feed,), ())


def test_what_the_version_before_wrote_is_read() -> None:
    parts = {name: part.replace(b"settings 4 ", b"settings 3 ", 1) for name, part in to_parts(bulk(3)).items()}
    assert len(from_parts(parts).watchlists) == 3


def test_the_sections_can_be_read_alone() -> None:
    settings = bulk(3).model_copy(update={"web": WebSettings(public_url="https://news.example/in")})
    assert sections_of(to_parts(settings)["core"]) == settings.model_copy(
        update={"feeds": (), "channels": (), "watchlists": ()}
    )
    with pytest.raises(StoreError, match="newer than 4"):
        sections_of(to_parts(settings)["core"].replace(b"settings 4 ", b"settings 5 ", 1))


def test_a_part_of_a_newer_schema_is_left_for_an_upgraded_worker() -> None:
    parts = dict(to_parts(bulk(3)))
    name = next(name for name in parts if name.startswith("watchlists/"))
    parts[name] = parts[name].replace(b"settings 4 ", b"settings 5 ")
    with pytest.raises(StoreError, match="schema 5 is newer than 4") as refusal:
        from_parts(parts)
    assert refusal.value.temporary


@pytest.mark.parametrize(
    "part", [b"", b"settings x json\n{}", b"other 1 json\n{}", b"settings 1 json\n{", b"settings 1 zlib\n{}"]
)
def test_a_part_that_cannot_be_read_is_named(part: bytes) -> None:
    with pytest.raises(StoreError, match="part channels") as refusal:
        from_parts({**to_parts(Settings()), "channels": part})
    assert not refusal.value.temporary


def test_a_snapshot_without_its_core_is_refused() -> None:
    with pytest.raises(StoreError, match="not complete"):
        from_parts({"channels": to_parts(Settings())["channels"]})
