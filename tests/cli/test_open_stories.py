"""`news-monitor stories list`: what is open, who was told, what is held."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.prepared import Prepared, waiting
from tests.conftest import Valkey


@pytest.fixture
def service(valkey: Valkey, tmp_path: Path) -> Prepared:
    prepared = Prepared.on(valkey.url, tmp_path)
    prepared.fill(waiting)
    return prepared


def test_an_open_story_is_shown_with_what_it_holds(service: Prepared) -> None:
    head, line = service.run("stories", "list", "otter").stdout.splitlines()
    assert head.split() == ["first", "seen", "(UTC)", "items", "outlets", "told", "held", "title"]
    assert line.split()[2:] == ["1", "1", "–", "box:", "weekly", "digest", "Qwen", "[b]one[/b]"]
    row = json.loads(service.run("stories", "list", "otter", "--json").stdout)
    assert (row["items"], row["copies"], row["told"], row["held"]["box"]["reason"]) == (1, 0, {}, "weekly digest")


def test_a_watchlist_without_one_is_named(service: Prepared) -> None:
    result = service.run("stories", "list", "nobody")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "nobody: has no open story; `news-monitor watchlists list` shows the ids\n"
