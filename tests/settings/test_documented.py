"""docs/settings.md says of every setting what it means, its default and an example, and says nothing that is not so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from monitor.settings import channels, policy, schema, section
from monitor.settings.load import load
from monitor.settings.parse import parse
from workers.watchlist_check import WatchlistCheck

TEXT = (Path(__file__).parents[2] / "docs/settings.md").read_text("utf-8")
TABLES: dict[str, type[section.Section]] = {
    "[redis]": schema.RedisSettings,
    "[net]": schema.NetSettings,
    "[polling]": schema.PollingSettings,
    "[mail]": channels.MailSettings,
    "[alerts]": schema.AlertsSettings,
    "[web]": schema.WebSettings,
    "[stories]": schema.StoriesSettings,
    "[[feeds]]": schema.FeedSettings,
    "[[search_feeds]]": schema.SearchFeedSettings,
    'type = "mailbox"': channels.MailboxChannel,
    'type = "email"': channels.EmailChannel,
    'type = "webhook"': channels.WebhookChannel,
    'type = "feishu"': channels.FeishuChannel,
    'type = "dingtalk"': channels.DingTalkChannel,
    'type = "wecom"': channels.WeComChannel,
    'type = "slack"': channels.SlackChannel,
    'type = "telegram"': channels.TelegramChannel,
    'type = "apprise"': channels.AppriseChannel,
    "secret_headers": section.SecretHeader,
    "[[watchlists]]": schema.WatchlistSettings,
    "examples": schema.ExampleSettings,
    "policy": policy.WatchlistPolicySettings,
}


#: What the service alone writes, and nobody into a file.
WRITTEN_BY_US = {"question"}


def rows(heading: str) -> dict[str, list[str]]:
    """Return meaning, default and example by key, as the table under a heading gives them."""
    part = re.split(rf"^##+ {re.escape(heading)}$", TEXT, flags=re.MULTILINE)[1]
    part = re.split(r"^##", part, flags=re.MULTILINE)[0]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line[:3] == "| `"]
    return {key.strip("| `"): rest for key, *rest in cells}


#: Channels whose whole address is a secret.
HOOKS = ("feishu", "dingtalk", "wecom", "slack", "apprise")
FIELDS = [
    (heading, name, field)
    for heading, model in TABLES.items()
    for name, field in model.model_fields.items()
    if name not in WRITTEN_BY_US
]


@pytest.mark.parametrize(("heading", "model"), TABLES.items(), ids=list(TABLES))
def test_a_table_has_every_key_and_no_other(heading: str, model: type[section.Section]) -> None:
    assert sorted(rows(heading)) == sorted(model.model_fields.keys() - WRITTEN_BY_US)


@pytest.mark.parametrize(("heading", "name", "field"), FIELDS, ids=[f"{heading} {name}" for heading, name, _ in FIELDS])
def test_the_documented_default_is_the_real_one(heading: str, name: str, field: FieldInfo) -> None:
    _meaning, default, _example = rows(heading)[name]
    if field.is_required():
        assert default == "required"
    elif (real := field.get_default(call_default_factory=True)) is None:
        assert default == "–"
    elif real == ():
        assert default == "`[]`"  # some lists may be left out, not written empty
    else:
        written = tomllib.loads(f"value = {default.strip('`')}")["value"]
        assert value_of(heading, name, written) == real


@pytest.mark.parametrize(("heading", "name", "field"), FIELDS, ids=[f"{heading} {name}" for heading, name, _ in FIELDS])
def test_the_documented_example_is_valid_and_not_the_default(heading: str, name: str, field: FieldInfo) -> None:
    meaning, _default, example = rows(heading)[name]
    assert meaning
    written = tomllib.loads(f"value = {example.strip('`')}")["value"]
    assert value_of(heading, name, written) != field.get_default(call_default_factory=True)


def value_of(heading: str, name: str, written: object) -> object:
    """Return what becomes of a value in a table that has what it needs besides."""
    needs: dict[str, dict[str, object]] = {
        "[[feeds]]": {"id": "a"},
        "[[search_feeds]]": {"id": "a"},
        'type = "mailbox"': {"id": "a", "type": "mailbox", "path": "p"},
        'type = "email"': {"id": "a", "type": "email", "to": ["a@example.org"]},
        'type = "webhook"': {"id": "a", "type": "webhook"},
        **{f'type = "{kind}"': {"id": "a", "type": kind} for kind in HOOKS},
        'type = "telegram"': {"id": "a", "type": "telegram", "chat_id": "-1"},
        "secret_headers": {"name": "X-A"},
        "[[watchlists]]": {"id": "a"},
    }
    table = {**needs.get(heading, {}), name: written}
    addressed = ("[[feeds]]", "[[search_feeds]]", *(f'type = "{kind}"' for kind in ("webhook", *HOOKS)))
    if heading in addressed and not name.startswith("url"):
        table["url_env"] = "A"
    if name == "content_type":
        table["body_template"] = "a.txt"
    if name.startswith("former_secret"):
        table["secret_env"] = "A"
    if heading == 'type = "telegram"' and not name.startswith("token"):
        table["token_env"] = "A"
    if heading == "[[watchlists]]" and name != "query":
        table.setdefault("terms", ["A"])
    if heading == "secret_headers" and name == "name":
        table["value_env"] = "A"
    if name == "username":
        table["password_env"] = "A"
    if name.startswith("former_signing_key"):
        table["signing_key_env"] = "A"
    if name in ("password_env", "password_file"):
        table["username"] = "me"
    return getattr(TABLES[heading].model_validate(table), name)


def test_every_table_of_the_settings_has_a_heading() -> None:
    for name in schema.Settings.model_fields:
        assert re.search(rf"^## (\[\[{name}\]\]|\[{name}\]|{name})$", TEXT, re.MULTILINE), name


def test_the_settings_that_are_shown_are_good(tmp_path: Path) -> None:
    shown = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    lines = re.findall(r"```jsonl\n(.*?)```", TEXT, re.DOTALL)
    assert shown
    assert lines
    for text in shown:
        (tmp_path / "settings.toml").write_text(text, "utf-8")
        given = load(tmp_path / "settings.toml", environ={}).settings
        assert given.watchlists
        assert not WatchlistCheck().problems(given)
    for text in lines:
        assert not parse(tmp_path / "a.jsonl", text.encode(), known={}).problems
