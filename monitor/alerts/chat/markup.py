"""Turns the lines of a message into each service's markup, with every foreign text kept from being any. Pure.

Where a service documents how its special characters are escaped, they are escaped (Feishu, Telegram); where it does
not, or where programs differ (DingTalk, WeCom), they are replaced by their full-width twins, which look alike and mean
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape as escape_html
from html import unescape

from monitor.alerts.chat.lines import Block, Message, Row, Run


@dataclass(frozen=True, slots=True)
class Markup:
    """How one service writes a message."""

    escape: Callable[[str], str]
    bold: Callable[[str], str]
    #: (escaped text, address) -> a link.
    link: Callable[[str, str], str]
    quote: Callable[[str], str]
    #: Keeps the beginning of a line, escaped, from making a list or a heading of it.
    start: Callable[[str], str]
    #: Between two lines, and between two stories.
    newline: str
    apart: str


def written(blocks: tuple[Block, ...], markup: Markup) -> str:
    """Return these blocks in a service's markup."""
    return markup.apart.join(markup.newline.join(_row(row, markup) for row in block) for block in blocks)


def with_head(message: Message, markup: Markup) -> str:
    """Return the whole message, its head the first line, for services whose messages have no head of their own."""
    head = ((Row((Run(message.head, bold=True),)),),)
    return written((*head, *message.blocks), markup)


def _row(row: Row, markup: Markup) -> str:
    line = "".join(_run(run, markup, first=not index) for index, run in enumerate(row.runs))
    return markup.quote(line) if row.quoted else line


def _run(run: Run, markup: Markup, *, first: bool) -> str:
    text = markup.escape(run.text)
    text = markup.start(text) if first else text
    if not text.strip():
        return text
    if run.link:
        text = markup.link(text, run.link)
    return markup.bold(text) if run.bold else text


#: "Special characters" of https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/
#: using-markdown-tags, and "&", with which each of them begins.
_FEISHU = re.compile(r"""[&<>~\-!*/\\\[\]()#:+"'`$_|=]""")
#: What markdown, mentions (`<@name>`), colours (`<font>`) and addresses begin with.
_WIDE = str.maketrans("<>[]*_`~\\#|@", "＜＞［］＊＿｀～＼＃｜＠")
_SCHEME = re.compile("://")
#: What makes a list, a heading or a rule of a line, at its beginning.
_BEGUN = re.compile(r"(?:\d+[.)]|[-+])(?=\s|$)|[-=]{2,}|=")
_AS_WIDE = str.maketrans("-+=.)", "－＋＝．）")
#: What Telegram finds by itself in any text (https://core.telegram.org/api/entities): mentions, tags, commands, links.
_FOUND = re.compile(r"[@#$](?=\w)|(?<!\w)/(?=\w)|(?<=\w)\.(?=[^\W\d])|:(?=//)")
_TAG = re.compile("<[^>]*>")
_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_WORD_JOINER = "\u2060"


def _feishu(text: str) -> str:
    return _FEISHU.sub(lambda found: f"&#{ord(found[0])};", text)


def _wide(text: str) -> str:
    return _SCHEME.sub("：//", text.translate(_WIDE))


def _feishu_start(text: str) -> str:
    # Feishu before 7.6 shows a request to upgrade in place of a text with a list.
    return re.sub(r"^(\d+)\.(?=\s)", r"\1&#46;", text)


def _wide_start(text: str) -> str:
    begun = _BEGUN.match(text)
    return begun[0].translate(_AS_WIDE) + text[begun.end() :] if begun else text


def _telegram(text: str) -> str:
    return escape_html(_FOUND.sub(lambda found: found[0] + _WORD_JOINER, text))


def telegram_shown(text: str) -> str:
    """Return what is left of a text of Telegram's once its markup is read."""
    return unescape(_TAG.sub("", text))


def telegram_entities(text: str) -> int:
    """Return how many bold, slanted and linked runs a text of Telegram's has: the foreign "<" in it are escaped."""
    return text.count("</")


def slack(text: str) -> str:
    """Return a text that Slack reads as nothing else (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.translate(_SLACK)


def _markdown_bold(text: str) -> str:
    """Put asterisks around the text itself: beside a blank they would be asterisks."""
    core = text.strip()
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}**{core}**{after}"


def _markdown_link(text: str, url: str) -> str:
    return f"[{text}]({url})"


FEISHU = Markup(_feishu, _markdown_bold, _markdown_link, "▏{}".format, _feishu_start, "\n", "\n\n")
DINGTALK = Markup(_wide, _markdown_bold, _markdown_link, "> {}".format, _wide_start, "\n\n", "\n\n---\n\n")
WECOM = Markup(_wide, _markdown_bold, _markdown_link, "> {}".format, _wide_start, "\n", "\n\n")
TELEGRAM = Markup(
    _telegram,
    "<b>{}</b>".format,
    lambda text, url: f'<a href="{escape_html(url)}">{text}</a>',
    "<i>{}</i>".format,
    str,
    "\n",
    "\n\n",
)
#: For a service that may read markup of any kind, and whose limits we do not know.
PLAIN = Markup(_wide, str, lambda text, url: f"{text}: {url}", "> {}".format, str, "\n", "\n\n")
