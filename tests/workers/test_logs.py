"""What a log line looks like: one per unit of work, readable by eye and by logfmt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from workers.logs import configure_logs


@pytest.fixture
def log() -> Iterator[structlog.stdlib.BoundLogger]:
    before = structlog.get_config()
    yield structlog.get_logger()
    structlog.configure(**before)


def test_a_line_tells_when_how_bad_who_and_what(
    log: structlog.stdlib.BoundLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("poller")
    log.info("polled", feed="meta-news", status="3 new", ms=12, url="https://a.example/?q=1", note='say "hi"', none="")
    at, rest = capsys.readouterr().err.rstrip("\n").split(" ", 1)
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(seconds=60)
    assert len(at) == len("2026-11-24T10:52:37.000001Z")
    assert rest == (
        'info    poller     polled feed=meta-news status="3 new" ms=12 url="https://a.example/?q=1"'
        r' note="say \"hi\"" none='
    )


def test_a_value_never_breaks_the_line(log: structlog.stdlib.BoundLogger, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("matcher")
    log.warning("refused", title="one\ntwo\r\u2028\x1b[31m red", name="牛油果")
    assert capsys.readouterr().err.endswith(r' title="one\ntwo\r\u2028\x1b[31m red" name=牛油果' + "\n")


def test_an_error_brings_its_traceback_below(
    log: structlog.stdlib.BoundLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("notifier")
    try:
        raise ValueError("what went wrong")
    except ValueError as error:
        log.error("delivery failed", exc_info=error)
    first, *below = capsys.readouterr().err.splitlines()
    assert first.split(" ", 1)[1] == "error   notifier   delivery failed"
    assert below[0].startswith("Traceback")
    assert below[-1] == "ValueError: what went wrong"
