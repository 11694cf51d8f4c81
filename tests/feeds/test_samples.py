"""Each sample document becomes what stands in the .expected.json beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.feeds import document
from monitor.feeds.document import parse_document
from monitor.feeds.entries import ParsedFeed
from tests.feeds.made import SAMPLES, task

INPUTS = sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(".expected.json"))


def read(path: Path) -> ParsedFeed:
    content_type = "application/feed+json" if path.suffix == ".json" else "text/xml"
    return parse_document(task(path.read_bytes(), content_type, url=f"https://feeds.example/{path.name}"))


def plain(feed: ParsedFeed) -> Any:
    """Bring a feed to the form of the expected files, which leave out what is the same for every entry, or no text."""
    built = msgspec.to_builtins(feed)
    del built["wishes"]
    for entry in built["entries"]:
        del entry["content_hash"], entry["item"]["feed"], entry["item"]["seen_at"], entry["item"]["is_update"]
    return json.loads(json.dumps(built))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_a_sample_becomes_what_stands_beside_it(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    assert plain(read(path)) == expected


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_feedparser_reads_the_same_as_the_quick_reader(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_is = plain(read(path))
    monkeypatch.setattr(document, "read_quickly", lambda *_, **__: None)
    assert plain(read(path)) == as_it_is


def test_the_same_article_in_four_encodings_is_one_article() -> None:
    names = ("gbk-declared-gb2312.xml", "gb18030-declared-utf8.xml", "utf8-declared-gbk.xml", "utf16.xml")
    assert len({read(SAMPLES / name).entries for name in names}) == 1
