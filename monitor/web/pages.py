"""The pages behind the links of alerts: what a reader is to see becomes HTML and its headers. Pure.

No script, no cookie, nothing loaded from anywhere; whatever comes from a feed, a setting or a token is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from collections.abc import Iterator, Mapping
from html import escape
from string import Template

from monitor.web.answers import Sight, State
from monitor.web.wording import ASKED, DONE, OPPOSITE, REFUSED, SAID, TRIAL, TRIED, Language, Words

STATUS: Mapping[State, int] = {"ask": 200, "done": 200, "bad": 400, "expired": 410, "gone": 410, "later": 503}

_TEXT = importlib.resources.files("monitor.web").joinpath("templates", "page.html").read_text("utf-8")
_TEMPLATE = Template(_TEXT)
_STYLE = _TEXT.partition("<style>")[2].partition("</style>")[0]
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: Longer titles are cut: the page is to be read at a glance.
_MOST_TITLE = 300

HEADERS: Mapping[str, str] = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "vary": "accept-language",
}


def page_of(sight: Sight, language: Language) -> str:
    """Write the page as HTML."""
    words = _words(sight, language)
    body = "\n".join(_body(sight, words, language))
    return _TEMPLATE.substitute(
        language="zh-Hans" if language == "zh" else "en", title=escape(words.heading), body=body
    )


def _words(sight: Sight, language: Language) -> Words:
    if sight.purpose is None or sight.state not in ("ask", "done"):
        return REFUSED[language][sight.state]
    if sight.is_trial and sight.state == "done":
        return TRIED[language]
    return (ASKED if sight.state == "ask" else DONE)[language][sight.purpose]


def _body(sight: Sight, words: Words, language: Language) -> Iterator[str]:
    yield f"<h1>{escape(words.heading)}</h1>"
    yield f"<p>{_filled(words.text, sight)}</p>"
    if sight.state not in ("ask", "done"):
        return
    if sight.title:
        yield f"<blockquote>{escape(_short(sight.title))}</blockquote>"
    if sight.state == "ask":
        if sight.is_trial:
            yield f'<p class="soft">{escape(TRIAL[language])}</p>'
        if sight.said:
            yield f'<p class="soft">{escape(SAID[language][sight.said])}</p>'
        # No action: it goes to where the page was found, whatever path a proxy has put before ours.
        yield f'<form method="post"><button type="submit">{escape(words.button)}</button></form>'
    if sight.opposite and sight.purpose:
        # Relative, so that it holds behind any path: tokens have no slash.
        yield f'<p class="soft"><a href="{escape(sight.opposite)}">{escape(OPPOSITE[language][sight.purpose])}</a></p>'


def _filled(text: str, sight: Sight) -> str:
    names = {"watchlist": sight.watchlist, "channel": sight.channel, "recipient": sight.recipient}
    return escape(text).format(**{name: f"<strong>{escape(value)}</strong>" for name, value in names.items()})


def _short(title: str) -> str:
    text = " ".join(title.split())
    return text if len(text) <= _MOST_TITLE else f"{text[: _MOST_TITLE - 1]}…"
