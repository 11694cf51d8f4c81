"""Turns the view of an alert into the two bodies of a mail: plain text, and HTML with every foreign text escaped.

A template of the user's own that fails is told to whoever asked to hear of it, and ours stands in: no mail is lost.
"""

from __future__ import annotations

from functools import cache

from css_inline import CSSInliner

from monitor.alerts.own_templates import MailTemplates
from monitor.alerts.sandbox import Template, shipped
from monitor.alerts.view import MailView

HTML, TEXT = "mail.html", "mail.txt"


def text_body(view: MailView, own: MailTemplates) -> str:
    """Return the mail's plain text; evidence stands between asterisks."""
    return _rendered(view, TEXT, own.text, own)


def html_body(view: MailView, own: MailTemplates) -> str:
    """Return the mail's HTML, with its styles in the tags: many mail programs read none elsewhere."""
    return _inliner().inline(_rendered(view, HTML, own.html, own))


def _rendered(view: MailView, name: str, template: Template | None, own: MailTemplates) -> str:
    if template is not None:
        try:
            return template.render(mail=view)
        except Exception as error:  # a template can raise whatever it likes
            own.complain(f"{name}: {type(error).__name__}: {error}; the shipped one is used")
    return shipped(name).render(mail=view)


@cache
def _inliner() -> CSSInliner:
    # What depends on the screen (width, dark) can only stay in the head. Nothing is ever fetched.
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
