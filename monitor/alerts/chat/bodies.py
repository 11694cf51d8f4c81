"""Turns an alert, or a notice, into the body that each chat service is posted, within its limits. Pure.

Sizes are those of docs/channels.md, which names their sources.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from monitor.alerts.chat import markup
from monitor.alerts.chat.lines import DETAILS, Block, Message, Run, message_of
from monitor.alerts.chat.markup import with_head, written
from monitor.alerts.links import Links
from monitor.alerts.render import notice_view, view_of
from monitor.alerts.view import LinksView, MailView
from monitor.model import Alert, Notice
from monitor.settings.channels import (
    AppriseChannel,
    ChatChannel,
    DingTalkChannel,
    FeishuChannel,
    SlackChannel,
    TelegramChannel,
    WeComChannel,
)

#: Of the whole request; a signature takes some more.
FEISHU_BYTES = 19_500
DINGTALK_BYTES = 20_000
#: Of the markdown.
WECOM_BYTES = 4_096
SLACK_BLOCKS = 50
#: Of one block, its addresses included, and of all together.
SLACK_BLOCK_CHARS = 3_000
SLACK_CHARS = 12_000
#: UTF-16 units of what is left once the markup is read; bold runs and links; and what the Bot API reads at all.
TELEGRAM_UNITS = 4_096
TELEGRAM_ENTITIES = 100
TELEGRAM_BYTES = 30_000
#: Of a service that we do not know: Discord takes 2,000.
PLAIN_CHARS = 1_800


def alert_body(alert: Alert, channel: ChatChannel, *, recipient: str, time_zone: str, links: Links | None) -> str:
    """Return what a channel is posted of an alert, with the links by which its readers may answer."""
    view = view_of(alert, time_zone=time_zone)
    if links is None:
        return chat_body(view, channel)
    answers = LinksView(
        relevant=links.feedback(alert.id, alert.watchlist_id, "yes"),
        not_relevant=links.feedback(alert.id, alert.watchlist_id, "no"),
        mute=links.mute(alert.id, alert.watchlist_id, channel.id, recipient),
    )
    return chat_body(replace(view, links=answers), channel)


def notice_body(notice: Notice, channel: ChatChannel) -> str:
    """Return what a channel is posted of an operator's notice."""
    return chat_body(notice_view(notice), channel)


def chat_body(view: MailView, channel: ChatChannel) -> str:
    """Return the JSON of a channel's request, without what belongs to the attempt (time, signature, chat)."""
    match channel:
        case FeishuChannel():
            return _fitting(view, _feishu, lambda body: _bytes(body) <= FEISHU_BYTES)
        case DingTalkChannel():
            return _fitting(view, _dingtalk, lambda body: _bytes(body) <= DINGTALK_BYTES)
        case WeComChannel():
            return _fitting(view, _wecom, lambda body: _bytes(json.loads(body)["markdown"]["content"]) <= WECOM_BYTES)
        case SlackChannel():
            return _fitting(view, _slack, _fits_slack)
        case TelegramChannel():
            return _fitting(view, _telegram, _fits_telegram)
        case AppriseChannel():
            return _fitting(view, _plain, lambda body: len(json.loads(body)["body"]) <= PLAIN_CHARS)


def _fitting(view: MailView, write: Callable[[Message], str], fits: Callable[[str], bool]) -> str:
    """Return the message in the greatest detail that fits."""
    body = ""
    for detail in DETAILS:
        body = write(message_of(view, detail))
        if fits(body):
            break
    return body


def _bytes(text: str) -> int:
    return len(text.encode())


def _json(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _feishu(message: Message) -> str:
    elements: list[dict[str, Any]] = []
    for block in message.blocks:
        elements += [{"tag": "hr"}] if elements else []
        elements.append({"tag": "markdown", "content": written((block,), markup.FEISHU)})
    card = {
        "config": {"wide_screen_mode": True},
        "header": {
            "title": {"tag": "plain_text", "content": message.head},
            "template": "red" if message.is_high else "blue",
        },
        "elements": elements,
    }
    return _json({"msg_type": "interactive", "card": card})


def _dingtalk(message: Message) -> str:
    text = with_head(message, markup.DINGTALK)
    return _json(
        {"msgtype": "markdown", "markdown": {"title": message.subject, "text": text}, "at": {"isAtAll": False}}
    )


def _wecom(message: Message) -> str:
    return _json({"msgtype": "markdown", "markdown": {"content": with_head(message, markup.WECOM)}})


def _telegram(message: Message) -> str:
    return _json(
        {
            "text": with_head(message, markup.TELEGRAM),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
    )


def _fits_telegram(body: str) -> bool:
    text = str(json.loads(body)["text"])
    units = len(markup.telegram_shown(text).encode("utf-16-le")) // 2
    return (
        units <= TELEGRAM_UNITS
        and markup.telegram_entities(text) <= TELEGRAM_ENTITIES
        and _bytes(body) <= TELEGRAM_BYTES
    )


def _plain(message: Message) -> str:
    return _json({"title": markup.PLAIN.escape(message.subject), "body": written(message.blocks, markup.PLAIN)})


def _slack(message: Message) -> str:
    """Write rich text, whose text is never read as markup; the plain text is for lists and readers aloud."""
    blocks = [_rich_text(block) for block in message.blocks]
    head = {"type": "header", "text": {"type": "plain_text", "text": message.head, "emoji": False}}
    return _json(
        {
            "text": markup.slack(message.subject),
            "blocks": [head, *blocks],
            "unfurl_links": False,
            "unfurl_media": False,
        }
    )


def _rich_text(block: Block) -> dict[str, Any]:
    sections: list[dict[str, Any]] = []
    for row in block:
        kind = "rich_text_quote" if row.quoted else "rich_text_section"
        elements = [_element(run) for run in row.runs if run.text]
        if sections and sections[-1]["type"] == kind:
            sections[-1]["elements"] += [{"type": "text", "text": "\n"}, *elements]
        else:
            sections.append({"type": kind, "elements": elements})
    return {"type": "rich_text", "elements": sections}


def _element(run: Run) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": run.text}
    if run.link:
        element = {"type": "link", "url": run.link, "text": run.text}
    return element | ({"style": {"bold": True}} if run.bold else {})


def _fits_slack(body: str) -> bool:
    blocks = json.loads(body)["blocks"]
    sizes = [len(_json(block)) for block in blocks]
    return len(blocks) <= SLACK_BLOCKS and max(sizes) <= SLACK_BLOCK_CHARS and sum(sizes) <= SLACK_CHARS
