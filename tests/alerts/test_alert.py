"""Ids are derived of what an alert is about, and of nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.alert import alert_of
from monitor.alerts.identity import alert_id, delivery_id, story_id
from tests.alerts.samples import EVIDENCE, ITEM, NOW, WATCHLIST, WHY, match_of

MATCH = match_of(ITEM, *EVIDENCE)


def test_an_alert_made_again_carries_the_ids_that_it_had() -> None:
    first = alert_of(MATCH, ITEM, watchlist=WATCHLIST, why=WHY, now=NOW)
    again = alert_of(MATCH, ITEM, watchlist=replace(WATCHLIST, name="renamed"), why="else", now=NOW + timedelta(days=1))
    assert (again.id, again.stories[0].id) == (first.id, first.stories[0].id)


def test_an_alert_tells_what_was_matched_and_when() -> None:
    alert = alert_of(MATCH, ITEM, watchlist=WATCHLIST, why=WHY, now=NOW)
    assert (alert.type, alert.watchlist_id, alert.watchlist_version) == ("alert.created", "otter", MATCH.version)
    assert (alert.stories[0].first_seen_at, alert.created_at, alert.why) == (ITEM.seen_at, NOW, WHY)
    assert [(entry.item, entry.evidence) for entry in alert.stories[0].items] == [(ITEM, EVIDENCE)]


@pytest.mark.parametrize(
    ("derived", "expected"),
    [
        # Written down once: ids in receivers' hands must survive every later version.
        (story_id("otter", "5f" * 16), "sto_xa7ll6naw56r66sq7vxz72t34jkylwp7"),
        (alert_id("otter", "5f" * 16, "alert.created", 1), "alt_kfgzbipw6mcebfqwsexoxhpeoha4mttx"),
        (delivery_id("alt_x", "mail", "ann@example.org"), "dlv_eflcxpweo3mcc6pfsb6xtnd3hbxsz34w"),
    ],
)
def test_ids_stay_what_they_were_in_the_first_version(derived: str, expected: str) -> None:
    assert derived == expected


@pytest.mark.parametrize(
    "other",
    [
        alert_id("otter2", "k", "alert.created", 1),
        alert_id("otter", "k2", "alert.created", 1),
        alert_id("otter", "k", "alert.updated", 1),
        alert_id("otter", "k", "alert.created", 2),
        story_id("otter", "k").replace("sto_", "alt_"),
    ],
)
def test_whatever_makes_another_alert_makes_another_id(other: str) -> None:
    assert other != alert_id("otter", "k", "alert.created", 1)


@given(st.lists(st.text(), min_size=3, max_size=3), st.lists(st.text(), min_size=3, max_size=3))
def test_no_two_triples_share_an_id_however_their_texts_run_together(one: list[str], two: list[str]) -> None:
    assert (delivery_id(*one) == delivery_id(*two)) == (one == two)


@given(st.text(), st.text(), st.text())
def test_ids_need_no_escaping_anywhere(one: str, two: str, three: str) -> None:
    assert re.fullmatch(r"dlv_[a-z2-7]{32}", delivery_id(one, two, three))


@pytest.mark.parametrize(("one", "two"), [(("ab", "c", ""), ("a", "bc", "")), (("a", "", "b"), ("a", "b", ""))])
def test_parts_that_run_together_alike_are_told_apart(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    assert delivery_id(*one) != delivery_id(*two)
