"""`news-monitor overrides`: what the service decided against the settings, and its undoing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.prepared import Prepared, overridden
from tests.conftest import Valkey


@pytest.fixture
def service(valkey: Valkey, tmp_path: Path) -> Prepared:
    prepared = Prepared.on(valkey.url, tmp_path)
    prepared.fill(overridden)
    return prepared


def test_they_are_listed_with_their_reason(service: Prepared) -> None:
    assert service.run("overrides", "list").stdout == (
        "channel-disabled:hook  since 2026-05-04T12:00 UTC: HTTP 410 Gone\n"
    )
    assert json.loads(service.run("overrides", "list", "--json").stdout) == {
        "id": "channel-disabled:hook",
        "kind": "channel-disabled",
        "subject": "hook",
        "reason": "HTTP 410 Gone",
        "decided_at": "2026-05-04T12:00:00+00:00",
        "address": "",
        "until": "",
        "channel": "",
        "recipient": "",
    }


def test_one_is_undone_once(service: Prepared) -> None:
    undo = ("overrides", "undo", "channel-disabled:hook")
    first, again = service.run(*undo), service.run(*undo)
    assert (first.exit_code, first.stdout) == (0, "channel-disabled:hook: undone\n")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == (
        "override: channel-disabled:hook: there is none of that id; `news-monitor overrides list` shows them\n"
    )
    assert service.run("overrides", "list").stdout == "no overrides\n"
    assert service.run("overrides", "list", "--json").stdout == ""
