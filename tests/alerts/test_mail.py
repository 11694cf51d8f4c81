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

from monitor.alerts.alert import digest_of
from monitor.alerts.identity import delivery_id
from monitor.alerts.letter import MAX_HTML_BYTES, Reader, fitting_view, mail_message
from monitor.alerts.links import Links
from monitor.alerts.own_templates import MailTemplates
from monitor.alerts.sender import parse_address
from monitor.alerts.subject import subject_of
from monitor.alerts.wording import one_line
from monitor.model import Alert, Evidence
from tests.alerts.samples import NOW, WATCHLIST, a_chinese_alert, a_digest, a_story, an_alert, an_update

EXPECTED = Path(__file__).parent.parent / "data" / "alerts"
HEADERS = ["Content-Type", "MIME-Version", "Message-ID", "Date", "From", "To", "Subject", "List-Id", "Auto-Submitted"]
LINKS = Links("https://news.example", (b"k" * 32,))


def written(
    alert: Alert, *, sender: str = "News monitor <news@example.org>", links: Links | None = None, channel: str = "team"
) -> str:
    own = MailTemplates()
    view = fitting_view(alert, time_zone="Asia/Shanghai", own=own)
    reader = Reader(channel_id=channel, recipient="ann@example.org", address="ann@example.org", sender=sender)
    return mail_message(alert, view, reader, own=own, links=links)


def id_of(alert: Alert) -> str:
    return delivery_id(alert.id, "team", "ann@example.org")


