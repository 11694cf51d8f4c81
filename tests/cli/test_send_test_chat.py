"""`news-monitor send-test` through every chat: from settings and the secrets that they name to the service's answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from monitor.cli.main import app
from tests.cli.test_send_test import beside
from tests.servers.chat import BAD_SIGNATURE, BOT, SECRET, TOKEN, ChatServer, answer

CHANNEL = """
[net]
allow_hosts = ["127.0.0.1"]
[[channels]]
id = "team"
type = "{service}"
"""
HOOK = 'url_env = "CHAT_URL"\n'
SIGNED = HOOK + 'secret_file = "secret"\n'
BOTS = 'token_env = "CHAT_TOKEN"\nchat_id = -1001\napi_base = "{address}"\n'
KEYS = {"feishu": SIGNED, "dingtalk": SIGNED, "wecom": HOOK, "slack": HOOK, "telegram": BOTS}


@contextmanager
def serving(service: str) -> Iterator[tuple[ChatServer, asyncio.AbstractEventLoop]]:
    """Run a service in a thread of its own, since a command has a loop of its own."""
    with beside() as loop:
        server = ChatServer(service)
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        try:
            yield server, loop
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)


def send_test(server: ChatServer, folder: Path, *, secret: str = SECRET) -> Result:
    keys = KEYS[server.service].format(address=server.address)
    (folder / "settings.toml").write_text(CHANNEL.format(service=server.service) + keys, "utf-8")
    (folder / "secret").write_text(secret + "\n", "utf-8")
    arguments = ["send-test", "team", "--settings", str(folder / "settings.toml")]
    return CliRunner().invoke(app, arguments, env={"CHAT_URL": server.url, "CHAT_TOKEN": BOT})


@pytest.mark.parametrize("service", KEYS)
def test_a_test_alert_arrives_with_its_words(service: str, tmp_path: Path) -> None:
    with serving(service) as (server, _):
        server.signed = service in BAD_SIGNATURE
        result = send_test(server, tmp_path)
    assert result.exit_code == 0, result.output
    assert "team: delivered" in result.output
    (body,) = server.bodies
    assert "This is a" in str(body)
    assert "news monitor" in str(body)
    assert TOKEN not in result.output


@pytest.mark.parametrize("service", ["feishu", "dingtalk"])
def test_a_wrong_signing_secret_is_named(service: str, tmp_path: Path) -> None:
    with serving(service) as (server, _):
        server.signed = True
        result = send_test(server, tmp_path, secret="another secret")
    assert result.exit_code == 1
    assert "not delivered" in result.output
    assert "signing secret" in result.output


def test_a_refusal_with_http_200_is_not_taken_for_sent(tmp_path: Path) -> None:
    with serving("wecom") as (server, _):
        server.script.then(answer({"errcode": 93000, "errmsg": f"invalid webhook url, key={TOKEN}"}))
        result = send_test(server, tmp_path)
    assert result.exit_code == 1
    assert "not delivered: WeCom 93000: invalid webhook url, key=***" in result.output


def test_apprise_serves_the_rest(tmp_path: Path) -> None:
    with serving("slack") as (server, _):  # whose answer is 200
        (tmp_path / "settings.toml").write_text(CHANNEL.format(service="apprise") + HOOK, "utf-8")
        arguments = ["send-test", "team", "--settings", str(tmp_path / "settings.toml")]
        url = server.url.replace("http://", "json://")
        result = CliRunner().invoke(app, arguments, env={"CHAT_URL": url})
    assert result.exit_code == 0, result.output
    assert "team: delivered: Apprise: accepted" in result.output
    assert server.bodies[0]["message"]


def test_a_secret_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(CHANNEL.format(service="slack") + HOOK, "utf-8")
    arguments = ["send-test", "team", "--settings", str(tmp_path / "settings.toml")]
    result = CliRunner().invoke(app, arguments, env={})
    assert result.exit_code == 1
    assert "environment variable CHAT_URL: is not set" in result.output
