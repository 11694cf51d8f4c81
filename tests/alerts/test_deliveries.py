"""Which deliveries an alert becomes."""

from __future__ import annotations

from email import message_from_string, policy

import pytest

from monitor.alerts.deliveries import deliveries_of
from monitor.alerts.hook_body import hook_body
from monitor.alerts.sender import envelope_sender_of, sender_of
from monitor.model import Delivery
from monitor.settings.channels import Channel, EmailChannel, MailboxChannel, MailSettings, WebhookChannel
from tests.alerts.samples import NOW, an_alert

ALERT = an_alert()
MAIL = MailSettings(host="127.0.0.1", sender="News monitor <news@example.org>")
BOX = MailboxChannel(id="box", type="mailbox", path="data/mail")
TEAM = EmailChannel(id="team", type="email", to=("ann@example.org", "bob@example.org"))
HOOK = WebhookChannel(id="hook", type="webhook", url="https://hook.example/")


def made(*channels: Channel, mail: MailSettings = MAIL) -> tuple[Delivery, ...]:
    return deliveries_of(ALERT, channels, mail=mail, time_zone="UTC")


def test_each_recipient_of_each_channel_gets_one_delivery_in_the_order_of_the_settings() -> None:
    assert [(delivery.channel_id, delivery.recipient) for delivery in made(BOX, TEAM, HOOK)] == [
        ("box", "mail"),
        ("team", "ann@example.org"),
        ("team", "bob@example.org"),
        ("hook", "hook"),
    ]


def test_a_delivery_names_its_alert_and_has_no_attempt_yet() -> None:
    for delivery in made(BOX, TEAM, HOOK):
        assert (delivery.alert_id, delivery.watchlist_id) == (ALERT.id, "otter")
        assert (delivery.created_at, delivery.attempts) == (NOW, 0)


def test_a_recipient_named_twice_gets_one_mail() -> None:
    twice = EmailChannel(id="team", type="email", to=("ann@example.org", "ann@example.org"))
    assert len(made(twice, twice)) == 1


def test_deliveries_made_again_are_the_same_with_their_bodies() -> None:
    assert made(BOX, TEAM, HOOK) == made(BOX, TEAM, HOOK)


def test_a_channel_that_is_switched_off_keeps_its_deliveries() -> None:
    assert len(made(BOX.model_copy(update={"enabled": False}))) == 1


def test_who_unsubscribed_gets_none_and_the_others_theirs() -> None:
    def is_unsubscribed(*asked: str) -> bool:
        return asked in (("otter", "team", "ann@example.org"), ("otter", "hook", "hook"))

    left = deliveries_of(ALERT, [BOX, TEAM, HOOK], mail=MAIL, time_zone="UTC", is_unsubscribed=is_unsubscribed)
    assert [delivery.recipient for delivery in left] == ["mail", "bob@example.org"]


def test_a_webhook_gets_the_payload_and_a_mail_names_reader_sender_and_delivery() -> None:
    box, ann, _, hook = made(BOX, TEAM, HOOK)
    assert hook.body == hook_body(ALERT, HOOK)
    to_ann = message_from_string(ann.body, policy=policy.default)
    assert (to_ann["To"], to_ann["From"]) == ("ann@example.org", "News monitor <news@example.org>")
    assert to_ann["Message-ID"] == f"<{ann.id}@example.org>"
    assert message_from_string(box.body, policy=policy.default)["To"] == "box@localhost"


def test_a_channels_own_mail_settings_replace_the_general_ones() -> None:
    own = TEAM.model_copy(update={"mail": MailSettings(host="127.0.0.1", sender="own@example.net")})
    assert message_from_string(made(own)[0].body, policy=policy.default)["From"] == "own@example.net"


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (MAIL, "News monitor <news@example.org>"),
        (MailSettings(username="me@example.org", password_env="P"), "me@example.org"),
        (MailSettings(username="me", password_env="P"), "News monitor <news-monitor@localhost>"),
        (MailSettings(), "News monitor <news-monitor@localhost>"),
    ],
)
def test_the_sender_is_the_settings_or_the_user_who_logs_in(mail: MailSettings, expected: str) -> None:
    assert sender_of(mail) == expected
    assert envelope_sender_of(mail) == expected


def test_bounces_go_where_the_settings_say_and_the_face_of_a_mail_stays() -> None:
    mail = MAIL.model_copy(update={"bounce_to": "bounces@example.org"})
    assert envelope_sender_of(mail) == "bounces@example.org"
    assert message_from_string(made(TEAM, mail=mail)[0].body, policy=policy.default)["From"] == MAIL.sender
