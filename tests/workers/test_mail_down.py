"""A mail server that is away, or refuses one recipient or one moment: every alert arrives, none twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.alerts import retry
from monitor.queue.keys import shard_of
from monitor.queue.letters import DeadLetters
from monitor.queue.store import Store
from tests.servers.smtp import DROP, MailServer, Refusal
from tests.workers.crew import Crew, crew

ONE, TWO = "one@example.org", "two@example.org"
SHARD = shard_of("qwen")


@asynccontextmanager
async def mailing(store: Store, folder: Path, smtp: MailServer) -> AsyncIterator[Crew]:
    """Run a matcher and a notifier that mail two recipients of everything about Qwen."""
    settings = f"""
[mail]
host = "127.0.0.1"
port = {smtp.port}
security = "none"
sender = "News <news@example.org>"
timeout = "1s"

[[channels]]
id = "mail"
type = "email"
to = ["{ONE}", "{TWO}"]

[[watchlists]]
id = "qwen"
terms = ["Qwen"]
channels = ["mail"]
"""
    async with crew(store, folder, settings, "matcher", "notifier") as workers:
        yield workers


def received(smtp: MailServer, recipient: str) -> list[str]:
    """List the subjects that a recipient got, in order of arrival."""
    return [str(mail.message["Subject"]) for mail in smtp.mails if mail.recipients == (recipient,)]


async def fall_due(store: Store) -> None:
    """Let the next attempt of all that is open be due now; a lane sees it when it is next woken."""
    key = store.keys.outbox(SHARD, "mail")
    for delivery in await store.run("ZRANGE", key, 0, -1):
        await store.run("ZADD", key, 0, delivery)


async def test_a_server_that_was_down_gets_every_alert_once_and_in_order(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "_FIRST_PROBE_S", 0.05)
    monkeypatch.setattr(retry, "_LAST_PROBE_S", 0.2)
    titles = [f"Qwen {number}" for number in range(20)]
    async with MailServer() as smtp, mailing(store, tmp_path, smtp) as workers:
        await workers.publish(*titles[:5])
        await smtp.received(10)
        await smtp.stop()
        await workers.publish(*titles[5:])
        await workers.eventually(
            lambda status: status["channels"][0]["state"] == "waiting" and status["channels"][0]["open"] == 30
        )
        assert (await workers.channel("mail"))["answer"].startswith("SMTP CONNECT: ")
        await smtp.start()
        await smtp.received(40)
        await workers.eventually(lambda status: status["channels"][0]["open"] == 0)
        status = await workers.status()
    for recipient in (ONE, TWO):
        assert received(smtp, recipient) == [f"{title} [qwen]" for title in titles]
    assert max(Counter(mail.id for mail in smtp.mails).values()) == 1
    assert (status["dead_letters"], status["channels"][0]["retried"]) == (0, 0)


async def test_a_recipient_who_is_refused_for_good_is_a_dead_letter_of_that_recipient_alone(
    store: Store, tmp_path: Path
) -> None:
    letters = DeadLetters(store)
    async with MailServer() as smtp, mailing(store, tmp_path, smtp) as workers:
        smtp.refused_recipients[TWO] = "550 5.1.1 no such user"
        await workers.publish("Qwen one", "Qwen two")
        await smtp.received(2)
        await workers.eventually(lambda status: status["dead_letters"] == 2)
        assert len(received(smtp, ONE)) == 2
        assert {letter.reason for letter in await letters.list()} == {"SMTP RCPT: 550 5.1.1 no such user"}
        assert (await workers.channel("mail"))["state"] == "good"

        del smtp.refused_recipients[TWO]
        for letter in await letters.list():
            assert await letters.replay(letter.id)
        await workers.publish("Qwen three")
        await smtp.received(6)
        assert len(received(smtp, ONE)) == len(received(smtp, TWO)) == 3


@pytest.mark.parametrize(
    ("stage", "refusal", "said"),
    [
        ("RCPT", Refusal("450 4.2.1 mailbox busy"), "SMTP RCPT: 450 4.2.1 mailbox busy"),
        ("DATA", Refusal("451 4.3.0 try later"), "SMTP DATA: 451 4.3.0 try later"),
        ("END", DROP, "SMTP DATA: "),
    ],
    ids=["450-to-RCPT", "451-to-DATA", "lost-before-the-answer"],
)
async def test_a_refusal_that_passes_is_tried_again_under_the_same_id(
    store: Store, tmp_path: Path, stage: str, refusal: Refusal, said: str
) -> None:
    async with MailServer() as smtp, mailing(store, tmp_path, smtp) as workers:
        smtp.at(stage).then(refusal)  # type: ignore[arg-type]  # a table's words
        await workers.publish("Qwen one")
        await workers.eventually(
            lambda status: (status["channels"][0]["retried"], status["channels"][0]["delivered"]) == (1, 1)
        )
        (late,) = await store.run("ZRANGE", store.keys.outbox(SHARD, "mail"), 0, -1)
        assert (await store.run("HGET", store.keys.delivery(SHARD, late), "answer")).startswith(said)
        await fall_due(store)
        await workers.publish("Qwen two")
        await smtp.received(4)
        await workers.eventually(lambda status: status["channels"][0]["delivered"] == 4)
    assert len({(mail.id, *mail.recipients) for mail in smtp.mails}) == len(smtp.distinct) == 4
    # Only a server that took a message and could not say so sees its Message-ID twice.
    assert len(smtp.mails) == (5 if stage == "END" else 4)
