"""The JSON of a webhook: exactly as documented, bounded, and always valid."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.deliveries import deliveries_of
from monitor.alerts.hook_body import hook_body, notice_hook_body
from monitor.alerts.links import Links
from monitor.alerts.payload import MAX_DIGEST_BYTES, MAX_PAYLOAD_BYTES
from monitor.alerts.specimen import specimen_notice, specimens
from monitor.model import Alert, Evidence, Source
from monitor.settings.channels import MailSettings, WebhookChannel
from tests.alerts.samples import NOTICE, NOW, a_digest, a_story, an_alert, an_update
from tests.alerts.schema import faults, undocumented

EXPECTED = Path(__file__).parents[1] / "data" / "alerts" / "alert.json"
HOOK = WebhookChannel(id="hook", type="webhook", url="https://hook.example/")
LINKS = Links("https://news.example", (b"k" * 32,))


def body_of(alert: Alert, *, links: Links | None = None) -> str:
    return hook_body(alert, HOOK, links=links)


def payload(**fields: Any) -> Any:
    return json.loads(body_of(an_alert(**fields)))


def test_test_alerts_are_as_documented_too() -> None:
    """A receiver that judges by the schema must not refuse what tries it."""
    bodies = [*(body_of(each) for each in specimens(NOW)), notice_hook_body(specimen_notice(NOW), HOOK)]
    assert [list(faults(json.loads(body))) for body in bodies] == [[]] * 4


def test_the_payload_reads_as_the_expected_file_says() -> None:
    body = body_of(an_alert())
    assert json.loads(body) == json.loads(EXPECTED.read_text("utf-8"))
    assert body == body_of(an_alert())
    assert "青鸭" in body


BODIES = {
    "a first alert": body_of(an_alert()),
    "with links": body_of(an_alert(), links=LINKS),
    "an update": body_of(an_update()),
    "a digest": body_of(a_digest(), links=LINKS),
    "a notice": notice_hook_body(NOTICE, HOOK),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_type_keeps_to_the_published_schema_and_has_no_field_that_it_does_not_name(body: str) -> None:
    found = json.loads(body)
    assert list(faults(found)) == []
    assert list(undocumented(found)) == []


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_schema_would_see_a_field_that_is_missing_and_one_that_is_not_documented(body: str) -> None:
    found = json.loads(body)
    needed = {"type", "id", "created_at", "why", "watchlist", "story", "items", "stories", "period", "notice"}
    for name in needed & set(found):
        assert list(faults({key: value for key, value in found.items() if key != name}))
    assert list(undocumented({**found, "surprise": 1})) == ["$.surprise"]


def test_the_first_form_of_an_alert_is_still_valid() -> None:
    """As of the first release: receivers test with what they once stored."""
    found = payload()
    first = {name: found[name] for name in ("type", "id", "created_at", "watchlist", "items", "why")}
    first["story"] = {name: found["story"][name] for name in ("id", "first_seen_at")}
    assert list(faults(first)) == []


def test_an_update_says_what_is_new_and_who_else_reports() -> None:
    found = json.loads(body_of(an_update()))
    story = found["story"]
    assert (found["type"], story["severity"]) == ("alert.updated", "high")
    assert story["news"] == ["now 6 sources", "new words: 青鸭"]
    assert (story["items_total"], story["copies_total"], story["sources_total"]) == (7, 3, 6)
    assert [each["is_copy"] for each in story["sources"]] == [False, False, True, True, True, False, False]
    assert story["gathered"][0] == "by meaning alone"
    assert [item["language"] for item in found["items"]] == ["zh-Hans", "en"]


def test_a_digest_tells_of_every_story_with_its_items_and_reason() -> None:
    found = json.loads(body_of(a_digest(3)))
    assert (found["type"], found["held"], found["stories_total"]) == ("digest.created", "daily digest", 3)
    assert [len(story["items"]) for story in found["stories"]] == [2, 1, 1]
    assert all(story["why"] for story in found["stories"])
    assert found["period"] == {"start": "2026-07-10T06:03:03.000Z", "end": "2026-07-10T08:03:05.000Z"}
    assert "story" not in found


def test_a_digest_of_hundreds_of_stories_is_bounded_and_counts_what_it_leaves_out() -> None:
    body = body_of(a_digest(2_000, summary="水" * 2_000))
    found = json.loads(body)
    assert len(body.encode()) <= MAX_DIGEST_BYTES
    assert list(faults(found)) == []
    assert found["stories_total"] == 2_000
    assert len(found["stories"]) + found["stories_left_out"] == 2_000
    assert len(body.encode()) > MAX_DIGEST_BYTES / 2


def test_a_whole_digest_of_a_hundred_stories_with_long_titles_is_listed() -> None:
    found = json.loads(body_of(a_digest(100, title="水" * 120, summary="水" * 2_000)))
    assert (len(found["stories"]), found["stories_left_out"]) == (100, 0)


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
    body = body_of(an_alert(evidence=(Evidence("title", 0, 3, "t"),), **fields))
    assert list(faults(json.loads(body.encode()))) == []


def test_the_largest_item_fits_the_limit_with_its_evidence_and_summary_shortened() -> None:
    huge = "\x01\U0001f9a6" * 500_000
    many = tuple(Evidence("summary", start, start + 400, huge[:400]) for start in range(1_000))
    alert = an_alert(title=huge, summary=huge, source=huge, url=huge, name=huge, why=huge, evidence=many)
    body = body_of(alert)
    found = json.loads(body)
    assert len(body.encode()) <= MAX_PAYLOAD_BYTES
    assert list(faults(found)) == []
    assert len(found["items"][0]["evidence"]) == 10
    assert found["items"][0]["summary"].endswith("…")


def test_many_items_fit_by_leaving_out_summaries() -> None:
    alert = an_alert(summary="水" * 2_000)
    body = body_of(replace(alert, stories=(replace(alert.stories[0], items=alert.stories[0].items * 50),)))
    assert len(body.encode()) <= MAX_PAYLOAD_BYTES
    assert len(json.loads(body)["items"]) == 50


def test_a_story_of_thousands_of_sources_and_items_fits() -> None:
    source = Source("水" * 300, "水" * 900, "https://news.example/" + "a" * 2_000, "zh", NOW)
    story = a_story(sources=(source,) * 1_000, items_total=1_000, items=a_story().items * 500)
    body = body_of(replace(an_update(), stories=(story,)))
    assert len(body.encode()) <= MAX_PAYLOAD_BYTES
    assert list(faults(json.loads(body))) == []


def test_a_reader_can_answer_where_there_is_an_address_to_answer_to() -> None:
    found = json.loads(body_of(an_alert(), links=LINKS))
    tokens = [url.removeprefix("https://news.example/f/") for url in found["links"].values()]
    asked = [LINKS.verify(token) for token in tokens]
    assert [each and each.purpose for each in asked] == ["yes", "no", "mute"]
    assert {each and each.alert_id for each in asked} == {an_alert().id}
    assert "links" not in payload()


def test_a_cloud_event_carries_the_payload_under_the_deliverys_id() -> None:
    channel = HOOK.model_copy(update={"format": "cloudevents"})
    event = json.loads(hook_body(an_alert(), channel))
    (delivery,) = deliveries_of(an_alert(), [channel], mail=MailSettings(), time_zone="UTC")
    assert (event["specversion"], event["id"]) == ("1.0", delivery.id)
    assert (event["type"], event["source"]) == ("alert.created", "/watchlists/otter")
    assert (event["subject"], event["time"]) == (an_alert().stories[0].id, event["data"]["created_at"])
    assert event["data"] == payload()
    digest = hook_body(a_digest(2_000, summary="水" * 2_000), channel)
    assert len(digest.encode()) <= MAX_DIGEST_BYTES
    assert json.loads(digest)["subject"] == a_digest().id
    assert json.loads(notice_hook_body(NOTICE, channel))["source"] == "/operator"
