"""`news-monitor match` and `explain`: items in files and on stdin, evidence, and lines that are no items."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.items import read_item
from monitor.cli.main import app

TEXT = """
[[watchlists]]
id = "otter"
query = "Otter OR 水獭"

[[watchlists]]
id = "zh"
query = "lang:zh AND 模型"

[[watchlists]]
id = "off"
query = "model"
enabled = false
"""
ITEMS = (
    '{"id": "a", "title": "<b>Ot</b>ter &amp; model", "summary": null, "lang": "en", "published_at": "yesterday"}\n'
    '{"id": 7, "title": "水獭模型发布", "kind": "x", "labels": 3}\n'
    '{"id": "c", "title": "nothing"}\n'
)

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Path, tmp_path: Path) -> Run:
    (tmp_path / "items.jsonl").write_text(ITEMS, "utf-8")
    (tmp_path / "items.jsonl.gz").write_bytes(gzip.compress(ITEMS.encode()))

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, catch_exceptions=False)

    return invoke


LINES = 'a  otter  title[0:5] "Otter"\n7  otter  title[0:2] "水獭"\n7  zh  title[2:4] "模型"\n'


@pytest.mark.parametrize("file", ["items.jsonl", "items.jsonl.gz", "-"])
def test_each_match_is_a_line_with_its_evidence(run: Run, file: str) -> None:
    result = run("match", "--items", file, stdin=ITEMS if file == "-" else None)
    assert (result.exit_code, result.stdout, result.stderr) == (0, LINES, "")


def test_each_match_is_an_object_for_programs(run: Run) -> None:
    records = [json.loads(line) for line in run("match", "--items", "items.jsonl", "--json").stdout.splitlines()]
    version = records[0].pop("version")
    assert len(version) == 12
    assert records[0] == {
        "id": "a",
        "watchlist": "otter",
        "evidence": [{"field": "title", "start": 0, "end": 5, "term": "Otter", "text": "Otter"}],
    }
    assert [(record["id"], record["watchlist"]) for record in records] == [("a", "otter"), ("7", "otter"), ("7", "zh")]


def test_one_watchlist_alone_can_be_asked_also_one_that_is_switched_off(run: Run) -> None:
    assert run("match", "--items", "items.jsonl", "-w", "off").stdout == 'a  off  title[8:13] "model"\n'


BAD_LINES = [
    ("{", "not JSON: Input data was truncated"),
    ("[]", "not an item: expected `object`, got `array`"),
    ('{"title": "Otter"}', "not an item: object missing required field `id`"),
    ('{"id": "x", "title": ["Otter"]}', "not an item: expected `str | null`, got `array` - at `$.title`"),
    ('{"id": true}', "not an item: expected `int | str`, got `bool` - at `$.id`"),
    ('{"id": "x"} {"id": "y"}', "not JSON: JSON is malformed: trailing characters (byte 13)"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_line_that_is_no_item_is_named_and_costs_no_other(run: Run, line: str, reason: str) -> None:
    result = run("match", "--items", "-", stdin=f"\n{line}\n{ITEMS}")
    assert (result.exit_code, result.stdout) == (1, LINES)
    assert result.stderr == f"stdin:2: skipped: {reason}\nstdin: 1 line was skipped\n"


def test_a_line_that_is_not_utf_8_is_named(run: Run) -> None:
    result = run("match", "--items", "-", stdin='{"id": "x", "title": "新闻"}\n'.encode("gbk") + ITEMS.encode())
    assert (result.exit_code, result.stdout) == (1, LINES)
    assert result.stderr.startswith("stdin:1: skipped: not UTF-8 text")


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(run: Run, tmp_path: Path) -> None:
    whole = gzip.compress((ITEMS * 2_000).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    result = run("match", "--items", "cut.jsonl.gz")
    assert result.exit_code == 2
    assert result.stdout.startswith(LINES)
    assert result.stderr.startswith("cut.jsonl.gz: cannot be read: ")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("match", "--items", "none.jsonl"), "none.jsonl: cannot be read: No such file or directory\n"),
        (("explain", "--item", "none", "-w", "otter"), "none: cannot be read: No such file or directory\n"),
        (
            ("match", "--items", "items.jsonl", "-w", "oter"),
            'settings.toml: no watchlist has the id "oter"; did you mean otter?\n',
        ),
    ],
)
def test_what_is_not_there_ends_with_2(run: Run, arguments: tuple[str, ...], reason: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", reason)


def test_an_id_that_would_break_the_line_is_quoted(run: Run) -> None:
    result = run("match", "--items", "-", stdin='{"id": "a\\n\\u001b[2J", "title": "Otter"}')
    assert result.stdout == '"a\\n\\u001b[2J"  otter  title[0:5] "Otter"\n'


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ('{"id": "a", "title": "水獭", "lang": "zh-Hant"}', "zh-Hant"),
        ('{"id": "a", "title": "水獭", "language": "zh-TW"}', "zh-TW"),
        ('{"id": "a", "title": "水獭模型发布"}', "zh-Hans"),
        ('{"id": "a", "title": "", "summary": "The otter and the model"}', "en"),
    ],
)
def test_the_language_is_as_told_or_as_it_looks(line: str, language: str) -> None:
    assert read_item(line.encode()).language == language


def test_an_item_keeps_what_filters_ask_for() -> None:
    item = read_item(b'{"id": "a", "source": "Wire", "feed": "wire", "author": "Ann", "url": "https://a.example/"}')
    assert (item.source, item.feed, item.author, item.url) == ("Wire", "wire", "Ann", "https://a.example/")


def test_a_hit_is_explained(run: Run) -> None:
    told = run("explain", "--item", "-", "--watchlist", "otter", stdin=ITEMS.splitlines()[0]).stdout.splitlines()
    assert told[0].startswith("otter (")
    assert told[0].endswith("): matches")
    assert told[1:] == ["  It matches: Otter in the title."]


def test_a_miss_is_explained_from_a_file_written_over_several_lines(run: Run, tmp_path: Path) -> None:
    (tmp_path / "item.json").write_text(json.dumps({"id": "a", "title": "nothing"}, indent=2))
    result = run("explain", "--item", "item.json", "--watchlist", "otter")
    assert result.exit_code == 0
    assert "does not match\n  None of Otter, 水獭 stands in title, summary or content." in result.stdout


def test_more_than_one_item_cannot_be_explained(run: Run) -> None:
    result = run("explain", "--item", "items.jsonl", "--watchlist", "otter")
    assert result.exit_code == 2
    assert result.stderr.startswith("items.jsonl: not JSON: ")


@pytest.mark.parametrize("command", ["match", "explain"])
def test_the_help_has_an_example(run: Run, command: str) -> None:
    assert f"Example: news-monitor {command}" in run(command, "--help").stdout
