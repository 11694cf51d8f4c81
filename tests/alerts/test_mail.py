"""What stands in a mail, and that nothing of a hostile item reaches where it should not."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_string, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.alerts.mail import mail_message, parse_address
from monitor.alerts.render import subject_of
from monitor.alerts.wording import one_line
from monitor.model import Alert, Evidence
from tests.alerts.samples import an_alert

EXPECTED = Path(__file__).parent.parent / "data" / "alerts"
HEADERS = ["Content-Type", "MIME-Version", "Message-ID", "Date", "From", "To", "Subject", "List-Id", "Auto-Submitted"]


def written(
    alert: Alert, *, recipient: str = "ann@example.org", sender: str = "News monitor <news@example.org>"
) -> str:
    return mail_message(alert, delivery_id="dlv_x", recipient=recipient, sender=sender, time_zone="Asia/Shanghai")


def read(body: str) -> EmailMessage:
    return message_from_string(body, policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return cast(str, found.get_content()).replace("\r\n", "\n")


def test_the_mail_reads_as_the_expected_files_say() -> None:
    message = read(written(an_alert()))
    headers = "".join(f"{name}: {message[name]}\n" for name in HEADERS)
    assert headers + "\n" + part(message, "plain") == (EXPECTED / "mail.txt").read_text("utf-8")
    assert part(message, "html") == (EXPECTED / "mail.html").read_text("utf-8")


def test_the_same_alert_is_the_same_mail_to_the_byte_and_in_ascii() -> None:
    body = written(an_alert())
    assert body == written(an_alert())
    assert body.isascii()
    assert all(len(line) <= 998 for line in body.split("\r\n"))
    assert "\n" not in body.replace("\r\n", "")


@pytest.mark.parametrize(
    ("title", "name", "expected"),
    [
        ("Otter is out", "Otter 水獭", "Otter is out [Otter 水獭]"),
        ("x" * 200, "Otter", "x" * 69 + "… [Otter]"),
        ("Otter is out", "a name that is far too long for a subject", "Otter is out [a name that is far too…]"),
        ("青鸭模型发布" * 30, "水獭", ("青鸭模型发布" * 30)[:72] + "… [水獭]"),
        ("", "Otter", "Two engineers told Example News that Otter learned from answers of Te… [Otter]"),
    ],
)
def test_a_subject_is_the_title_then_the_watchlist_within_78_characters(title: str, name: str, expected: str) -> None:
    alert = an_alert(title=title, name=name, evidence=())
    assert subject_of(alert) == expected
    assert len(expected) <= 78
    assert read(written(alert))["Subject"] == expected


def test_an_item_without_any_text_still_has_a_subject() -> None:
    alert = an_alert(title="\x00", summary=" ", content="", evidence=())
    assert read(written(alert))["Subject"] == "Untitled item from Example News [Otter 水獭]"


anything = st.text(st.characters(), max_size=120) | st.sampled_from(
    [
        "a\r\nBcc: thief@example.org",
        "a\nX: y\n\nbody",
        "=?utf-8?q?a=0D=0ABcc=3A_thief=40example=2Eorg?=",
        "=?utf-8?b?DQpCY2M6IHRoaWVmQGV4YW1wbGUub3Jn?=",
        "a\u2028Bcc: x\x85Bcc: y\x0bBcc: z",
        "--=_dlv_x\r\nContent-Type: text/html\r\n\r\n<b>",
        "<script>alert(1)</script>",
        "${subject} $watchlist %s {0}",
    ]
)


@given(title=anything, name=anything, source=anything, why=anything)
@example(title="=?utf-8?q?a=0D=0Ab?=", name="=?", source="", why="")
def test_no_text_of_an_item_can_add_a_header_or_a_part(title: str, name: str, source: str, why: str) -> None:
    message = read(written(an_alert(title=title, name=name, source=source, why=why, evidence=())))
    assert message.keys() == HEADERS
    assert [child.get_content_type() for child in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects
    assert all(not re.search(r"[\r\n\x00-\x08]", str(value)) for value in message.values())
    assert one_line(why) in part(message, "plain")


@given(st.text(st.characters(), max_size=200))
def test_a_subject_comes_out_as_it_went_in(title: str) -> None:
    alert = an_alert(title=title, evidence=())
    assert read(written(alert))["Subject"].split() == subject_of(alert).split()


@pytest.mark.parametrize("watchlist", ["w" * 100, "a.b-c_d"])
def test_a_list_id_is_one_dotted_word_however_long_the_watchlists_id_is(watchlist: str) -> None:
    alert = an_alert()
    from dataclasses import replace

    body = written(replace(alert, watchlist_id=watchlist))
    assert f"<{watchlist}.example.org>" in body.replace("\r\n ", "")


class Links(HTMLParser):
    """Collects the tags and links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.hrefs: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.hrefs += [value or "" for name, value in attrs if name == "href"]


