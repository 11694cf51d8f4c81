"""`news-monitor webhook verify`: a receiver's first try, and what is said of the usual mistakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner

from monitor.cli.main import app
from tests.servers.webhooks import SECRET

BODY = '{"type":"alert.created","title":"水獭"}'


def verified(body: str = BODY, *, hours_old: int = 0, secret: str = SECRET, **headers: str) -> tuple[int, str]:
    at = datetime.now(UTC) - timedelta(hours=hours_old)
    signed = {
        "id": "dlv_1",
        "timestamp": str(int(at.timestamp())),
        "signature": "v1,b2xk " + Webhook(SECRET).sign("dlv_1", at, BODY),
        **headers,
    }
    options = [part for name, value in signed.items() for part in (f"--{name}", value)]
    command = ["webhook", "verify", *options, "--secret-env", "DESK"]
    result = CliRunner().invoke(app, command, input=body.encode(), env={"DESK": secret})
    return result.exit_code, result.output


def test_what_is_ours_is_valid() -> None:
    assert verified() == (0, f"valid: dlv_1, {len(BODY.encode())} bytes\n")


@pytest.mark.parametrize(
    ("code", "said", "made"),
    [
        (1, "not that of this id, timestamp and body with this secret\n", {"body": BODY.replace("水", "火")}),
        (1, "not that of this id", {"id": "dlv_2"}),
        (1, "not that of this id", {"secret": SECRET[:-4] + "AAA="}),
        (1, "without the line break at its end it is: verify the bytes as they came", {"body": BODY + "\n"}),
        (1, "no number of seconds", {"timestamp": "today"}),
        (1, "but the timestamp is 36", {"hours_old": 1}),
        (1, 'no signature that starts with "v1,"', {"signature": "v1a,x"}),
        (2, "whsec_", {"secret": "hello!"}),
        (2, "is not set", {"secret": ""}),
    ],
)
def test_whatever_is_wrong_is_said(code: int, said: str, made: dict[str, Any]) -> None:
    found, output = verified(**made)
    assert found == code
    assert said in output
