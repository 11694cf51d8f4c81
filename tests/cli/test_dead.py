"""`news-monitor dead`: what was given up, why, and another try."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.queue.keys import shard_of
from monitor.queue.letters import DeadLetters
from monitor.queue.outbox import Outbox
from monitor.queue.store import Store
from tests.cli.prepared import Prepared, dead_delivery, dead_item
from tests.conftest import Valkey


@pytest.fixture
def service(valkey: Valkey, tmp_path: Path) -> Prepared:
    prepared = Prepared.on(valkey.url, tmp_path)
    prepared.fill(dead_delivery, dead_item)
    return prepared


def ids(service: Prepared) -> list[str]:
    """Ids of all dead letters, the newest first."""
    return [json.loads(line)["id"] for line in service.run("dead", "list", "--json").stdout.splitlines()]


def test_the_list_shows_the_newest_first_with_whole_ids_at_any_width(service: Prepared) -> None:
    delivery, item = ids(service)
    for width in ("80", "140"):
        lines = service.run("dead", "list", COLUMNS=width).stdout.splitlines()
        assert lines[0].split() == ["id", "kind", "at", "(UTC)", "channel", "reason"]
        assert lines[1].startswith(f"{delivery}  delivery  2026-05-04T12:00  hook     HTTP 400")
        assert any(line.startswith(f"{item}  item      2026-05-04T11:00           ValueError:") for line in lines)
    assert "HTTP 400 Bad Request: [i]too long[/i]" in service.run("dead", "list", COLUMNS="140").stdout


def test_programs_get_one_object_per_line(service: Prepared) -> None:
    first, second = (json.loads(line) for line in service.run("dead", "list", "--json").stdout.splitlines())
    assert set(first) == {"id", "kind", "reason", "at", "channel", "delivery"}
    assert (first["kind"], second["kind"], second["reason"]) == ("delivery", "item", "ValueError: cannot cope")


def test_one_letter_is_shown_with_all_that_is_known_of_it(service: Prepared) -> None:
    delivery, item = ids(service)
    shown = service.run("dead", "show", delivery).stdout
    assert f"id: {delivery}\nkind: delivery\n" in shown
    assert "reason: HTTP 400 Bad Request: [i]too long[/i]\n" in shown
    assert "recipient: hook\n" in shown
    assert '"title":"Qwen one"' in shown
    assert '"title":"Poison"' in service.run("dead", "show", item).stdout


def test_what_is_replayed_is_back_at_work_and_no_letter_any_more(service: Prepared) -> None:
    delivery, item = ids(service)
    result = service.run("dead", "replay", delivery)
    assert (result.exit_code, result.stdout) == (0, f"{delivery}: back to work\n")
    assert ids(service) == [item]

    async def check(store: Store, path: Path) -> None:
        due, _ = await Outbox(store).due(shard_of("qwen"), "hook", most=10)
        assert len(due) == 1

    service.fill(check)


def test_all_are_replayed_at_once(service: Prepared) -> None:
    result = service.run("dead", "replay", "--all")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)

    async def check(store: Store, path: Path) -> None:
        assert await DeadLetters(store).count() == 0
        assert await store.run("XLEN", store.keys.items(3)) == 2

    service.fill(check)
    assert service.run("dead", "list").stdout == "no dead letters\n"
    assert service.run("dead", "replay", "--all").exit_code == 0


@pytest.mark.parametrize("letter", ["a03-1764000000000-0", "x", "f99-1-1", "f03-1764000000000-0\n"])
def test_a_letter_that_is_not_there_ends_with_1(service: Prepared, letter: str) -> None:
    shown = service.run("dead", "show", letter)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr == f"dead letter: {letter}: there is none of that id; `news-monitor dead list` shows them\n"
    known = ids(service)[0]
    replayed = service.run("dead", "replay", letter, known)
    assert (replayed.exit_code, replayed.stdout) == (1, f"{known}: back to work\n")
    assert replayed.stderr == f"{letter}: no such dead letter\n"


def test_a_replay_of_nothing_asks_what_is_meant(service: Prepared) -> None:
    result = service.run("dead", "replay")
    assert result.exit_code == 2
    assert "name the dead letters to replay, or give --all" in result.stderr
