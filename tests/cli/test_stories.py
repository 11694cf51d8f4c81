"""`news-monitor stories eval`: shares, kinds, and the pairs that came out wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.main import app

RECALL = {
    "id": 1,
    "title": "Halmos recalls 46,000 pickups: a panel can fall off",
    "published_at": "2026-07-15T08:00:00Z",
}
COPY = {"id": 2, "title": "46,000 pickups recalled by Halmos as panel can fall off", "published_at": "2026-07-15"}
LATER = {**COPY, "published_at": "2026-07-30"}
OTHER = {"id": 3, "title": "Parliament votes on a new budget", "published_at": "2026-07-15T09:00:00+02:00"}


def evaluated(folder: Path, pairs: list[dict[str, Any]] | str, *options: str, settings: str = "") -> Result:
    """Run the command on pairs, or on a text."""
    text = pairs if isinstance(pairs, str) else "".join(json.dumps(pair) + "\n" for pair in pairs)
    (folder / "pairs.jsonl").write_text(text)
    (folder / "settings.toml").write_text(settings)
    arguments = ["stories", "eval", str(folder / "pairs.jsonl"), "--settings", str(folder / "settings.toml")]
    return CliRunner().invoke(app, [*arguments, *options])


def pair(a: object, b: object, *, same: bool, kind: str = "made", watchlist: str = "halmos") -> dict[str, Any]:
    return {"a": a, "b": b, "same": same, "kind": kind, "watchlist": watchlist}


def test_shares_kinds_and_what_came_out_wrong(tmp_path: Path) -> None:
    pairs = [
        pair(RECALL, COPY, same=True, kind="copy"),
        pair(RECALL, OTHER, same=False, kind="other"),
        pair(COPY, OTHER, same=True, kind="other"),
    ]
    result = evaluated(tmp_path, pairs, "--json")
    told = json.loads(result.stdout)
    assert told["pairs"] == 3
    assert (told["precision"], told["recall"]) == (1, 0.5)
    assert told["f1"] == pytest.approx(2 / 3)
    assert told["by_kind"]["copy"] == {"pairs": 1, "right": 1, "share": 1}
    assert told["by_kind"]["other"] == {"pairs": 2, "right": 1, "share": 0.5}
    (wrong,) = told["wrong"]
    assert (wrong["line"], wrong["expected"], wrong["a"]) == (3, True, COPY["title"])


def test_the_window_and_the_caution_of_the_settings_hold(tmp_path: Path) -> None:
    pairs = [pair(RECALL, LATER, same=True)]
    assert json.loads(evaluated(tmp_path, pairs, "--json").stdout)["recall"] == 0
    short = '[stories]\nwindow = "4h"'
    assert (
        json.loads(evaluated(tmp_path, [pair(RECALL, COPY, same=True)], "--json", settings=short).stdout)["recall"] == 0
    )
    result = evaluated(tmp_path, pairs, settings="[stories]\ncaution = 2")
    assert result.exit_code == 2
    assert "stories.caution" in result.stderr


def test_people_see_a_table(tmp_path: Path) -> None:
    result = evaluated(tmp_path, [pair(RECALL, OTHER, same=True)])
    assert result.exit_code == 0
    assert "one language" in result.stdout
    assert "should be one story" in result.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense\n", ":1: not JSON"),
        (json.dumps({"a": RECALL, "same": True}) + "\n", "missing required field `b`"),
        (json.dumps(pair({"id": 1, "title": "x"}, OTHER, same=True)) + "\n", "item 1 lacks published_at"),
        (json.dumps(pair({**RECALL, "published_at": "soon"}, OTHER, same=True)) + "\n", "not an ISO 8601 time: soon"),
        ("\n", "holds no pair"),
    ],
)
def test_what_is_no_pair_ends_the_command_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    result = evaluated(tmp_path, text)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_that_breaks_off_ends_the_command_with_its_name(tmp_path: Path) -> None:
    whole = gzip.compress(json.dumps(pair(RECALL, COPY, same=True)).encode() + b"\n")
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    result = CliRunner().invoke(app, ["stories", "eval", str(tmp_path / "cut.jsonl.gz")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{tmp_path / 'cut.jsonl.gz'}: cannot be read: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["stories", "eval", str(tmp_path / "none.jsonl")])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr
