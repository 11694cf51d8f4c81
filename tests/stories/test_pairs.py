"""The labelled pairs that the project ships: every kind is there, and meets its bar."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app

PAIRS = Path(__file__).parents[1] / "data/pairs.jsonl"
#: Share of each kind that must come out right.
BARS = {
    "syndicated": 0.95,
    "look-alike": 0.9,
    "template": 0.9,
    "different-subject": 1.0,
    "different-event": 0.9,
    "cross-language": 0.88,
    "cross-different": 0.9,
    "reworded": 0.7,
    "figures": 0.7,
    "followup": 0.75,
}


def test_there_are_enough_of_every_kind() -> None:
    kinds = Counter(json.loads(line)["kind"] for line in PAIRS.read_text("utf-8").splitlines())
    assert kinds.total() >= 200
    assert kinds.keys() == BARS.keys()
    assert min(kinds.values()) >= 10


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    settings = tmp_path_factory.mktemp("pairs") / "settings.toml"
    settings.write_text("")
    result = CliRunner().invoke(app, ["stories", "eval", str(PAIRS), "--json", "--settings", str(settings)])
    assert result.exit_code == 0, result.output
    by_kind: dict[str, dict[str, float]] = json.loads(result.stdout)["by_kind"]
    return by_kind


@pytest.mark.parametrize(("kind", "bar"), BARS.items(), ids=list(BARS))
def test_a_kind_meets_its_bar(kind: str, bar: float, measured: dict[str, dict[str, float]]) -> None:
    assert measured[kind]["share"] >= bar
