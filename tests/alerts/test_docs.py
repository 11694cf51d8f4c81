"""docs/webhook.md tells receivers the truth."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from monitor.alerts.hook_body import hook_body, notice_hook_body
from monitor.alerts.retry import LADDER_S
from monitor.settings.channels import WebhookChannel
from tests.alerts.samples import NOTICE, an_alert
from tests.servers.webhooks import SECRET

HOOK = WebhookChannel(id="desk", type="webhook", url="https://desk.example.org/news")
DOCS = (Path(__file__).parents[2] / "docs" / "webhook.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found
    return found[1]


def test_the_example_is_what_is_sent() -> None:
    assert json.loads(block("json")) == json.loads(hook_body(an_alert(), HOOK))


def test_the_example_of_a_notice_is_what_is_sent() -> None:
    body = notice_hook_body(NOTICE, HOOK)
    assert json.loads(block("jsonc")) == json.loads(body)


def test_the_receiver_of_the_docs_takes_an_alert_once_and_no_forgery() -> None:
    names: dict[str, Any] = {}
    exec(block("python"), names)  # noqa: S102  # our own documentation
    body, now = hook_body(an_alert(), HOOK), datetime.now(UTC)
    headers = {
        "webhook-id": "dlv_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("dlv_1", now, body),
    }
    seen: set[str] = set()
    assert names["receive"](headers, body.encode(), secret=SECRET, seen=seen) == json.loads(body)
    assert names["receive"](headers, body.encode(), secret=SECRET, seen=seen) is None
    with pytest.raises(WebhookVerificationError):
        names["receive"](headers, body.encode() + b" ", secret=SECRET, seen=set())


def test_the_ladder_of_the_docs_is_the_one_that_is_climbed() -> None:
    units = {"s": 1, "min": 60, "h": 3_600}
    row = re.search(r"tried again after (.*?), each", DOCS)
    assert row
    assert [int(n) * units[u] for n, u in re.findall(r"(\d+) (s|min|h)\b", row[1])] == list(LADDER_S)
