"""`news-monitor status`: what it tells, to people and to programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.prepared import (
    REFUSAL,
    Prepared,
    dead_delivery,
    held_back,
    overridden,
    polls,
    refused,
    settings_in_force,
    waiting,
    workers,
)
from tests.conftest import Valkey


@pytest.fixture
def service(valkey: Valkey, tmp_path: Path) -> Prepared:
    prepared = Prepared.on(valkey.url, tmp_path)
    prepared.fill(settings_in_force, workers, polls, overridden, dead_delivery)
    return prepared


def rows(text: str) -> dict[str, str]:
    """The lines of a wide status by their first word, blanks made one."""
    return {line.split()[0]: " ".join(line.split()) for line in text.splitlines() if line.strip()}


def test_people_see_everything_in_their_own_time_zone(service: Prepared) -> None:
    result = service.run("status", COLUMNS="180")
    found = rows(result.stdout)
    assert result.exit_code == 0
    assert re.fullmatch(rf"settings version 1 of \S+:{service.path}, since \d\d-\d\d \d\d:\d\d:\d\d", found["settings"])
    assert found["matcher"] == "matcher a-host 11 version 1 working"
    assert found["notifier"] == "notifier a-host 13 version 1 version 2: [b]no[/b]"
    assert found["poller"] == "poller a-host 12 version 1 silent since 05-04 20:00:00"
    assert found["items"] == "items → matchers 0 0 of 100000 at most"
    assert found["dead"] == "dead letters 1 news-monitor dead list"
    assert found["box"] == "box good 1 0 0 0"
    assert found["hook"] == "hook disabled 0 0 0 1 HTTP 410 Gone"
    assert found["feeds:"] == "feeds: 1 failing, 1 good"
    assert (
        found["bad"]
        == "bad failing 05-04 20:00:00 05-04 20:05:00 0:01:30 fetch: answered 500 [red]to all[/red] (3 in a row); "
        "items may have been missed before 05-04 20:00:00"
    )
    assert found["good"] == "good good 05-04 20:00:00 05-04 20:05:00 –"
    undo = "(news-monitor overrides undo channel-disabled:hook)"
    assert found["override"] == f"override channel-disabled:hook: HTTP 410 Gone {undo}"


@pytest.mark.parametrize("width", [80, 140])
def test_every_line_fits_and_no_word_is_lost(service: Prepared, width: int) -> None:
    text = service.run("status", COLUMNS=str(width)).stdout
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    joined = re.sub(r"\s+", "", text)
    for word in ("matcher", "notifier", "silentsince", "disabled", "failing"):
        assert word in joined


def test_words_are_whole_on_a_narrow_terminal_and_lines_elsewhere(service: Prepared) -> None:
    """What is too long for its column stands below the table; what is piped is not wrapped at all."""
    service.fill(refused)
    narrow = service.run("status", COLUMNS="80").stdout.splitlines()
    place = narrow.index("feed  state    polled          next poll       seen after")
    assert narrow[place + 3].startswith("bad: fetch: answered 500")
    assert any(line.startswith("hook: HTTP 410 Gone: closed for good") for line in narrow)
    piped = service.run("status").stdout.splitlines()
    assert [line for line in piped if REFUSAL in line]
    assert all(line == line.rstrip() for line in piped)


def test_hosts_that_asked_to_be_left_alone_are_listed_with_the_feeds_that_wait(service: Prepared) -> None:
    """By the settings' address, and by the one that answered last; not one whose time is over."""
    assert "asked to wait" not in service.run("status").stdout
    service.fill(held_back)
    told = json.loads(service.run("status", "--json").stdout)["held_hosts"]
    assert [(each["host"], each["feeds"]) for each in told] == [
        ("https://x.example", ["bad", "good"]),
        ("https://bad.example", ["bad"]),
        ("https://gone.example:8443", []),
    ]
    lines = service.run("status").stdout.splitlines()
    place = next(at for at, line in enumerate(lines) if line.startswith("host asked to wait"))
    assert re.fullmatch(r"https://x\.example +\d\d-\d\d \d\d:\d\d:\d\d +bad, good", lines[place + 1])


def test_colour_is_for_terminals_that_want_it(service: Prepared) -> None:
    colour = re.compile(r"\x1b\[[\d;]*3\d")
    assert colour.search(service.run("status", FORCE_COLOR="1").stdout)
    assert not colour.search(service.run("status", FORCE_COLOR="1", NO_COLOR="1").stdout)
    assert "\x1b" not in service.run("status").stdout


