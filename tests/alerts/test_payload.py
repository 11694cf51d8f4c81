"""The JSON of a webhook: exactly as documented, bounded, and always valid."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.payload import MAX_PAYLOAD_BYTES, webhook_payload
from monitor.model import Evidence
from tests.alerts.samples import an_alert
from tests.alerts.schema import SCHEMA, faults

EXPECTED = Path(__file__).parents[1] / "data" / "alerts" / "alert.json"


def payload(**fields: Any) -> Any:
    return json.loads(webhook_payload(an_alert(**fields)))


def test_the_payload_reads_as_the_expected_file_says() -> None:
    body = webhook_payload(an_alert())
    assert json.loads(body) == json.loads(EXPECTED.read_text("utf-8"))
    assert body == webhook_payload(an_alert())
    assert "青鸭" in body


def test_the_payload_has_exactly_the_documented_fields() -> None:
    found = payload()
    schema = SCHEMA["$defs"]
    assert sorted(found) == sorted([*SCHEMA["required"], *SCHEMA["else"]["required"]])
    assert list(found["items"][0]) == schema["item"]["required"]
    assert list(found["items"][0]["evidence"][0]) == schema["evidence"]["required"]


def test_evidence_says_what_stood_at_its_place_in_the_stored_text() -> None:
    long = "x" * 5_000 + " Teal"
    found = payload(summary=long, evidence=(Evidence("summary", 5_001, 5_005, "teal"),))["items"][0]
    assert found["summary"] == "x" * 1_999 + "…"
    assert found["evidence"] == [{"field": "summary", "start": 5_001, "end": 5_005, "term": "teal", "text": "Teal"}]


def test_half_an_address_is_never_sent() -> None:
    assert payload(url="https://news.example/" + "a" * 5_000)["items"][0]["url"] == ""


texts = st.text(st.characters(), max_size=200)


@given(title=texts, summary=texts, source=texts, url=texts, name=texts, why=texts)
def test_whatever_an_item_says_the_payload_keeps_to_its_schema(**fields: str) -> None:
    body = webhook_payload(an_alert(evidence=(Evidence("title", 0, 3, "t"),), **fields))
    assert list(faults(json.loads(body.encode()))) == []


def test_the_largest_item_fits_the_limit_with_its_evidence_and_summary_shortened() -> None:
    huge = "\x01\U0001f9a6" * 500_000
    many = tuple(Evidence("summary", start, start + 400, huge[:400]) for start in range(1_000))
    alert = an_alert(title=huge, summary=huge, source=huge, url=huge, name=huge, why=huge, evidence=many)
    body = webhook_payload(alert)
    found = json.loads(body)
    assert len(body.encode()) <= MAX_PAYLOAD_BYTES
    assert list(faults(found)) == []
    assert len(found["items"][0]["evidence"]) == 10
    assert found["items"][0]["summary"].endswith("…")


def test_many_items_fit_by_leaving_out_summaries() -> None:
    alert = an_alert(summary="水" * 2_000)
    body = webhook_payload(replace(alert, stories=(replace(alert.stories[0], items=alert.stories[0].items * 50),)))
    assert len(body.encode()) <= MAX_PAYLOAD_BYTES
    assert len(json.loads(body)["items"]) == 50