def read(body: str) -> EmailMessage:
    return message_from_string(body, policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return cast(str, found.get_content()).replace("\r\n", "\n")


SNAPSHOTS = {
    "mail": an_alert(),
    "mail-chinese": a_chinese_alert(),
    "mail-update": an_update(),
    "mail-digest": a_digest(),
}


@pytest.mark.parametrize(("name", "alert"), SNAPSHOTS.items(), ids=SNAPSHOTS)
def test_the_mail_reads_as_the_expected_files_say(name: str, alert: Alert) -> None:
    message = read(written(alert, links=LINKS if name == "mail-update" else None))
    headers = "".join(f"{name}: {message[name]}\n" for name in message)
    text = re.sub(r"/f/[\w-]+", "/f/…", headers + "\n" + part(message, "plain"))
    html = re.sub(r"/f/[\w-]+", "/f/…", part(message, "html"))
    assert text == (EXPECTED / f"{name}.txt").read_text("utf-8")
    assert html == (EXPECTED / f"{name}.html").read_text("utf-8")


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
        ("x" * 200, "Otter", "x" * 65 + "… [Otter]"),
        ("Otter is out", "a name that is far too long for a subject", "Otter is out [a name that is far too…]"),
        ("青鸭模型发布" * 30, "水獭", ("青鸭模型发布" * 30)[:68] + "… [水獭]"),
        ("", "Otter", "Two engineers told Example News that Otter learned from answers o… [Otter]"),
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


def test_an_update_is_an_answer_to_the_first_alert_with_its_subject() -> None:
    first, update = read(written(an_alert())), read(written(an_update()))
    assert update["In-Reply-To"] == update["References"] == first["Message-ID"]
    assert update["Subject"] == "Re: " + first["Subject"]
    assert first["In-Reply-To"] is None
    elsewhere = read(written(an_update(), channel="other"))
    assert elsewhere["In-Reply-To"] not in (None, first["Message-ID"])


@pytest.mark.parametrize(
    "items", [(1,), (1, 0), (0, 1)], ids=["the first alone", "the first at the head", "at the end"]
)
def test_an_update_finds_the_first_item_wherever_it_stands(items: tuple[int, ...]) -> None:
    story = a_story()
    update = an_update(items=tuple(story.items[number] for number in items))
    assert read(written(update))["In-Reply-To"] == f"<{id_of(an_alert())}@example.org>"
    assert read(written(update))["Subject"].startswith("Re: Harbour Lab says")


def test_an_update_whose_first_item_is_not_told_is_a_mail_of_its_own() -> None:
    update = an_update(items=a_story().items[:1])
    assert read(written(update))["In-Reply-To"] is None


def test_the_longest_update_still_has_the_subject_of_its_first_alert() -> None:
    first = an_alert(title="x" * 200)
    update = replace(first, type="alert.updated")
    assert subject_of(update) == "Re: " + subject_of(first)
    assert len(subject_of(update)) == 78


def test_a_digests_subject_counts_its_stories_first() -> None:
    assert subject_of(a_digest(12)).startswith("12 stories, 1 high: Harbour Lab says ")
    calm = replace(a_digest(1), stories=(a_story(severity="normal"),))
    assert subject_of(calm).startswith("1 story: Harbour Lab says its Otter ")
    assert len(subject_of(a_digest(12))) <= 78


def test_one_click_is_offered_over_https_alone_and_names_the_recipient() -> None:
    message = read(written(an_alert(), links=LINKS))
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = message["List-Unsubscribe"].removeprefix("<https://news.example/f/").removesuffix(">")
    asked = LINKS.verify(token)
    assert asked
    assert (asked.purpose, asked.channel_id, asked.recipient) == ("unsubscribe", "team", "ann@example.org")
    assert token in part(message, "html")
    plain = read(written(an_alert(), links=replace(LINKS, public_url="http://10.0.0.1")))
    assert plain["List-Unsubscribe"] is plain["List-Unsubscribe-Post"] is None
    assert "Unsubscribe: http://10.0.0.1/f/" in part(plain, "plain")


def test_a_story_of_high_severity_is_marked_important() -> None:
    assert read(written(an_update()))["Importance"] == "high"
    assert read(written(an_alert()))["Importance"] is None


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "10 July 2026, 14:00"),
        ("zh-Hant", "2026年7月10日 14:00"),
        ("zh", "2026年7月10日 14:00"),
        ("de", "10 July"),
    ],
)
def test_dates_are_written_in_the_storys_language_and_the_readers_zone(language: str, shown: str) -> None:
    message = read(written(an_alert(language=language)))
    assert f"Example News · {shown}" in part(message, "plain")
    assert shown in part(message, "html")


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_story_names_its_sources_the_share_of_copies_and_why_they_are_one(kind: str) -> None:
    text = re.sub(r"<[^>]*>", "", part(read(written(an_update())), kind))
    assert "7 reports of 6 outlets, 3 of 7 are copies" in text
    assert text.index("Outlet 1") < text.index("Outlet 5")
    assert "gathered by meaning alone" in text
    assert "names Harbour Lab, Teal; same title" in text
    assert "now 6 sources; new words: 青鸭" in text
    alone = part(read(written(an_alert())), kind)
    assert "reports" not in alone
    assert "meaning" not in alone


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_mail_that_was_held_says_why(kind: str) -> None:
    held = part(read(written(replace(an_alert(), held="quiet hours until 07:00"))), kind)
    assert "quiet hours until 07:00" in held
    assert "Why only now" not in part(read(written(an_alert())), kind)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_digest_says_once_what_held_it_and_of_each_story_where_they_differ(kind: str) -> None:
    stories = a_digest(3).stories

    def digest(*held: str) -> str:
        asked = {"watchlist": WATCHLIST, "channel_id": "team", "due_at": NOW, "now": NOW}
        text = part(read(written(digest_of(stories[: len(held)], held=held, **asked))), kind)
        return re.sub(r"<style>.*?</style>|<[^>]*>", "", text, flags=re.DOTALL)

    same = digest("weekly digest", "weekly digest", "weekly digest")
    assert same.count("weekly digest") == 1
    assert "Why you get this: 3 stories of this watchlist, told together." in same
    assert "Why you get this: 1 story of this watchlist." in digest("weekly digest")
    differ = digest("it was muted", "", "weekly digest")
    assert re.findall("Why only now: (.*)", differ) == ["it was muted", "weekly digest"]
    assert differ.index("weekly digest") < differ.index("Why you get this")


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_digest_names_the_sources_of_each_story_the_earliest_first(kind: str) -> None:
    text = re.sub(r"<[^>]*>", "", part(read(written(a_digest(2))), kind))
    listed = "7 reports of 6 outlets, 3 of 7 are copies, earliest first: Example News, 示例新闻, Outlet 1 (copy), "
    assert text.count(listed + "Outlet 2 (copy), Outlet 3 (copy) and 2 more") == text.count("earliest first") == 1


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_digest_says_of_a_story_what_is_new(kind: str) -> None:
    digest = replace(a_digest(), stories=(a_story(), *a_digest().stories[1:]))
    assert re.sub(r"<[^>]*>", "", part(read(written(digest)), kind)).count("New: now 6 sources; new words: 青鸭") == 1


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize(
    ("alert", "said"),
    [(an_alert(), 0), (an_update(), 1), (a_digest(1), 1), (a_digest(3), 2), (a_digest(30, held="x"), 2)],
)
def test_high_severity_stands_in_both_bodies_and_beside_the_subject(alert: Alert, said: int, kind: str) -> None:
    message = read(written(alert))
    html = part(message, "html")
    text = re.sub(r"<head>.*</head>|<div class=\"preview\".*?</div>|<[^>]*>", " ", part(message, kind), flags=re.DOTALL)
    assert len(re.findall(r"\bhigh\b", text, re.IGNORECASE)) == said
    preview = re.findall('<div class="preview"[^>]*>(.*)</div>', html)
    assert preview[0].startswith("High: ") == bool(said)


