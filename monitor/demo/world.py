"""The world in which the service runs: a folder of its own, the servers, and the settings that name them."""

from __future__ import annotations

import base64
import secrets
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path
from string import Template

from aiohttp import web

from monitor.demo.ledger import Ledger, Receipt
from monitor.demo.plan import Publication, old_news
from monitor.demo.samples import Sample
from monitor.demo.servers import FeedSite, HookReceiver, MailReceiver, http_server, mail_server, mail_subject

SECRET_ENV = "DEMO_WEBHOOK_SECRET"  # noqa: S105 -- the variable's name
#: How old the news is that the feeds list from the start: more than `polling.first_poll_max_age`.
OLD = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class World:
    """Where everything is."""

    plan: Sequence[Publication]
    ledger: Ledger
    settings: Path
    #: Names of the watchlists by id, as the settings have them.
    watchlists: Mapping[str, str]
    #: Folder of the embedded server.
    data_dir: Path
    #: What the service finds in its environment: the secrets.
    environ: Mapping[str, str]
    _site: FeedSite
    _mailbox: Path

    def publish(self, publication: Publication) -> None:
        """Let an entry appear in its feed, now."""
        now = datetime.now(UTC)
        self._site.publish(publication.feed, publication.entry, now)
        self.ledger.publish(publication, now.timestamp())

    def look_into_mailbox(self) -> None:
        """Record the messages in the mailbox folder; a file's time is its receipt."""
        for file in sorted(self._mailbox.glob("new/*"), key=lambda file: file.stat().st_mtime):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            self.ledger.receive(Receipt("mailbox", file.name, mail_subject(message), file.stat().st_mtime))


@asynccontextmanager
async def open_world(
    folder: Path, *, samples: Mapping[str, Sample], plan: Sequence[Publication], ledger: Ledger
) -> AsyncIterator[World]:
    """Start the servers and write the settings into `folder`; stop the servers at the end."""
    site = FeedSite(samples)
    _list_old_news(site, samples, plan)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    hook = HookReceiver(secret, ledger)
    async with (
        http_server([web.get("/{feed}", site.respond)]) as feeds_url,
        mail_server(MailReceiver(ledger)) as smtp_port,
        http_server([web.post("/hook", hook.respond)]) as hook_url,
    ):
        text = settings_text(feeds_url=feeds_url, smtp_port=smtp_port, hook_url=f"{hook_url}/hook")
        settings = folder / "settings.toml"
        settings.write_text(text, "utf-8")
        yield World(
            plan=plan,
            ledger=ledger,
            settings=settings,
            watchlists={entry["id"]: entry["name"] for entry in tomllib.loads(text)["watchlists"]},
            data_dir=folder / "redis",
            environ={SECRET_ENV: secret},
            _site=site,
            _mailbox=folder / "mail",
        )


def settings_text(*, feeds_url: str, smtp_port: int, hook_url: str) -> str:
    """Return the demonstration's settings.toml for servers at these addresses."""
    template = Template(files("monitor.demo").joinpath("samples/settings.toml").read_text("utf-8"))
    return template.substitute(feeds_url=feeds_url, smtp_port=smtp_port, hook_url=hook_url, secret_env=SECRET_ENV)


def _list_old_news(site: FeedSite, samples: Mapping[str, Sample], plan: Sequence[Publication]) -> None:
    for sample in samples.values():
        for entry in old_news(sample, plan):
            site.publish(sample.id, entry, datetime.now(UTC) - OLD)
