"""`news-monitor send-test`: does a channel work? Against a real mail server and a real receiver."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from mailbox import Maildir
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from monitor.cli.main import app
from tests.servers.http import Answer
from tests.servers.smtp import MailServer
from tests.servers.webhooks import SECRET, WebhookReceiver


@dataclass(frozen=True, slots=True)
class World:
    """Receivers in a thread of their own, since a command has a loop of its own, and settings that name them."""

    hook: WebhookReceiver
    smtp: MailServer
    path: Path

    def send(self, channel: str) -> Result:
        """Run the command."""
        arguments = ["send-test", channel, "--settings", str(self.path)]
        return CliRunner().invoke(app, arguments, env={"HOOK_SECRET": SECRET})


@contextmanager
def beside() -> Iterator[asyncio.AbstractEventLoop]:
    """Run a loop in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def receivers() -> AsyncIterator[tuple[WebhookReceiver, MailServer]]:
    """Run a webhook receiver and a mail server."""
    async with WebhookReceiver() as hook, MailServer() as smtp:
        yield hook, smtp


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with beside() as loop:
        running = receivers()
        hook, smtp = asyncio.run_coroutine_threadsafe(running.__aenter__(), loop).result(10)
        path = tmp_path / "settings.toml"
        path.write_text(
            f"""
[net]
allow_hosts = ["127.0.0.1"]

[mail]
host = "127.0.0.1"
port = {smtp.port}
security = "none"
sender = "news@example.org"

[[channels]]
id = "box"
type = "mailbox"
path = "mail"

[[channels]]
id = "mail"
type = "email"
to = ["one@example.org", "two@example.org"]

[[channels]]
id = "hook"
type = "webhook"
url = "{hook.url()}"
secret_env = "HOOK_SECRET"
enabled = false

[[channels]]
id = "unsigned"
type = "webhook"
url_env = "NO_SUCH_VARIABLE"
""",
            "utf-8",
        )
        yield World(hook, smtp, path)
        asyncio.run_coroutine_threadsafe(running.__aexit__(None, None, None), loop).result(10)


def test_a_mailbox_gets_a_message_each_time(world: World, tmp_path: Path) -> None:
    for _ in range(2):
        result = world.send("box")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "mail: delivered: written\n", "")
    subjects = [mail["Subject"] for mail in Maildir(tmp_path / "mail", create=False)]
    assert subjects == ["This is a test of the news monitor [Test]"] * 2


def test_every_recipient_of_a_mail_channel_gets_one_and_who_is_refused_is_named(world: World) -> None:
    assert world.send("mail").exit_code == 0
    assert [mail.recipients for mail in world.smtp.mails] == [("one@example.org",), ("two@example.org",)]
    world.smtp.refused_recipients["two@example.org"] = "550 5.1.1 no such user"
    result = world.send("mail")
    assert result.exit_code == 1
    assert result.stdout.startswith("one@example.org: delivered: SMTP DATA: 250")
    assert result.stderr == "two@example.org: not delivered: SMTP RCPT: 550 5.1.1 no such user\n"


def test_a_webhook_gets_a_signed_call_even_while_it_is_switched_off(world: World) -> None:
    result = world.send("hook")
    assert (result.exit_code, result.stdout) == (0, "hook: delivered: HTTP 204 No Content\n")
    (call,) = world.hook.calls
    assert call.verified
    assert call.payload["why"] == "You asked for it: news-monitor send-test."


def test_the_answer_of_a_failing_channel_is_shown(world: World) -> None:
    world.hook.script.always(Answer(status=403, body=b"not you"))
    result = world.send("hook")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "hook: not delivered: HTTP 403 Forbidden: not you\n"


def test_a_channel_whose_secret_is_missing_says_which(world: World) -> None:
    result = world.send("unsigned")
    assert result.exit_code == 1
    assert "NO_SUCH_VARIABLE" in result.stderr


def test_an_unknown_channel_is_answered_with_the_known_ones(world: World) -> None:
    result = world.send("hok")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "delivery: hok: there is no such channel in the settings; there are: box, mail, hook, unsigned\n"
    )


def test_broken_settings_end_with_2(world: World) -> None:
    world.path.write_text("[net]\ntimeout = 0\n", "utf-8")
    result = world.send("box")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{world.path}:2: net.timeout = 0: more than 0\n"
