"""Alerts carry links and are written with the user's templates, as the host that makes them finds both."""

from __future__ import annotations

import base64
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from monitor.model import Watchlist
from monitor.settings.schema import Settings
from monitor.stories.release import Digest
from monitor.stories.tell import Step, Telling
from tests.alerts.samples import NOW, a_story
from workers.composing import Plan, alerts_of
from workers.decisions import Decisions
from workers.rules import Rules
from workers.stationery import stationery_of
from workers.wiring import Place

KEY = base64.b64encode(b"k" * 32).decode()


def test_a_digest_is_made_with_the_links_and_templates_of_this_host(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mail.txt").write_text("{{ mail.type }} {{ mail.links.mute }}", "utf-8")
    settings = Settings.model_validate(
        {
            "web": {"public_url": "https://news.example", "signing_key_env": "KEY"},
            "mail": {"templates": "own"},
            "channels": [{"id": "box", "type": "mailbox", "path": "mail"}],
            "watchlists": [{"id": "otter", "terms": ["Teal"], "channels": ["box"]}],
        }
    )
    stationery = stationery_of(settings, Place(tmp_path / "settings.toml", {"KEY": KEY}))
    rules = Rules.of(settings, stationery=stationery)
    telling = Telling("box", is_update=False, number=1, story=a_story(), held="daily digest")
    plan = Plan(Step(), digests=(Digest("box", NOW + timedelta(hours=1), (telling,)),))
    everybody: Any = SimpleNamespace(is_unsubscribed=lambda *_: False)
    ((alert, (delivery,)),) = alerts_of(
        plan, Watchlist("otter", "Otter"), rules, now=NOW, decisions=cast(Decisions, everybody)
    )
    message = message_from_string(delivery.body, policy=policy.default)
    text = message.get_body(("plain",))
    assert text
    kind, address = text.get_content().split()
    assert kind == alert.type == "digest.created"
    assert stationery.links
    asked = stationery.links.verify(address.removeprefix("https://news.example/f/"))
    assert asked
    assert (asked.purpose, asked.alert_id, asked.channel_id, asked.recipient) == ("mute", alert.id, "box", "mail")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
