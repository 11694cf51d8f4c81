"""A link that leads through a redirector -> the page behind it, where the link itself says which that is.

Pure: nothing is asked of anybody. What a link does not say (Google News' present articles, link shorteners) stays.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.net.urls import absolute_url

#: Redirectors: host (a "." before it for all of its subdomains too), path, and the parameters that may hold the target.
_REDIRECTORS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), tuple(parameters.split()))
    for pattern, parameters in (
        (r"(?:[\w-]+\.)?google\.[a-z.]{2,6}/(?:news/)?url", "url q"),
        (r"(?:[\w-]+\.)?bing\.com/news/apiclick\.aspx", "url"),
        (r"(?:lm?|m)\.facebook\.com/l\.php", "u"),
        (r"(?:www\.)?youtube\.com/redirect", "q"),
        (r"(?:html\.)?duckduckgo\.com/l/?", "uddg"),
        (r"t\.umblr\.com/redirect", "z"),
        (r"(?:www\.)?linkedin\.com/redir/redirect", "url"),
        (r"go\.redirectingat\.com/?", "url"),
        (r"link\.zhihu\.com/?", "target"),
        (r"link\.juejin\.cn/?", "target"),
        (r"sspai\.com/link", "target"),
        (r"(?:www\.)?jianshu\.com/go-wild", "url"),
    )
)
_YAHOO = re.compile(r"r\.search\.yahoo\.com/.*?/RU=([^/]+)/", re.IGNORECASE)
_GOOGLE_ARTICLE = re.compile(r"news\.google\.com/(?:rss/|__i/rss/rd/)?(?:articles|read)/(CB[\w-]{8,}=*)")
#: What Google News' articles were until 2024: a protocol buffer whose fourth field is the address.
_PLAIN_ADDRESS = re.compile(rb"\x08\x13\x22(?:[\x01-\x7f]|[\x80-\xff][\x01-\x7f])(https?://[\x21-\x7e]+)")
#: One of these stands in every such link: looking for them is quick.
_TELLING = re.compile(
    r"google\.|bing\.com/|facebook\.com/l|youtube\.com/r|duckduckgo\.com/|umblr\.com/|linkedin\.com/r"
    r"|redirectingat\.com/|link\.zhihu\.|link\.juejin\.|sspai\.com/link|jianshu\.com/go|search\.yahoo\.com/"
)
#: A redirector may lead to the next.
_MAX_LAYERS = 4


def unwrapped(url: str) -> str:
    """Return the address behind the redirectors that an absolute http(s) address leads through; mostly itself."""
    for _ in range(_MAX_LAYERS):
        written = _target(url)
        target = absolute_url(written) if written else ""
        if not target:
            break
        url = target
    return url


def _target(url: str) -> str:
    if not _TELLING.search(url.lower()):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    place = f"{parts.hostname or ''}{parts.path}"
    for redirector, parameters in _REDIRECTORS:
        if redirector.fullmatch(place):
            given = dict(parse_qsl(parts.query))
            return next((given[name] for name in parameters if name in given), "")
    if found := _YAHOO.match(place):
        return unquote(found[1])
    found = _GOOGLE_ARTICLE.match(place)
    return _within(found[1]) if found else ""


def _within(article: str) -> str:
    """Read the address that the id of a Google News article holds; "" where it holds none."""
    try:
        # The padding that is left out, or more: the decoder wants enough of it.
        message = base64.urlsafe_b64decode(article.rstrip("=") + "==")
    except (binascii.Error, ValueError):
        return ""
    found = _PLAIN_ADDRESS.match(message)
    if not found:
        return ""
    length = _length(message[3:5])
    return found[1][:length].decode("ascii")


def _length(head: bytes) -> int:
    return head[0] if head[0] < 0x80 else (head[0] & 0x7F) | head[1] << 7
