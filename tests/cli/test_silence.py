"""`news-monitor mute`, `pause` and `unsubscribe`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.prepared import Prepared, settings_in_force
from tests.conftest import Valkey


@pytest.fixture
def service(valkey: Valkey, tmp_path: Path) -> Prepared:
    prepared = Prepared.on(valkey.url, tmp_path)
    prepared.fill(settings_in_force)
    return prepared


#: An end that the command works out itself.
END = r"(?P<end>\d{4}-\d\d-\d\d \d\d:\d\d)"


@pytest.mark.parametrize(
    ("arguments", "said", "hours"),
    [
        (("mute", "qwen"), rf"muted:qwen: in force until {END} \(Asia/Shanghai\) ", 24),
        (
            ("mute", "qwen", "--for", "2h", "--channel", "box"),
            rf"muted:qwen:box: in force until {END} \(Asia/Shanghai\) ",
            2,
        ),
        (
            ("mute", "qwen", "--until", "2096-12-01 08:00"),
            r"muted:qwen: in force until 2096-12-01 08:00 \(Asia/Shanghai\) ",
            None,
        ),
        (("mute", "qwen", "--for", "ever"), "muted:qwen: in force ", None),
        (("pause", "hook"), "channel-paused:hook: in force ", None),
        (("unsubscribe", "qwen", "box", "mail"), "unsubscribed:qwen:box:mail: in force ", None),
    ],
)
def test_what_is_decided_is_listed_and_can_be_undone(
    service: Prepared, arguments: tuple[str, ...], said: str, hours: int | None
) -> None:
    done = service.run(*arguments)
    assert done.exit_code == 0, done.output
    found = re.match(said + r"\(news-monitor overrides undo ", done.stdout)
    assert found
    if hours is not None:
        late = datetime.now(UTC) + timedelta(hours=hours) - datetime.fromisoformat(found["end"] + "+08:00")
        assert timedelta() <= late < timedelta(minutes=5)
    name = done.stdout.split(": ")[0]
    listed = service.run("overrides", "list").stdout
    assert listed.startswith(f"{name}  since ")
    assert (", until 20" in listed) == ("until 20" in done.stdout)
    assert service.run("overrides", "undo", name).exit_code == 0
    assert service.run("overrides", "list").stdout == "no overrides\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mute", "qwn"), "watchlist: qwn: there is none of that id; did you mean qwen?\n"),
        (("mute", "qwen", "--channel", "bx"), "channel: bx: there is none of that id; did you mean box?\n"),
        (
            ("mute", "qwen", "--for", "long"),
            '--for long: a span of time such as "30s", "5min", "24h" or "7d", or "ever"\n',
        ),
        (("mute", "qwen", "--until", "soon"), '--until soon: a date and time such as "2026-12-01 08:00"\n'),
        (("mute", "qwen", "--until", "2020-01-01 08:00"), "--until 2020-01-01 08:00: is over already\n"),
        (("mute", "qwen", "--for", "2h", "--until", "2096-12-01"), "mute: --for and --until say two ends; give one\n"),
        (("pause", "bx"), "channel: bx: there is none of that id; did you mean box?\n"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    service: Prepared, arguments: tuple[str, ...], said: str
) -> None:
    refused = service.run(*arguments)
    assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", said)
    assert service.run("overrides", "list").stdout == "no overrides\n"


def test_before_the_first_settings_nothing_can_be_silenced(valkey: Valkey, tmp_path: Path) -> None:
    refused = Prepared.on(valkey.url, tmp_path).run("mute", "qwen")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "no settings are in force yet" in refused.stderr