def test_a_story_of_high_severity_that_is_named_by_title_alone_says_so() -> None:
    digest = a_digest(60)
    digest = replace(digest, stories=tuple(replace(story, severity="high") for story in digest.stories))
    text = part(read(written(digest)), "plain")
    assert text.count("(high)") == 60
    assert part(read(written(digest)), "html").count(">High<") >= 60
    assert subject_of(digest).startswith("60 stories, 60 high: ")


def test_a_burst_of_a_hundred_stories_is_listed_as_a_whole() -> None:
    digest = a_digest(100, url="https://news.example/" + "a" * 150)
    titles = [f"Story {number} of the harbour and its Otter" for number in range(100)]
    stories = (
        replace(story, items=(replace(entry := story.items[-1], item=replace(entry.item, title=title), evidence=()),))
        for story, title in zip(digest.stories, titles, strict=True)
    )
    message = read(written(replace(digest, stories=tuple(stories))))
    html, text = part(message, "html"), part(message, "plain")
    assert len(html.encode()) <= MAX_HTML_BYTES
    for body in (html, text):
        assert [title for title in titles if title not in body] == []


def test_a_digest_of_hundreds_of_stories_is_shown_whole_by_every_mail_program() -> None:
    digest = a_digest(300, title="水獭" * 100, url="https://news.example/" + "a" * 500)
    message = read(written(digest))
    html, text = part(message, "html"), part(message, "plain")
    assert 20_000 < len(html.encode()) <= MAX_HTML_BYTES
    numbers = [int(found) for found in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert text.startswith("300 stories\n")
    assert f"and {300 - max(numbers)} more" in text


def test_who_cannot_see_colours_sees_evidence_bold_and_who_sees_no_html_between_asterisks() -> None:
    message = read(written(an_alert()))
    assert re.search(r"answers of <b [^>]*>Teal</b>", part(message, "html"))
    assert "answers of *Teal*" in part(message, "plain")


anything = st.text(st.characters(), max_size=120) | st.sampled_from(
    [
        "a\r\nBcc: thief@example.org",
        "a\nX: y\n\nbody",
        "=?utf-8?q?a=0D=0ABcc=3A_thief=40example=2Eorg?=",
        "=?utf-8?b?DQpCY2M6IHRoaWVmQGV4YW1wbGUub3Jn?=",
        "a\u2028Bcc: x\x85Bcc: y\x0bBcc: z",
        f"--=_{id_of(an_alert())}\r\nContent-Type: text/html\r\n\r\n<b>",
        "<script>alert(1)</script>",
        "{{ mail.subject }} {% raw %} {# %s {0} ${subject}",
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
    body = written(replace(an_alert(), watchlist_id=watchlist))
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
    assert "Example News · no date given, seen 10 July 2026, 14:03" in text


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
    ("sender", "shown", "domain"),
    [
        ("news@example.org", "news@example.org", "example.org"),
        ("新闻 <news@example.org>", "新闻 <news@example.org>", "example.org"),
        ('"A, B" <n@example.org>', '"A, B" <n@example.org>', "example.org"),
        ("no address", "nobody@localhost", "localhost"),
    ],
)
def test_the_sender_may_carry_a_name(sender: str, shown: str, domain: str) -> None:
    message = read(written(an_alert(), sender=sender))
    assert (message["From"], message["Message-ID"]) == (shown, f"<{id_of(an_alert())}@{domain}>")


@pytest.mark.parametrize(
    "text", ["", "nobody", "@example.org", "a@", "李@example.org", "a@b\r\nRCPT TO:<c@d>", "a b@c"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None
