"""`news-monitor check`: what it prints, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app

runner = CliRunner()

TEXT = """
[[channels]]
id = "hook"
type = "webhook"
url = "https://a.example/hook"
secret_env = "HOOK_SECRET"

[[feeds]]
id = "a"
url = "https://a.example/rss"

[[watchlists]]
id = "w"
terms = ["Qwen"]
channels = ["hook"]
"""


@pytest.fixture(autouse=True)
def secret(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")


def test_good_settings_are_counted() -> None:
    result = runner.invoke(app, ["check"])
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "settings.toml: 1 feed, 1 channel, 1 watchlist: good\n",
        "",
    )


def test_bad_settings_end_with_2_and_every_reason_on_stderr(settings: Path) -> None:
    settings.write_text(TEXT + "\n[net]\ntimeout = 0\nper_host = 0\n")
    result = runner.invoke(app, ["check"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr
        == "settings.toml:18: net.timeout = 0: more than 0\nsettings.toml:19: net.per_host = 0: at least 1\n"
    )


def test_secrets_that_are_there_and_cannot_be_used_are_said(monkeypatch: pytest.MonkeyPatch, settings: Path) -> None:
    bot = '[[channels]]\nid = "bot"\ntype = "telegram"\ntoken_env = "TOKEN"\nchat_id = 1\n'
    settings.write_text(TEXT + bot, "utf-8")
    monkeypatch.setenv("HOOK_SECRET", "hush!")
    monkeypatch.setenv("TOKEN", "@BotFather")
    result = runner.invoke(app, ["check"])
    hook, bot = result.stderr.splitlines()
    assert hook == 'settings.toml: warning: channel hook: the signing secret must be "whsec_" and base64'
    assert bot.startswith(
        "settings.toml: warning: channel bot: the bot's token must have the form that @BotFather gives"
    )
    assert result.exit_code == 0
    assert "hush" not in result.output
    monkeypatch.setenv("HOOK_SECRET", "whsec_c2VjcmV0")
    said = runner.invoke(app, ["check"]).stderr.splitlines()[0]
    assert "channel hook: the signing secret holds 6 bytes, of at least 24: openssl rand" in said


def test_another_file_is_named_by_argument_or_variable(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("")
    assert runner.invoke(app, ["check", str(other)]).stdout.startswith(f"{other}: 0 feeds")
    assert runner.invoke(app, ["check", "--settings", str(other)]).stdout.startswith(f"{other}: 0 feeds")
    assert runner.invoke(app, ["check"], env={"MONITOR_SETTINGS": str(other)}).stdout.startswith(f"{other}: 0 feeds")


@pytest.mark.parametrize(
    ("addition", "warning"),
    [
        ('[[watchlists]]\nid = "v"\nterms = ["V"]\n', "watchlist v has no channels: its alerts go nowhere"),
        ('[redis]\nurl_env = "NO_SUCH"\n', "[redis]: environment variable NO_SUCH is not set here"),
        (
            '[[feeds]]\nid = "b"\nurl = "https://b.example/"\nsecret_headers = [{name = "X", value_file = "none"}]\n',
            "feed b, header X: there is no file none here",
        ),
        (
            '[[channels]]\nid = "open"\ntype = "webhook"\nurl_env = "HOOK_SECRET"\n',
            "channel open is not signed: its receiver cannot tell that alerts are ours (secret_env)",
        ),
        (
            '[[feeds]]\nid = "b"\nurl = "https://b.example/rss?token=hunter2"\n',
            "feed b: the address seems to hold a secret, which belongs into url_env or url_file",
        ),
        (
            '[[channels]]\nid = "bot"\ntype = "telegram"\ntoken_env = "NO_SUCH"\nchat_id = -1001\n',
            "channel bot: environment variable NO_SUCH is not set here",
        ),
        (
            '[[channels]]\nid = "robot"\ntype = "dingtalk"\nurl_file = "none"\n',
            "channel robot: there is no file none here",
        ),
        (
            '[[search_feeds]]\nid = "one"\nurl = "https://a.example/{query}"\nmax_feeds = 1\nmax_words = 1\n'
            '[[watchlists]]\nid = "v"\nterms = ["V", "W"]\nchannels = ["hook"]\nsearch = ["one"]\n',
            "watchlist v: one is not asked for W: max_feeds is 1, max_length 250, max_words 1",
        ),
    ],
)
def test_what_is_hardly_meant_is_a_warning(settings: Path, addition: str, warning: str) -> None:
    settings.write_text(TEXT + addition)
    result = runner.invoke(app, ["check"])
    assert (result.exit_code, result.stderr) == (0, f"settings.toml: warning: {warning}\n")


def test_the_help_has_an_example() -> None:
    assert "Example: news-monitor check" in runner.invoke(app, ["check", "--help"]).stdout
