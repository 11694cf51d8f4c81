"""`news-monitor eval`: counts, shares, and the items that came out wrong with their explanation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.cli.tally import Tally

TEXT = """
[[watchlists]]
id = "otter"
query = "Otter OR 水獭"

[[watchlists]]
id = "teal"
query = "Teal"

[[watchlists]]
id = "off"
query = "Off"
enabled = false
"""


def line(item_id: str, title: str, **labels: object) -> str:
    return json.dumps({"id": item_id, "title": title, "labels": labels}, ensure_ascii=False) + "\n"


LABELLED = (
    line("1", "Otter", otter=True, teal=False)
    + line("2", "水獭", otter=True, teal=None)
    + line("3", "badger", otter=True)
    + line("4", "Otter in a zoo", otter=False)
    + line("5", "badger", otter=False, teal=False)
    + line("6", "Teal", otter=None)
)

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Path, tmp_path: Path) -> Run:
    def invoke(*arguments: str, labelled: str = LABELLED) -> Result:
        (tmp_path / "labelled.jsonl").write_text(labelled, "utf-8")
        return CliRunner().invoke(app, ["eval", "labelled.jsonl", *arguments], catch_exceptions=False)

    return invoke


def record(*counts: int, precision: float, recall: float) -> dict[str, Any]:
    return {**dict(zip(("tp", "fp", "fn", "tn"), counts, strict=True)), "precision": precision, "recall": recall}


def test_everything_is_one_object_for_programs(run: Run) -> None:
    told = json.loads(run("--json").stdout)
    assert told.keys() == {"watchlists", "overall", "wrong"}
    assert told["watchlists"] == {
        "otter": record(2, 1, 1, 1, precision=2 / 3, recall=2 / 3),
        "teal": record(0, 0, 0, 2, precision=1.0, recall=1.0),
    }
    assert told["overall"] == record(2, 1, 1, 3, precision=2 / 3, recall=2 / 3)
    assert told["wrong"] == [
        {
            "id": "3",
            "watchlist": "otter",
            "expected": True,
            "title": "badger",
            "explanation": ["None of Otter, 水獭 stands in title, summary or content."],
        },
        {
            "id": "4",
            "watchlist": "otter",
            "expected": False,
            "title": "Otter in a zoo",
            "explanation": ["It matches: Otter in the title."],
        },
    ]


def test_people_get_a_table_and_each_wrong_item(run: Run) -> None:
    lines = run().stdout.splitlines()
    assert [" ".join(row.split()) for row in lines[1:4]] == [
        "otter 2 1 1 1 0.667 0.667 0.667",
        "teal 0 0 0 2 1.000 1.000 1.000",
        "overall 2 1 1 3 0.667 0.667 0.667",
    ]
    assert "3  otter should match and does not: badger" in lines
    assert lines[-2:] == ["4  otter matches and should not: Otter in a zoo", "  It matches: Otter in the title."]


def test_one_watchlist_can_be_scored_alone(run: Run) -> None:
    told = json.loads(run("--json", "--watchlist", "teal", labelled=line("1", "Teal", teal=True, other=True)).stdout)
    assert told["watchlists"] == {"teal": record(1, 0, 0, 0, precision=1.0, recall=1.0)}


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("oter", 'no watchlist has the id "oter"; did you mean otter?'),
        ("off", 'the watchlist "off" is switched off'),
    ],
)
def test_a_label_that_cannot_be_scored_ends_with_2(run: Run, label: str, reason: str) -> None:
    result = run(labelled=LABELLED + line("7", "Otter", **{label: True}))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"labelled.jsonl:7: labels: {reason} (--watchlist ID scores one and passes over the others)\n"
    )


def test_a_file_without_labels_ends_with_2(run: Run) -> None:
    result = run(labelled=line("1", "Otter", otter=None) + '{"id": 2}\n')
    assert (result.exit_code, result.stderr) == (2, "labelled.jsonl: no item has a label for any watchlist\n")


def test_labels_that_are_none_spoil_their_line_alone(run: Run) -> None:
    result = run("--json", labelled=line("1", "Otter", otter="yes") + LABELLED)
    assert result.exit_code == 1
    assert result.stderr.startswith("labelled.jsonl:1: skipped: not an item: expected `bool | null`, got `str`")
    assert json.loads(result.stdout)["overall"]["tp"] == 2


@pytest.mark.parametrize(
    ("tally", "shares"),
    [
        (Tally(), (1, 1, 1)),
        (Tally(tn=5), (1, 1, 1)),
        (Tally(fn=2), (1, 0, 0)),
        (Tally(fp=2), (0, 1, 0)),
        (Tally(tp=3, fp=1, fn=3), (0.75, 0.5, 0.6)),
    ],
)
def test_precision_recall_and_f1(tally: Tally, shares: tuple[float, float, float]) -> None:
    assert (tally.precision, tally.recall, tally.f1) == pytest.approx(shares)


def test_the_help_has_an_example() -> None:
    assert "Example: news-monitor eval" in CliRunner().invoke(app, ["eval", "--help"]).stdout
