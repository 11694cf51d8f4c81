"""What the operator is told of the service itself, on every kind of channel."""

from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_string, policy

import pytest

from monitor.alerts.deliveries import notice_deliveries
from monitor.alerts.payload import notice_payload, written
from monitor.model import Delivery, Notice
from monitor.settings.channels import EmailChannel, MailboxChannel, MailSettings, WebhookChannel
from tests.alerts.samples import NOTICE
from tests.alerts.schema import faults

MAIL = MailSettings(host="smtp.example", sender="Monitor <news@example.org>")
EMAIL = EmailChannel(id="ops", type="email", to=("ann@example.org", "bob@example.org"))
BOX = MailboxChannel(id="box", type="mailbox", path="data/mail")
HOOK = WebhookChannel(id="hook", type="webhook", url="https://hook.example/")


def delivered(notice: Notice = NOTICE) -> list[Delivery]:
    """Deliver a notice to everybody."""
    return [made for channel in (EMAIL, BOX, HOOK) for made in notice_deliveries(notice, channel, mail=MAIL)]


def test_each_recipient_gets_one_and_it_belongs_to_no_watchlist() -> None:
    assert [(each.channel_id, each.recipient, each.watchlist_id) for each in delivered()] == [
        ("ops", "ann@example.org", ""),
        ("ops", "bob@example.org", ""),
        ("box", "mail", ""),
        ("hook", "hook", ""),
    ]


def test_a_mail_says_what_happened_and_what_to_do() -> None:
    message = message_from_string(delivered()[0].body, policy=policy.default)
    assert message["To"] == "ann@example.org"
    assert message["Subject"].startswith("Feed example-news has gone silent: its newest item")
    assert message["Subject"].endswith("[operator]")
    assert message["List-Id"] == "<operator.example.org>"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        text = " ".join(part.get_content().split())
        assert NOTICE.title in text
        assert NOTICE.text in text


def test_a_webhooks_payload_is_as_documented() -> None:
    payload = json.loads(delivered()[3].body)
    assert list(faults(payload)) == []
    assert payload["notice"] == {
        "kind": NOTICE.kind,
        "subject": NOTICE.subject,
        "title": NOTICE.title,
        "text": NOTICE.text,
    }


@pytest.mark.parametrize("missing", ["notice", "why", "id"])
def test_the_schema_would_see_what_is_missing(missing: str) -> None:
    payload = json.loads(written(notice_payload(NOTICE)))
    assert list(faults({name: value for name, value in payload.items() if name != missing}))


def test_hostile_texts_stay_texts() -> None:
    hostile = replace(NOTICE, title="<b>x</b>\r\nBcc: eve@example.org \ud800", text="<script>1</script>" * 999)
    for each in delivered(hostile):
        assert "\nBcc:" not in each.body
        assert "<script>" not in each.body or each.channel_id == "hook" or "Content-Type: text/plain" in each.body
        assert each.body.encode()
    assert list(faults(json.loads(delivered(hostile)[3].body))) == []


def test_one_episode_is_one_notice() -> None:
    def ids(notice: Notice) -> set[str]:
        return {each.id for each in delivered(notice)}

    again = replace(NOTICE, title="other words", noticed_at=NOTICE.noticed_at.replace(hour=9))
    assert ids(again) == ids(NOTICE)
    for other in (replace(NOTICE, episode="x"), replace(NOTICE, subject="x"), replace(NOTICE, kind="x")):
        assert ids(other).isdisjoint(ids(NOTICE))