HOSTILE = '"><script src=//evil.example></script><img onerror=x src=y>'


def test_foreign_texts_are_escaped_in_html() -> None:
    alert = an_alert(title=HOSTILE, summary=HOSTILE, source=HOSTILE, name=HOSTILE, why=HOSTILE, evidence=())
    page = Links(part(read(written(alert)), "html"))
    assert "script" not in page.tags
    assert "img" not in page.tags


@pytest.mark.parametrize(
    ("url", "hrefs"),
    [
        ("https://news.example/a?b=1&c=2", ["https://news.example/a?b=1&c=2"] * 2),
        ("javascript:alert(document.cookie)", []),
        ('https://news.example/"onmouseover="x', ['https://news.example/"onmouseover="x'] * 2),
        ("", []),
    ],
)
def test_only_a_web_address_is_linked(url: str, hrefs: list[str]) -> None:
    message = read(written(an_alert(url=url)))
    assert Links(part(message, "html")).hrefs == hrefs
    assert (url in part(message, "plain")) == bool(hrefs or not url)


def test_a_line_that_begins_with_from_stays_as_it_is() -> None:
    assert part(read(written(an_alert(title="From Teal to Otter", evidence=()))), "plain").startswith("From Teal")


def test_an_undated_item_says_so() -> None:
    text = part(read(written(an_alert(undated=True))), "plain")
    assert "Example News · no date given, seen 2026-07-10 14:03 (Asia/Shanghai)" in text


def test_evidence_in_the_title_alone_is_shown_with_the_beginning_of_the_text() -> None:
    text = part(read(written(an_alert(evidence=an_alert().stories[0].items[0].evidence[:1]))), "plain")
    assert "distilled from *Teal*\n" in text
    assert "> Two engineers told Example News that Otter learned from answers of Teal.\n" in text


def test_a_sentence_that_the_content_repeats_from_the_summary_is_shown_once() -> None:
    summary = "Otter learned from Teal."
    alert = an_alert(summary=summary, content=summary, evidence=())
    (story,) = alert.stories
    found = (Evidence("summary", 19, 23, "Teal"), Evidence("content", 19, 23, "Teal"))
    alert = replace(alert, stories=(replace(story, items=(replace(story.items[0], evidence=found),)),))
    assert part(read(written(alert)), "plain").count("Otter learned from *Teal*.") == 1


@pytest.mark.parametrize(
    ("sender", "shown", "message_id"),
    [
        ("news@example.org", "news@example.org", "<dlv_x@example.org>"),
        ("新闻 <news@example.org>", "新闻 <news@example.org>", "<dlv_x@example.org>"),
        ('"A, B" <n@example.org>', '"A, B" <n@example.org>', "<dlv_x@example.org>"),
        ("no address", "nobody@localhost", "<dlv_x@localhost>"),
    ],
)
def test_the_sender_may_carry_a_name(sender: str, shown: str, message_id: str) -> None:
    message = read(written(an_alert(), sender=sender))
    assert (message["From"], message["Message-ID"]) == (shown, message_id)


@pytest.mark.parametrize(
    "text", ["", "nobody", "@example.org", "a@", "李@example.org", "a@b\r\nRCPT TO:<c@d>", "a b@c"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None
