"""`news-monitor watchlists`: list, show, lint, test; and the words of `check` about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.queue.codec import SCHEMA, encode_item
from monitor.queue.store import Store
from tests.conftest import Valkey
from tests.workers.crew import item

TEXT = """[entities]
meta = ["Meta", "扎克伯格"]

[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[watchlists]]
id = "otter"
name = "Otter 水獭"
query = "(Otter OR 水獭) NEAR/9 @meta"
examples.match = ["Meta发布水獭模型"]
examples.no_match = ["动物园里的水獭"]
channels = ["box"]

[[watchlists]]
id = "teal"
terms = ["Teal", "青鸭"]
context = ["@meta"]
exclude = ["bird*"]
enabled = false
"""
BROKEN = TEXT.replace("动物园里的水獭", "扎克伯格在动物园看水獭")

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Path) -> Run:
    return lambda *arguments: CliRunner().invoke(app, ["watchlists", *arguments], catch_exceptions=False)


def test_watchlists_are_listed(run: Run) -> None:
    listed = run("list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["id", "otter", "teal"]
    assert listed[1].split()[-2:] == ["box", "2"]


def test_watchlists_are_listed_for_programs(run: Run) -> None:
    otter, teal = json.loads(run("list", "--json").stdout)
    assert len(otter.pop("version")) == 12
    assert otter == {"id": "otter", "name": "Otter 水獭", "enabled": True, "channels": ["box"], "examples": 2}
    assert (teal["id"], teal["name"], teal["enabled"], teal["examples"]) == ("teal", None, False, 0)


def test_a_query_is_shown_as_it_is_written(run: Run) -> None:
    told = run("show", "otter").stdout.splitlines()
    assert told[2].startswith("version: ")
    assert told[:2] + told[3:] == [
        "id: otter",
        "name: Otter 水獭",
        "channels: box",
        "sent on box: at once",
        "query: (Otter OR 水獭) NEAR/9 @meta",
        "@meta: Meta OR 扎克伯格",
        "should match: Meta发布水獭模型",
        "should not match: 动物园里的水獭",
    ]


FULL = TEXT.replace(
    'channels = ["box"]\n',
    """channels = ["box", "late"]
search = ["google-news-en"]
policy = { high = "DENIED OR 否认", send = "daily", at = "07:30", min_sources = 2, channels.late = { send = "hourly" } }
""",
).replace(
    "[[watchlists]]",
    """[[channels]]
id = "late"
type = "mailbox"
path = "late"
enabled = false

[alerts.policy]
high = "breaking"

[[watchlists]]""",
    1,
)


def test_all_that_was_set_is_shown_also_where_it_was_set_elsewhere(run: Run, settings: Path) -> None:
    settings.write_text(FULL, "utf-8")
    told = run("show", "otter").stdout.splitlines()
    assert {
        "channels: box, late",
        "sent on box: daily digest at 07:30, from 2 sources on (UTC)",
        "sent on late: hourly digest, from 2 sources on; the channel is switched off",
        "high severity: titles that match DENIED OR 否认",
        "search: google-news-en",
        "should match: Meta发布水獭模型",
    } < set(told)
    (searched,) = (line for line in told if line.startswith("searched: "))
    assert searched.startswith("searched: https://news.google.com/rss/search?q=")
    assert "high severity: titles that match breaking" in run("show", "teal").stdout
    shown = json.loads(run("show", "otter", "--json").stdout)
    assert (shown["high"], len(shown["searches"]), set(shown["sent"])) == ("DENIED OR 否认", 1, {"box", "late"})
    assert {"policy", "search", "examples", "channels"} < set(shown["settings"])


def test_lists_are_shown_as_the_query_that_they_mean(run: Run) -> None:
    told = run("show", "teal").stdout.splitlines()
    assert "switched off" in told
    assert "query: (Teal OR 青鸭) AND @meta AND NOT bird*" in told


@pytest.mark.parametrize("command", [("show", "oter"), ("test", "oter"), ("lint", "oter")])
def test_a_watchlist_that_does_not_exist_ends_with_2_and_the_nearest_name(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command)
    assert (result.exit_code, result.stderr) == (
        2,
        'settings.toml: no watchlist has the id "oter"; did you mean otter?\n',
    )


def test_a_watchlist_that_does_not_compile_ends_with_2_and_the_place(run: Run, settings: Path) -> None:
    settings.write_text(TEXT.replace("NEAR/9 @meta", "NEAR/9 @mata"), "utf-8")
    result = run("test")
    assert result.exit_code == 2
    assert result.stderr == (
        "settings.toml:12: watchlists[0].query: column 22: there is no entity 'mata' in [entities]; "
        "did you mean meta?\n"
        "    (Otter OR 水獭) NEAR/9 @mata\n                           ^\n"
    )


def test_examples_that_hold_are_counted(run: Run) -> None:
    result = run("test")
    assert (result.exit_code, result.stdout) == (0, "1 watchlist, 2 examples: 0 faults\n")


def test_an_example_that_does_not_hold_is_named_with_its_line_and_the_reason(run: Run, settings: Path) -> None:
    settings.write_text(BROKEN, "utf-8")
    result = run("test", "otter")
    assert result.exit_code == 1
    assert result.stdout == (
        'settings.toml:14: watchlists[0].examples.no_match[0] = "扎克伯格在动物园看水獭": '
        "matches: 扎克伯格, 水獭 in the title.\n1 watchlist, 2 examples: 1 fault\n"
    )


def test_examples_are_told_to_programs(run: Run, settings: Path) -> None:
    assert json.loads(run("test", "--json").stdout) == {"watchlists": 1, "examples": 2, "faults": []}
    settings.write_text(BROKEN, "utf-8")
    result = run("test", "--json", "otter")
    (fault,) = json.loads(result.stdout)["faults"]
    assert result.exit_code == 1
    assert fault == {
        "watchlist": "otter",
        "list": "no_match",
        "number": 0,
        "title": "扎克伯格在动物园看水獭",
        "reason": "matches: 扎克伯格, 水獭 in the title.",
    }


def test_check_runs_the_examples_too(run: Run, settings: Path) -> None:
    settings.write_text(BROKEN, "utf-8")
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 2
    assert result.stderr.startswith("settings.toml:14: watchlists[0].examples.no_match[0] = ")


def test_hints_end_with_1(run: Run, settings: Path) -> None:
    settings.write_text('[[watchlists]]\nid = "a"\nterms = ["苹果", "苹果手机"]\n', "utf-8")
    result = run("lint")
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == ["a", "a"]
    assert "苹果手机 adds nothing" in result.stdout


def test_nothing_to_hint_at_ends_with_0(run: Run, settings: Path) -> None:
    assert (run("lint", "otter").exit_code, run("lint", "otter").stdout) == (0, "1 watchlist: no hints\n")


# A look back.


@pytest.fixture
def with_redis(store: Store, valkey: Valkey, settings: Path) -> None:
    """Name the tests' server in the settings."""
    settings.write_text(f'[redis]\nurl = "{valkey.url}"\nprefix = "{store.keys.prefix}"\n{TEXT}', "utf-8")


