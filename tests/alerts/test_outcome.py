"""What each answer means, row by row of the table in `monitor.alerts.outcome`."""

from __future__ import annotations

import pytest

from monitor.alerts.outcome import (
    ChannelAtFault,
    ChannelGone,
    Delivered,
    Later,
    MessageAtFault,
    SmtpStage,
    of_fetch_error,
    of_http_status,
    of_smtp,
)
from monitor.errors import FetchError
from tests.alerts.samples import NOW


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((200, 201, 202, 204, 206, 299), Delivered),
        ((408, 425, 429, 500, 502, 503, 504, 507, 599), Later),
        ((401, 403, 404, 407), ChannelAtFault),
        ((410,), ChannelGone),
        ((300, 301, 302, 303, 304, 307, 308), MessageAtFault),
        ((400, 402, 405, 406, 409, 411, 413, 414, 415, 418, 422, 426, 431, 451, 499), MessageAtFault),
        # No final status at all: nothing was said about the message.
        ((100, 101, 103, 600, 999), Later),
    ],
)
def test_an_http_status_says_who_is_at_fault(statuses: tuple[int, ...], outcome: type) -> None:
    for status in statuses:
        assert type(of_http_status(status, {}, now=NOW)) is outcome, status


@pytest.mark.parametrize(
    ("status", "retry_after", "expected_s"),
    [
        (429, "120", 120.0),
        (503, "Fri, 10 Jul 2026 06:04:05 GMT", 60.0),
        (503, "soon", None),
        (500, None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    status: int, retry_after: str | None, expected_s: float | None
) -> None:
    outcome = of_http_status(status, {"retry-after": retry_after} if retry_after else {}, now=NOW)
    assert isinstance(outcome, Later)
    assert outcome.retry_after_s == expected_s


@pytest.mark.parametrize(
    ("status", "text", "answer"),
    [
        (404, "", "HTTP 404 Not Found"),
        (400, "no such field", "HTTP 400 Bad Request: no such field"),
        (302, "", "HTTP 302 Found (redirects are not followed)"),
        (599, "odd", "HTTP 599: odd"),
    ],
)
def test_the_answer_is_told_in_one_line(status: int, text: str, answer: str) -> None:
    assert of_http_status(status, {}, now=NOW, text=text).answer == answer


@pytest.mark.parametrize(
    ("code", "stages", "outcome"),
    [
        (250, ("data",), Delivered),
        (251, ("data",), Delivered),
        # 4yz: this message later.
        (421, ("mail", "rcpt", "data"), Later),
        (450, ("mail", "rcpt", "data"), Later),
        (451, ("mail", "rcpt", "data"), Later),
        (452, ("mail", "rcpt", "data"), Later),
        # Before MAIL no message is on the table: the whole channel waits.
        (421, ("connect", "ehlo", "starttls", "auth"), ChannelAtFault),
        (454, ("starttls", "auth"), ChannelAtFault),
        (502, ("ehlo", "starttls", "auth"), ChannelAtFault),
        (554, ("connect",), ChannelAtFault),
        (535, ("auth", "mail", "rcpt", "data"), ChannelAtFault),
        # MAIL names the sender, which all messages share.
        (530, ("mail",), ChannelAtFault),
        (550, ("mail",), ChannelAtFault),
        (553, ("mail",), ChannelAtFault),
        # RCPT and DATA speak of this message.
        (550, ("rcpt", "data"), MessageAtFault),
        (551, ("rcpt",), MessageAtFault),
        (552, ("rcpt", "data"), MessageAtFault),
        (554, ("rcpt", "data"), MessageAtFault),
        # No answer: before MAIL there is no connection, after it the message may be half way or through.
        (None, ("connect", "ehlo", "starttls", "auth"), ChannelAtFault),
        (None, ("mail", "rcpt", "data"), Later),
        # Not an answer to what was asked.
        (252, ("rcpt",), Later),
        (354, ("mail", "rcpt"), Later),
    ],
)
def test_an_smtp_answer_means_what_its_stage_makes_of_it(
    code: int | None, stages: tuple[SmtpStage, ...], outcome: type
) -> None:
    for stage in stages:
        assert type(of_smtp(code, "text", stage)) is outcome, stage


def test_an_smtp_answer_is_told_with_its_stage() -> None:
    assert of_smtp(550, "5.1.1 no such user", "rcpt").answer == "SMTP RCPT: 550 5.1.1 no such user"
    assert of_smtp(None, "Connection lost", "data").answer == "SMTP DATA: Connection lost"


@pytest.mark.parametrize(
    ("phase", "status", "outcome"),
    [
        ("address", None, ChannelAtFault),
        ("dns", None, ChannelAtFault),
        ("connect", None, ChannelAtFault),
        ("tls", None, ChannelAtFault),
        ("proxy", None, ChannelAtFault),
        ("send", None, Later),
        ("body", None, Later),
        # The receiver had spoken before its answer broke off.
        ("body", 200, Delivered),
        ("body", 500, Later),
        ("body", 410, ChannelGone),
        ("body", 422, MessageAtFault),
    ],
)
def test_a_failed_request_means_what_its_phase_makes_of_it(phase: str, status: int | None, outcome: type) -> None:
    error = FetchError("https://hook.example/secret-token", "timed out", phase=phase, status=status)
    found = of_fetch_error(error, now=NOW)
    assert type(found) is outcome
    assert "secret-token" not in found.answer
