"""`news-monitor feedback`, and what `watchlists show` makes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from monitor.alerts.alert import alert_of
from monitor.alerts.identity import alert_id
from monitor.model import Evidence, Match, Watchlist
from monitor.queue.keys import shard_of
from monitor.queue.registry import Registry
from monitor.queue.silences import muted, paused
from monitor.queue.store import Store
from tests.cli.prepared import THEN, Prepared
from tests.conftest import Valkey
from tests.workers.crew import item

TITLES = ("Qwen one", "Qwen two", "Qwen three")
IDS = [alert_id("qwen", title.replace(" ", "-"), "alert.created", 1) for title in TITLES]


async def told(store: Store, path: Path) -> None:
    """Let three alerts have been told, the last by another version."""
    watchlist = Watchlist("qwen", "Qwen", ("Qwen",))
    for title, version in zip(TITLES, ("v1", "v1", "v2"), strict=True):
        match = Match("qwen", version, (Evidence("title", 0, 4, "Qwen"),))
        made = alert_of(match, item(title), watchlist=watchlist, why="Because.", now=THEN)
        await store.run("SET", store.keys.told(shard_of("qwen"), made.id), msgspec.json.encode(made))


@pytest.fixture
def service(valkey: Valkey, tmp_path: Path) -> Prepared:
    service = Prepared.on(valkey.url, tmp_path)
    service.fill(told)
    return service


def test_what_is_said_shows_as_precision_by_version(service: Prepared) -> None:
    assert "feedback: none yet" in service.run("watchlists", "show", "qwen").stdout
    for alert, verdict, said in (
        (IDS[0], "yes", "qwen: relevant: Qwen one\n"),
        (IDS[0], "yes", "qwen: relevant (as before): Qwen one\n"),
        (IDS[0], "no", "qwen: not relevant: Qwen one\n"),
        (IDS[1][:12], "yes", "qwen: relevant: Qwen two\n"),
        (IDS[2], "yes", "qwen: relevant: Qwen three\n"),
    ):
        result = service.run("feedback", alert, verdict)
        assert (result.exit_code, result.stdout) == (0, said), result.output
    lines = service.run("watchlists", "show", "qwen").stdout.splitlines()
    assert lines[-3:] == [
        "feedback: 2 ✓, 1 ✗: precision 67% (95 % between 21% and 94%)",
        "  version v2: 1 ✓, 0 ✗: precision 100% (95 % between 21% and 100%)",
        "  version v1: 1 ✓, 1 ✗: precision 50% (95 % between 9% and 91%)",
    ]
    shown = json.loads(service.run("watchlists", "show", "qwen", "--json").stdout)
    assert (shown["query"], shown["settings"]["terms"]) == ("Qwen", ["Qwen"])
    assert shown["feedback"].pop("said_at") >= "2026"
    versions = shown["feedback"].pop("versions")
    assert shown["feedback"] == {
        "relevant": 2,
        "irrelevant": 1,
        "precision": 0.6667,
        "interval": [0.2077, 0.9385],
    }
    assert [(each["version"], each["now"], each["precision"]) for each in versions] == [
        ("v2", False, 1.0),
        ("v1", False, 0.5),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("alt_", "no"), 1, "alert: alt_: several begin so: "),
        (("alt_nothing", "no"), 1, "alert: alt_nothing: none of that id is kept"),
        (("*", "no"), 1, "alert: *: none of that id is kept"),
        ((IDS[0], "maybe"), 2, 'say "yes" or "no"'),
    ],
)
def test_what_cannot_be_noted_is_said(service: Prepared, arguments: tuple[str, str], code: int, reason: str) -> None:
    result = service.run("feedback", *arguments)
    assert (result.exit_code, reason in result.stderr) == (code, True), result.output


def test_what_keeps_a_watchlists_alerts_back_is_shown_with_it(service: Prepared) -> None:
    async def silence(store: Store, path: Path) -> None:
        now = datetime.now(UTC)
        until = datetime(2100, 1, 1, 12, 0, tzinfo=UTC)
        for each in (
            muted("qwen", channel="hook", until=until, reason="a reader of hook asked for it by a link", now=now),
            muted("other", until=None, reason="by hand", now=now),
            paused("box", reason="holidays", now=now),
            paused("elsewhere", reason="holidays", now=now),
        ):
            await Registry(store).decide(each)

    service.fill(silence)
    lines = service.run("watchlists", "show", "qwen").stdout.splitlines()
    assert sorted(line for line in lines if line.startswith("override")) == [
        "override channel-paused:box: holidays",
        "override muted:qwen:hook: until 2100-01-01T12:00 UTC: a reader of hook asked for it by a link",
    ]
    assert len(json.loads(service.run("watchlists", "show", "qwen", "--json").stdout)["overrides"]) == 2


def test_where_redis_cannot_be_asked_the_rest_is_shown(tmp_path: Path) -> None:
    service = Prepared.on(f"unix://{tmp_path}/none.sock", tmp_path)
    result = service.run("watchlists", "show", "qwen")
    assert result.exit_code == 0
    assert "query: Qwen" in result.stdout
    assert "feedback" not in result.stdout
    assert result.stderr.startswith("feedback and overrides: not known here: ")
    assert json.loads(service.run("watchlists", "show", "qwen", "--json").stdout)["feedback"] is None
    assert service.run("feedback", IDS[0], "no").exit_code == 1
