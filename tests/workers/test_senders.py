"""What the settings of a channel come to in its sender."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from monitor.alerts.channels import Sender, pace_of
from monitor.alerts.outcome import Delivered
from monitor.settings.schema import Settings
from tests.alerts.samples import a_delivery
from tests.servers import WebhookReceiver
from tests.servers.webhooks import SECRET
from workers.senders import Senders
from workers.wiring import Place

NEW = "whsec_bmV3IHNlY3JldCBvZiB0aGUgZGVzaw=="


@pytest.fixture
async def senders() -> AsyncIterator[Senders]:
    made = Senders(Place(Path("settings.toml"), {"NEW": NEW, "OLD": SECRET}))
    yield made
    await made.close()


async def opened(senders: Senders, **hook: Any) -> Sender:
    channels = [{"id": "hook", "type": "webhook", "url": "https://hook.example/", **hook}]
    made, _ = await senders.apply(
        Settings.model_validate({"net": {"allow_hosts": ["127.0.0.1"]}, "channels": channels})
    )
    return made["hook"][0]


async def test_a_rate_of_the_settings_is_kept(senders: Senders) -> None:
    pace = pace_of(await opened(senders, rate="2/1s"))
    assert [pace.wait_s(10.0), pace.sent(10.0), pace.wait_s(10.1), pace.sent(10.1)] == [0.0, None, 0.0, None]
    assert pace.wait_s(10.2) == pytest.approx(0.8)
    assert pace_of(await opened(senders)).wait_s(0.0) == 0.0


async def test_while_a_secret_is_changed_over_both_sign_and_the_format_says_what_it_is(senders: Senders) -> None:
    async with WebhookReceiver() as receiver:
        hook = await opened(
            senders, url=receiver.url(), secret_env="NEW", former_secret_env="OLD", format="cloudevents"
        )
        outcome = await hook.send(a_delivery(body='{"a":1}'), attempted_at=datetime.now(UTC))
        assert isinstance(outcome, Delivered)
        (call,) = receiver.calls
    assert call.verified
    assert Webhook(NEW).verify(call.body, dict(call.headers)) == {"a": 1}
    assert call.headers["content-type"] == "application/cloudevents+json"
