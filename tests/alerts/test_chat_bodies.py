"""What chat messages say, and that nothing a feed says is more than text in them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from monitor.alerts.chat.addresses import chat_link
from monitor.alerts.chat.bodies import (
    DINGTALK_BYTES,
    FEISHU_BYTES,
    PLAIN_CHARS,
    SLACK_BLOCK_CHARS,
    SLACK_BLOCKS,
    TELEGRAM_ENTITIES,
    TELEGRAM_UNITS,
    WECOM_BYTES,
    chat_body,
)
from monitor.alerts.chat.markup import telegram_shown
from monitor.alerts.deliveries import deliveries_of
from monitor.alerts.links import Links
from monitor.alerts.render import notice_view, view_of
from monitor.alerts.view import LinksView, MailView
from monitor.model import Alert
from monitor.settings.channels import (
    AppriseChannel,
    ChatChannel,
    DingTalkChannel,
    FeishuChannel,
    MailSettings,
    SlackChannel,
    TelegramChannel,
    WeComChannel,
)
from tests.alerts.samples import NOTICE, a_digest, an_alert, an_update

CHANNELS: dict[str, ChatChannel] = {
    "feishu": FeishuChannel(id="c", type="feishu", url_env="X"),
    "dingtalk": DingTalkChannel(id="c", type="dingtalk", url_env="X"),
    "wecom": WeComChannel(id="c", type="wecom", url_env="X"),
    "slack": SlackChannel(id="c", type="slack", url_env="X"),
    "telegram": TelegramChannel(id="c", type="telegram", token_env="X", chat_id="-1001"),
    "apprise": AppriseChannel(id="c", type="apprise", url_env="X"),
}
LINK = "https://news.example/2026/07/otter?part=1&lang=en"
ANSWERS = LinksView(
    relevant="https://n.example/f/yes", not_relevant="https://n.example/f/no", mute="https://n.example/f/m"
)
every_service = pytest.mark.parametrize("service", CHANNELS)


def view(alert: Alert, *, links: LinksView | None = None) -> MailView:
    seen = view_of(alert, time_zone="Asia/Shanghai")
    return replace(seen, links=links) if links else seen


def body_of(service: str, seen: MailView) -> dict[str, Any]:
    made = json.loads(chat_body(seen, CHANNELS[service]))
    assert isinstance(made, dict)
    return made


def markup_of(service: str, body: dict[str, Any]) -> str:
    """Return a message as it is sent, without the JSON around it."""
    match service:
        case "feishu":
            return "\n---\n".join(each["content"] for each in body["card"]["elements"] if each["tag"] == "markdown")
        case "dingtalk":
            return str(body["markdown"]["text"])
        case "wecom":
            return str(body["markdown"]["content"])
        case "telegram":
            return str(body["text"])
        case "slack":
            return json.dumps(body["blocks"], ensure_ascii=False)
    return str(body["body"])


def slack_elements(body: dict[str, Any]) -> list[dict[str, Any]]:
    texts = [block for block in body["blocks"] if block["type"] == "rich_text"]
    return [element for block in texts for section in block["elements"] for element in section["elements"]]


def addresses_of(service: str, body: dict[str, Any]) -> set[str]:
    """Return every address that a reader could follow."""
    if service == "slack":
        return {each["url"] for each in slack_elements(body) if each["type"] == "link"}
    sent = markup_of(service, body).replace("&amp;", "&")
    pattern = {"telegram": r'href="([^"]+)"', "apprise": r"https?://\S+"}.get(service, r"\]\((.+?)\)")
    return {found.rstrip(",") for found in re.findall(pattern, sent)}


@pytest.mark.parametrize(
    ("service", "shown"),
    [
        ("feishu", "distilled from **Teal**"),
        ("dingtalk", "distilled from **Teal**"),
        ("wecom", "> 报道称，水獭模型蒸馏了**青鸭**。"),
        ("telegram", "distilled from <b>Teal</b>"),
        ("slack", '{"type": "text", "text": "青鸭", "style": {"bold": true}}'),
        ("apprise", "distilled from Teal"),
    ],
)
def test_evidence_is_bold_where_the_service_can_show_it(service: str, shown: str) -> None:
    assert shown in markup_of(service, body_of(service, view(an_alert())))


@every_service
def test_a_message_says_what_where_when_and_why(service: str) -> None:
    body = body_of(service, view(an_alert(), links=ANSWERS))
    said = markup_of(service, body).replace("&#58;", ":").replace("&#47;", "/")
    for part in ("Example News", "10 July 2026, 14:00", "stands in the title", "News monitor", "Asia/Shanghai"):
        assert part in said
    assert addresses_of(service, body) == {
        LINK,
        "https://n.example/f/yes",
        "https://n.example/f/no",
        "https://n.example/f/m",
    }


@every_service
def test_an_update_names_what_is_new_its_reports_and_that_they_were_gathered_by_meaning_alone(service: str) -> None:
    said = markup_of(service, body_of(service, view(an_update())))
    for part in ("now 6 sources", "New report", "First report", "7 reports of 6 outlets", "Outlet 5", "meaning alone"):
        assert part in said
    assert "update" in json.dumps(body_of(service, view(an_update())))


@every_service
def test_a_digest_tells_some_stories_names_others_and_counts_the_rest(service: str) -> None:
    body = body_of(service, view(a_digest(90)))
    said = markup_of(service, body)
    assert "daily digest" in said
    told = said.count("Otter model was")
    (left,) = re.findall(r"and (\d+) more stories", said) or ["0"]
    assert told + int(left) == 90
    assert told >= 3
    assert LINK in addresses_of(service, body)


@every_service
def test_a_notice_is_a_message_too(service: str) -> None:
    said = markup_of(service, body_of(service, notice_view(NOTICE)))
    assert "gone silent" in said
    assert "News monitor" in said


HOSTILE = (
    "@all and @everyone",
    "<!channel> <@U1> <https://evil.example|safe>",
    '<at id=all></at> <at user_id="all">x</at> &#60;at id=all&#62;',
    "<b>bold</b> **bold** __bold__ ~~x~~ \\*x\\*",
    "`code` | $urlVal :DONE: # head",
    "[click](https://evil.example/) ![img](https://evil.example/i.png)",
    "<a href='https://evil.example/'>a</a> <font color=\"warning\">w</font> /start",
)
#: By service: what would be a mention, a link or markup there.
LIVE = {
    "feishu": r"<at|<a |<font|\[click\]|!\[|\*\*bold|`|~~|__bold|\$urlVal|:DONE:|<b>|&#60;at&#62;",
    "dingtalk": r"<|\[click\]|!\[|\*\*bold|`|~~|__bold|@all|\\",
    "wecom": r"<|\[click\]|!\[|\*\*bold|`|~~|__bold|@all|\\",
    "telegram": r"<at|<!|<@|<font|<a href='|@all|@everyone|<b>bold",
    "apprise": r"<|@everyone|@all|\[click\]|\*\*",
}


@pytest.mark.parametrize("field", ["title", "summary", "source", "why", "name"])
@pytest.mark.parametrize("service", LIVE)
def test_nothing_that_a_feed_says_becomes_a_mention_a_link_or_markup(service: str, field: str) -> None:
    for text in HOSTILE:
        body = body_of(service, view(an_alert(evidence=(), **{field: text})))
        said = markup_of(service, body)
        assert not re.search(LIVE[service], said), said
        assert addresses_of(service, body) == {LINK}


@pytest.mark.parametrize("field", ["title", "summary", "source", "why", "name"])
def test_slack_reads_no_text_of_ours_as_markup(field: str) -> None:
    for text in HOSTILE:
        body = body_of("slack", view(an_alert(evidence=(), **{field: text})))
        assert {each["type"] for each in slack_elements(body)} <= {"text", "link"}
        assert addresses_of("slack", body) == {LINK}
        assert "<" not in body["text"]
        assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)


@pytest.mark.parametrize("start", ["1. list", "- list", "+ list", "--- rule", "=== head", "# head", "> quote"])
@pytest.mark.parametrize("service", ["feishu", "dingtalk", "wecom"])
def test_no_line_begins_a_list_a_heading_or_a_quote_of_its_own(service: str, start: str) -> None:
    said = markup_of(service, body_of(service, view(an_alert(evidence=(), title=start))))
    assert not re.search(r"^(\d+\.|[-+] |---? r|=|#|> q)", said, re.M), said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (LINK, LINK),
        ("https://例子.example/路", "https://xn--fsqu00a.example/%E8%B7%AF"),
        ("https://news.example/a(b)*c_[d]`|;'\"", "https://news.example/a%28b%29%2Ac_%5Bd%5D%60%7C%3B%27%22"),
        ("https://news.example/a%20b?x=1%2F2", "https://news.example/a%20b?x=1%2F2"),
        ("https://news.example:8443/#part", "https://news.example:8443/#part"),
        ("", ""),
    ],
)
def test_an_address_holds_nothing_that_markup_could_read(url: str, expected: str) -> None:
    assert chat_link(url) == expected


LONG = "水獭*<&[]_"
GREAT = {
    "long words": view(an_alert(title=LONG * 50, summary="青鸭" + LONG * 2_000, why=LONG * 100, name=LONG * 40)),
    "a long address": view(an_alert(url="https://news.example/" + "a" * 1_900, why="&" * 900), links=ANSWERS),
    "a long Chinese address": view(an_alert(url="https://news.example/" + "水" * 1_800), links=ANSWERS),
    "many reports": view(an_update(), links=ANSWERS),
    "a digest": view(a_digest(90), links=ANSWERS),
    "a digest of long words": view(a_digest(90, summary="青鸭" * 400, source=LONG * 20), links=ANSWERS),
    "a digest of long addresses": view(a_digest(90, url="https://news.example/" + "a" * 1_900), links=ANSWERS),
    "emoji": view(an_alert(title="🦦" * 250, summary="🦆" * 4_000, evidence=())),
}


@pytest.mark.parametrize("alert", GREAT)
@every_service
def test_every_message_fits_is_whole_and_leads_somewhere(service: str, alert: str) -> None:
    text = chat_body(GREAT[alert], CHANNELS[service])
    body = json.loads(text)
    said = markup_of(service, body)
    match service:
        case "feishu":
            assert len(text.encode()) <= FEISHU_BYTES
            assert not re.search(r"&#?\d*(?![\d#]|\d*;|lang)", re.sub(r"\(http[^)]*\)", "", said)), said
        case "dingtalk":
            assert len(text.encode()) <= DINGTALK_BYTES
        case "wecom":
            assert len(said.encode()) <= WECOM_BYTES
        case "telegram":
            assert len(telegram_shown(said).encode("utf-16-le")) // 2 <= TELEGRAM_UNITS
            assert said.count("</") <= TELEGRAM_ENTITIES
            assert said.count("<b>") == said.count("</b>")
            assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", said)
        case "slack":
            assert len(body["blocks"]) <= SLACK_BLOCKS
            assert all(len(json.dumps(each, ensure_ascii=False)) <= 1.1 * SLACK_BLOCK_CHARS for each in body["blocks"])
        case _:
            assert len(body["body"]) <= PLAIN_CHARS
    assert addresses_of(service, body) or "its address is too long" in said


@every_service
def test_a_delivery_is_to_the_channel_carries_its_links_and_is_the_same_when_made_again(service: str) -> None:
    links = Links("https://n.example", (b"k" * 32,))
    made = [
        deliveries_of(an_update(), [CHANNELS[service]], mail=MailSettings(), time_zone="UTC", links=links)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    (delivery,) = made[0]
    assert (delivery.recipient, delivery.channel_id) == ("c", "c")
    answers = {
        each for each in addresses_of(service, json.loads(delivery.body)) if each.startswith("https://n.example")
    }
    asked = [links.verify(each.rpartition("/")[2]) for each in answers]
    assert {each.purpose for each in asked if each} == {"yes", "no", "mute"}
    assert {each.recipient for each in asked if each and each.purpose == "mute"} == {"c"}


@every_service
@pytest.mark.parametrize(
    ("alert", "said"),
    [
        (an_alert(), None),
        (an_update(), "Otter 水獭: update, high"),
        (a_digest(1), "Otter 水獭: 1 story, 1 high"),
        (a_digest(12), "Otter 水獭: 12 stories, 1 high"),
    ],
)
def test_high_severity_is_said_in_words_at_the_head_and_where_the_story_stands(
    service: str, alert: Alert, said: str | None
) -> None:
    written = json.dumps(body_of(service, view(alert)), ensure_ascii=False)
    assert (said or "") in written
    assert ("high" in written, "❗" in written) == (bool(said), bool(said))
    assert ("❗ high" in written) == (len(alert.stories) > 1)
