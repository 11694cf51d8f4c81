"""HTML, as feeds carry it, to the plain text that is stored and matched, or to HTML that is safe to show.

`plain_text` is one pass over the markup, linear in its length whatever the nesting, and never raises. Only names of
HTML elements make a tag, so that `Vec<u8>`, "a < b" and "<3" stay as they are. It fetches nothing and builds no tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from html.entities import html5

import nh3

_BLOCK_NAMES = """
address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure
footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre section
summary table tbody tfoot thead tr ul
"""
_INLINE_NAMES = """
a abbr acronym applet area audio b base basefont bdi bdo bgsound big blink button canvas cite code col colgroup command
data datalist del dfn em embed font frame frameset i img input ins kbd keygen label link map mark marquee math meta
meter nobr noscript object output param picture progress q rb rp rt rtc ruby s samp select slot small source span strike
strong sub sup textarea time track tt u var video wbr
"""
_MATH_NAMES = """
annotation maction menclose merror mfenced mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle msub
msubsup msup mtable mtd mtext mtr munder munderover semantics
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_CELLS = frozenset(("td", "th"))
#: Elements whose content no reader sees.
_HIDDEN = frozenset(("script", "style", "head", "title", "template", "iframe", "svg", "noembed", "noframes"))
_ELEMENTS = _BLOCKS | _CELLS | _HIDDEN | frozenset((_INLINE_NAMES + _MATH_NAMES).split())

#: What may be markup: a tag, a comment, a CDATA mark, a declaration or a processing instruction.
_CANDIDATE = re.compile(r"<(?:(/?)([A-Za-z][A-Za-z0-9:-]*)|!--|![A-Za-z]|\?[A-Za-z])")
#: The rest of a tag after its name. A quote opens a value only after "="; a ">" inside a value does not end it.
_TAG_REST = re.compile(r"""(?:[\s/](?:[^<>"'=]|=\s*(?:"[^"]*+"|'[^']*+')|["'=])*+)?+>""")
#: Tags of broken quoting after which every tag simply ends at its first ">": it bounds what a hostile document costs.
_MAX_BROKEN_TAGS = 100
_HIDDEN_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _HIDDEN}

_ENTITY = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31}(?:;|(?![A-Za-z0-9=])))")
#: Control characters, lone surrogates, non-characters, and the bidirectional overrides that let a title lie.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")

#: Stand in for separators until blanks are collapsed; `_UNWANTED` has removed them from the text itself.
_LINE, _CELL = "\x00", "\x01"
_SEPARATORS = re.compile(f" ?[{_LINE}{_CELL}][ {_LINE}{_CELL}]*")

_SCHEMES = {"http", "https", "mailto"}
_HTTP_URL = re.compile("https?://", re.IGNORECASE)
_HIDDEN_CONTENT = {"script", "style"}
#: Deeper markup takes the sanitiser time that grows with the square of its depth.
_MAX_DEPTH = 1_000
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
#: Elements without an end tag, or which end by themselves.
_FLAT = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "dd",
        "dt",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "source",
        "td",
        "th",
        "tr",
        "track",
        "wbr",
    ]
)


def plain_text(html: str) -> str:
    """Return the text that a reader of `html` sees: lines ("\\n") for blocks and breaks, tabs for table cells.

    Entities are decoded once, other blanks collapsed to one space. A text without markup keeps its words, and its blank
    lines become "\\n".
    """
    text = _UNWANTED.sub("", html)
    if "<![CDATA[" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "")
    if "<" in text:
        text = "".join(_visible(text))
    if _LINE not in text and "\n" in text:
        text = _BLANK_LINE.sub(_LINE, text)
    if "&" in text:
        text = _ENTITY.sub(_decoded, text)
    text = " ".join(text.split())
    return _SEPARATORS.sub(_separator, text).strip() if _LINE in text or _CELL in text else text


def _visible(html: str) -> Iterator[str]:
    """Yield the stretches of text between the tags, and a separator for each block and cell."""
    done, broken = 0, 0
    while found := _CANDIDATE.search(html, done):
        yield html[done : found.start()]
        done = found.end()
        name = (found[2] or "").lower()
        if not name:
            done = _after_declaration(html, found)
        elif not is_element(name):
            yield found[0]
        elif rest := _TAG_REST.match(html, done) if broken < _MAX_BROKEN_TAGS else None:
            yield _separator_of(name)
            done = rest.end() if found[1] else _after_hidden(html, name, rest.end())
        elif (end := html.find(">", done)) >= 0:
            broken += 1
            yield _separator_of(name)
            done = end + 1
        else:
            yield found[0]
            break
    yield html[done:]


def is_element(name: str) -> bool:
    """Tell whether a name in lower case is one of HTML's elements."""
    # Custom elements (<amp-img>) and prefixed ones (<o:p>, <media:text>) are markup too.
    return name in _ELEMENTS or "-" in name or ":" in name


def _separator_of(name: str) -> str:
    return _LINE if name in _BLOCKS else _CELL if name in _CELLS else ""


def _after_declaration(html: str, found: re.Match[str]) -> int:
    if found[0] == "<!--" and (end := html.find("-->", found.end())) >= 0:
        return end + len("-->")
    # An unclosed comment must not cost all that follows.
    end = html.find(">", found.end())
    return len(html) if end < 0 else end + 1


def _after_hidden(html: str, name: str, start: int) -> int:
    """Return where the text goes on after the opening tag that ends at `start`: an unclosed script runs to the end."""
    if name not in _HIDDEN:
        return start
    close = _HIDDEN_END[name].search(html, start)
    return close.start() if close else len(html)


def _decoded(found: re.Match[str]) -> str:
    entity = found[0]
    # html.unescape alone would decode prefixes too, "&notice;" to "¬ice;" and "?a=1&copy=2" to "?a=1©=2".
    return unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)


def _separator(found: re.Match[str]) -> str:
    return "\n" if _LINE in found[0] else "\t"


def sanitise(html: str, base_url: str) -> str:
    """Return `html` fit to be shown: no scripts, forms or tracking attributes, links absolute (http, https, mailto).

    Relative links go where `base_url` is no http or https address. Of markup that is nested beyond measure only the
    text is left.
    """
    if html.count("<") > _MAX_DEPTH and _depth(html) > _MAX_DEPTH:
        return escape(plain_text(html), quote=False)
    base = base_url if _HTTP_URL.match(base_url) else None
    html = _without_marks(_UNWANTED.sub("", html))
    try:
        return _cleaned(html, base)
    except ValueError:  # an address that looks right and is not: "http://[", "https://a b/"
        return _cleaned(html, None)


def _without_marks(html: str) -> str:
    """Drop what a browser would let swallow text: CDATA marks, and the beginnings of comments that never end."""
    if "<![CDATA[" in html:
        html = html.replace("<![CDATA[", "").replace("]]>", "")
    if "<!--" in html:
        closed = html.rfind("-->") + 1
        html = html[:closed] + html[closed:].replace("<!--", "<!")
    return html


def _depth(html: str) -> int:
    deepest = depth = 0
    for found in _TAG.finditer(html):
        if found[2].lower() not in _FLAT:
            depth += -1 if found[1] else 1
            deepest = max(deepest, depth)
    return deepest


def _cleaned(html: str, base_url: str | None) -> str:
    return nh3.clean(
        html,
        url_schemes=_SCHEMES,
        url_relative="deny" if base_url is None else ("rewrite_with_base", base_url),
        clean_content_tags=_HIDDEN_CONTENT,
        link_rel="noopener noreferrer nofollow",
    )
