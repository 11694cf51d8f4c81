"""A pace keeps every rate at once, and a rest that the receiver asked for."""

from __future__ import annotations

from random import Random

import pytest

from monitor.alerts.channels import dingtalk, feishu, slack, telegram, wecom
from monitor.alerts.pace import Pace


def test_a_burst_goes_at_once_and_the_next_waits_for_the_first_to_be_old_enough() -> None:
    pace = Pace((2, 10.0))
    assert pace.wait_s(100.0) == 0
    pace.sent(100.0)
    pace.sent(101.0)
    assert pace.wait_s(103.0) == 7.0
    assert pace.wait_s(110.0) == 0


def test_a_rest_holds_until_its_end_and_a_shorter_one_does_not_cut_it() -> None:
    pace = Pace((100, 1.0))
    pace.rest(50.0, 60.0)
    pace.rest(50.0, 5.0)
    assert pace.wait_s(50.0) == 60.0
    assert pace.wait_s(110.0) == 0


def test_who_keeps_none_never_waits() -> None:
    pace = Pace()
    for _ in range(3):
        assert pace.wait_s(1.0) == 0
        pace.sent(1.0)


@pytest.mark.parametrize(
    ("rates", "limits"),
    [
        (feishu.RATES, ((5, 1.0), (100, 60.0))),
        (dingtalk.RATES, ((20, 60.0),)),
        (wecom.RATES, ((20, 60.0),)),
        (slack.RATES, ((1, 1.0),)),
        (telegram.RATES_OF_A_PERSON, ((1, 1.0),)),
        (telegram.RATES_OF_A_GROUP, ((1, 1.0), (20, 60.0))),
    ],
)
def test_however_messages_come_no_service_gets_more_than_it_takes(
    rates: tuple[tuple[int, float], ...], limits: tuple[tuple[int, float], ...]
) -> None:
    pace, now, chance, sent = Pace(*rates), 0.0, Random(7), []
    for _ in range(1_000):
        now += chance.choice((0.0, 0.01, chance.random(), 5 * chance.random()))
        now += pace.wait_s(now)
        pace.sent(now)
        sent.append(now)
    for count, per_s in limits:
        assert all(later - first >= per_s - 1e-6 for first, later in zip(sent, sent[count:], strict=False))