def test_programs_get_one_object_with_everything(service: Prepared) -> None:
    told = json.loads(service.run("status", "--json").stdout)
    assert set(told) == {
        *("settings", "workers", "queues", "dead_letters", "feeds", "feed_rows", "channels", "overrides", "memory"),
        *("feedback", "held", "unsent", "held_hosts"),
    }
    assert told["settings"]["version"] == 1
    assert told["settings"]["refused"] == []
    assert [(row["role"], row["silent"]) for row in told["workers"]] == [
        ("matcher", False),
        ("notifier", False),
        ("poller", True),
    ]
    assert told["feeds"] == {"good": 1, "failing": 1}
    assert told["feed_rows"][0] == {
        "id": "bad",
        "failures": 3,
        "last_error": "fetch: answered 500 [red]to all[/red]",
        "polled_at": "2026-05-04T12:00:00Z",
        "succeeded_at": "",
        "next_due_at": "2026-05-04T12:05:00Z",
        "missed_at": "2026-05-04T12:00:00Z",
        "latency_s": 90.0,
        "silent": True,
        "push_until": "",
        "state": "failing",
    }
    assert told["feed_rows"][1]["state"] == "good"
    assert told["channels"][1] == {
        "id": "hook",
        "type": "webhook",
        "state": "disabled",
        "since": "2026-05-04T12:00:00+00:00",
        "answer": "HTTP 410 Gone",
        "next_probe_at": "",
        "open": 0,
        "delivered": 0,
        "retried": 0,
        "dead": 1,
    }
    assert told["queues"][0] == {"stream": "items", "group": "matchers", "waiting": 0, "pending": 0, "limit": 100_000}
    assert (told["dead_letters"], told["memory"]["limit_bytes"]) == (1, 0)
    assert told["feedback"] == {"alerts": {}, "limit": 1_000}


def test_many_feeds_are_cut_to_those_with_trouble_unless_all_are_asked_for(valkey: Valkey, tmp_path: Path) -> None:
    service = Prepared.on(valkey.url, tmp_path)
    more = "".join(f'[[feeds]]\nid = "feed{n}"\nurl = "https://x.example/{n}"\n' for n in range(30))
    service.path.write_text(service.path.read_text("utf-8") + more, "utf-8")
    service.fill(settings_in_force, polls)
    text = service.run("status", COLUMNS="140").stdout
    assert "… and 12 more (--all-feeds)" in text
    assert text.index("bad ") < text.index("feed0 ")
    assert "feed9 " not in text
    assert "feed9 " in service.run("status", "--all-feeds", COLUMNS="140").stdout


def test_before_the_first_start_it_says_what_is_missing(valkey: Valkey, tmp_path: Path) -> None:
    result = Prepared.on(valkey.url, tmp_path).run("status")
    assert result.exit_code == 0
    assert result.stdout.startswith("no settings are in force yet\n")


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    service = Prepared.on("", tmp_path)
    service.path.write_text("", "utf-8")
    result = service.run("status")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("store: ")
    assert result.stderr.endswith("; is the service running? (news-monitor run)\n")


def test_settings_that_say_no_address_end_with_2(tmp_path: Path) -> None:
    service = Prepared.on("", tmp_path)
    service.path.write_text('[redis]\nurl = "http://x"\n', "utf-8")
    result = service.run("status")
    assert result.exit_code == 2
    assert "settings.toml:2: redis.url" in result.stderr


def test_what_waits_and_what_was_never_sent_is_shown_with_its_reason(service: Prepared) -> None:
    service.fill(waiting)
    lines = service.run("status", COLUMNS="180").stdout.splitlines()
    held, unsent = (next(at for at, line in enumerate(lines) if line.startswith(head)) for head in ("held", "not sent"))
    assert re.fullmatch(r"\d\d-\d\d 16:00:00 +otter +box +weekly digest +Qwen \[b\]one\[/b\] *", lines[held + 1])
    reason = "1 of 3 sources when its story's window ended"
    assert lines[unsent + 1].split() == ["05-04", "20:00:00", "otter", "box", *reason.split(), "Qwen", "two"]
    told = json.loads(service.run("status", "--json").stdout)
    assert told["held"]["watchlists"] == 1
    (alert,) = told["held"]["alerts"]
    assert (alert["watchlist"], alert["into"], alert["update"]) == ("otter", "digest", False)
    (closed,) = told["unsent"]
    assert (closed["story"], closed["reason"]) == ("sto_2", reason)
