"""Each sample document becomes what stands in the .expected.json beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.feed_document import as_document
from monitor.errors import ParseError
from monitor.feeds.reading import document
from monitor.feeds.reading.document import parse_document
from tests.feeds.made import SAMPLES, task

INPUTS = sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(".expected.json"))


def read(path: Path) -> dict[str, Any]:
    """Read a sample as `news-monitor feeds parse --json` shows it."""
    content_type = "application/feed+json" if path.suffix == ".json" else "text/xml"
    url = f"https://feeds.example/{path.name}"
    try:
        parsed = parse_document(replace(task(path.read_bytes(), content_type, url=url), with_html=True))
    except ParseError as error:
        return {"error": error.cause}
    return as_document(parsed, url)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_a_sample_becomes_what_stands_beside_it(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
    assert read(path) == expected


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_feedparser_reads_the_same_as_the_quick_reader(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_is = read(path)
    monkeypatch.setattr(document, "read_quickly", lambda *_, **__: None)
    assert read(path) == as_it_is


def test_the_same_article_in_four_encodings_is_one_article() -> None:
    names = ("gbk-declared-gb2312.xml", "gb18030-declared-utf8.xml", "utf8-declared-gbk.xml", "utf16.xml")
    assert len({json.dumps(read(SAMPLES / name)["items"]) for name in names}) == 1
