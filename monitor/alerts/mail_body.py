"""Turns the view of an alert into the two bodies of a mail: plain text, and HTML with every foreign text escaped."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from monitor.alerts.excerpt import Line
from monitor.alerts.render import AlertView, ItemView

_ITEM = Template("""\
<article>
<h1>$title</h1>
<p class="meta">$meta</p>
$excerpts
$link
</article>
""")


def text_body(view: AlertView, *, footer: str) -> str:
    """Return the mail's plain text; evidence stands between asterisks."""
    items = "\n\n".join(_text_item(item) for item in view.items)
    return f"{items}\n\nWhy you get this: {view.why}\n\n-- \n{footer}\n"


def html_body(view: AlertView, *, footer: str) -> str:
    """Return the mail's HTML; evidence stands in `<mark>`."""
    return _page().substitute(
        subject=escape(view.subject),
        watchlist=escape(view.watchlist),
        items="".join(_html_item(item) for item in view.items),
        why=escape(view.why),
        footer=escape(footer),
    )


@cache
def _page() -> Template:
    return Template(files("monitor.alerts").joinpath("templates/mail.html").read_text("utf-8"))


def _text_item(item: ItemView) -> str:
    head = [_text_line(item.title), _meta(item), item.link]
    quotes = [f"> {_text_line(line)}" for line in item.excerpts]
    return "\n\n".join(part for part in ("\n".join(filter(None, head)), "\n>\n".join(quotes)) if part)


def _text_line(line: Line) -> str:
    return "".join(f"*{piece.text}*" if piece.marked else piece.text for piece in line)


def _html_item(item: ItemView) -> str:
    title = _html_line(item.title)
    href = escape(item.link)
    return _ITEM.substitute(
        title=f'<a href="{href}">{title}</a>' if href else title,
        meta=escape(_meta(item)),
        excerpts="\n".join(f"<blockquote>{_html_line(line)}</blockquote>" for line in item.excerpts),
        link=f'<p><a class="read" href="{href}">Read the article</a></p>' if href else "",
    )


def _html_line(line: Line) -> str:
    return "".join(f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in line)


def _meta(item: ItemView) -> str:
    return " · ".join(filter(None, (item.source, item.when)))