@pytest.fixture
async def look_back(store: Store, with_redis: None) -> Callable[..., Awaitable[Result]]:
    """Put items into Redis, and return what runs `watchlists test`."""
    for title in ("Meta发布水獭模型", "Zoo news", "Otter  by Meta"):
        body = encode_item(item(title))
        await store.run("XADD", store.keys.items(0), "*", "v", SCHEMA, "item", body)

    async def run(*arguments: str) -> Result:
        command = ["watchlists", "test", *arguments]
        return await asyncio.to_thread(CliRunner().invoke, app, command, catch_exceptions=False)

    return run


async def test_a_look_back_shows_what_would_have_matched(look_back: Callable[..., Awaitable[Result]]) -> None:
    result = await look_back("--since", "1h")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == "otter: 2 of 3 items of the last 1h"
    assert [line.split("  ")[2] for line in lines[1::2]] == ["Meta发布水獭模型", "Otter by Meta"]
    assert lines[2] == '    title[0:4] "Meta"  title[6:8] "水獭"'


async def test_a_look_back_is_told_to_programs(look_back: Callable[..., Awaitable[Result]]) -> None:
    told = json.loads((await look_back("--since", "1h", "--json")).stdout)
    first, second = told.pop("matches")
    assert told == {"since_s": 3600.0, "items": 3}
    assert (first["watchlist"], first["title"], second["title"]) == ("otter", "Meta发布水獭模型", "Otter  by Meta")
    assert first["evidence"][0] == {"field": "title", "start": 0, "end": 4, "term": "Meta", "text": "Meta"}
    assert first["url"].startswith("https://news.example/")


async def test_a_look_back_can_try_a_watchlist_that_is_switched_off(
    look_back: Callable[..., Awaitable[Result]],
) -> None:
    assert (await look_back("--since", "24h", "teal")).stdout == "teal: 0 of 3 items of the last 24h\n"


async def test_a_look_back_alerts_nobody(look_back: Callable[..., Awaitable[Result]], store: Store) -> None:
    keys = await store.run("KEYS", f"{store.keys.prefix}*")
    await look_back("--since", "7d")
    assert await store.run("KEYS", f"{store.keys.prefix}*") == keys


def test_a_span_that_is_none_ends_with_2(run: Run) -> None:
    result = run("test", "--since", "yesterday")
    assert result.exit_code == 2
    assert result.stderr == '--since yesterday: a span of time such as "30s", "5min", "24h" or "7d"\n'


def test_a_look_back_without_a_service_says_so(run: Run) -> None:
    result = run("test", "--since", "1h")
    assert result.exit_code == 1
    assert "is the service running?" in result.stderr


@pytest.mark.parametrize("command", ["list", "show", "lint", "test"])
def test_the_help_has_an_example(run: Run, command: str) -> None:
    assert f"Example: news-monitor watchlists {command}" in run(command, "--help").stdout
