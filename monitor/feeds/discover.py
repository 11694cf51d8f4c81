"""A response to the addresses that it names: the hub and topic of a feed, and the feeds of a web page.

Link headers count before the document's own links (WebSub, section 4). Only the part of a document before its first
entry, or before the body of a page, is read: what stands in the content was not always written by the publisher
(WebSub, section 8.1). Pure, and linear in what it reads; nothing is fetched and no address is guessed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import msgspec

from monitor.feeds.reading.encoding import decode
from monitor.model import Document
from monitor.net.urls import absolute_url

#: How much of a feed, and of a page with its styles and scripts, is looked at.
_HEAD_BYTES = 64 * 1024
_PAGE_BYTES = 1024 * 1024
#: Links and other tags that are looked at, of a response's headers and of its document.
_MOST = 500
_FEED_TYPES = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/feed+json": "JSON Feed",
    "application/rdf+xml": "RSS 1.0",
    "application/xml": "XML",
    "text/xml": "XML",
}
#: `<address>; name=value; name="value"` (RFC 8288, section 3).
_LINK_VALUE = re.compile(r'<([^<>]*+)>((?:\s*+;\s*+[^\s=;,"<]*+(?:\s*+=\s*+(?:"(?:[^"\\]|\\.)*+"|[^\s",;<]*+))?+)*+)')
_PARAMETER = re.compile(r';\s*+([^\s=;,"]++)(?:\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s",;]*+)))?+')
#: What hides tags, and the tags that matter, under whatever prefix. "<" ends every attempt, so that no text, however
#: hostile, is read twice.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?P<raw>script|style|title)\b.*?(?:</(?P=raw)|\Z)"
    r"|<(?:[\w.-]{1,40}:)?(?P<name>link|base|feed|rss|channel|item|entry|body)\b"
    r"""(?P<attributes>(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>""",
    re.IGNORECASE | re.DOTALL,
)
_FIRST_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_LONGEST_TAG = 4096
_RELATIONS = frozenset(("hub", "self", "alternate", "feed"))
#: Where the content begins.
_CONTENT = frozenset(("item", "entry", "body"))


@dataclass(frozen=True, slots=True)
class Offer:
    """A publisher's word that a hub tells of changes."""

    hub: str
    #: The address under which the hub knows the feed: its rel=self, which need not be the address that was asked.
    topic: str


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a web page offers."""

    url: str
    #: What the page calls it, often empty.
    title: str
    #: "RSS", "Atom", "JSON Feed", ...
    kind: str


@dataclass(frozen=True, slots=True)
class _Link:
    """One link of a response, its address resolved."""

    url: str
    #: Those of `_RELATIONS` that it is.
    rels: frozenset[str]
    type: str = ""
    title: str = ""


class _JsonHub(msgspec.Struct):
    type: str = ""
    url: str = ""


class _JsonHead(msgspec.Struct):
    """What a JSON Feed says of its hubs (JSON Feed 1.1, "Top-level")."""

    feed_url: str = ""
    hubs: list[_JsonHub] = []


def offer_of(document: Document) -> Offer | None:
    """Find the hub and the topic of a feed's document; None where it names no hub, or no address of its own.

    Of several hubs one that is asked by HTTPS is chosen (WebSub, section 8.2), else the first. Source: WebSub, sections
    4 and 5.1, where the topic of a subscription must be the advertised rel=self.
    """
    found = _header_links(document.headers, document.url)
    if not {"hub", "self"} <= {rel for link in found for rel in link.rels}:
        found += _document_links(document)
    hubs = [link.url for link in found if "hub" in link.rels]
    topic = next((link.url for link in found if "self" in link.rels), "")
    if not hubs or not topic:
        return None
    return Offer(next((hub for hub in hubs if hub.startswith("https:")), hubs[0]), topic)


def offered_feeds(document: Document) -> tuple[FoundFeed, ...]:
    """List the feeds that a web page offers as rel=alternate or rel=feed, each address once, in the page's order.

    Source: HTML, section 4.6.7.1 (rel=alternate); RSS Autodiscovery 1.0.
    """
    text = decode(document.body[:_PAGE_BYTES], document.headers.get("content-type", "")).text
    links = [*_header_links(document.headers, document.url), *_embedded_links(text, document.url)]
    found: dict[str, FoundFeed] = {}
    for link in links:
        if (kind := _kind(link)) and link.url not in found:
            found[link.url] = FoundFeed(link.url, link.title, kind)
    return tuple(found.values())


def _kind(link: _Link) -> str:
    if "feed" in link.rels:
        return _FEED_TYPES.get(link.type, "feed")
    return _FEED_TYPES.get(link.type, "") if "alternate" in link.rels else ""


def _header_links(headers: Mapping[str, str], base: str) -> list[_Link]:
    """Read the Link headers; links that belong to another document (`anchor`) are left out."""
    links = []
    for target, parameters in islice(_matches(_LINK_VALUE, headers.get("link", "")), _MOST):
        # Of a parameter that comes twice the first counts (RFC 8288, section 3.3).
        given = {
            name.lower(): _unquoted(quoted) or bare
            for name, quoted, bare in reversed(list(_matches(_PARAMETER, parameters)))
        }
        if "anchor" not in given:
            links += _link(target, given, base)
    return links


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, ...]]:
    return (found.groups(default="") for found in pattern.finditer(text))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _document_links(document: Document) -> list[_Link]:
    head = _before_entries(document.body[:_HEAD_BYTES])
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_links(document.body, document.url)
    return list(_embedded_links(decode(head, document.headers.get("content-type", "")).text, document.url))


def _before_entries(head: bytes) -> bytes:
    """Cut off what need not even be decoded; in wide characters nothing is found, and nothing cut."""
    found = _FIRST_ENTRY.search(head)
    return head[: found.end()] if found else head


def _json_links(body: bytes, base: str) -> list[_Link]:
    try:
        head = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_JsonHead)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    hubs = [(hub.url, "hub") for hub in head.hubs if hub.type.lower() == "websub"]
    return [link for url, rel in [*hubs, (head.feed_url, "self")] for link in _link(url, {"rel": rel}, base)]


def _embedded_links(text: str, base: str) -> Iterator[_Link]:
    """Read the link elements of a feed or page that stand before its content."""
    for name, attributes in islice(_tags(text), _MOST):
        if name in _CONTENT:
            return
        own_base = _based(attributes.get("xml:base", ""), base)
        if name == "link":
            yield from _link(attributes.get("href", ""), attributes, own_base)
        else:
            base = _based(attributes.get("href", ""), base) if name == "base" else own_base


def _based(address: str, base: str) -> str:
    return (absolute_url(address, base) or base) if address else base


def _tags(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for found in _TAG.finditer(text):
        if (name := found["name"]) and len(found["attributes"]) <= _LONGEST_TAG:
            yield name.lower(), _attributes(found["attributes"])


def _attributes(text: str) -> dict[str, str]:
    parts = _matches(_ATTRIBUTE, text)
    return {name.lower(): html.unescape(double or single or bare) for name, double, single, bare in parts}


def _link(target: str, given: Mapping[str, str], base: str) -> list[_Link]:
    """Make the link of what a header or element says; none where nobody asks for it, or it leads nowhere."""
    rels = _RELATIONS.intersection(given.get("rel", "").lower().split())
    url = absolute_url(target, base) if rels and target.strip() else ""
    if not url:
        return []
    media_type = given.get("type", "").partition(";")[0].strip().lower()
    return [_Link(url, rels, media_type, given.get("title", "").strip())]
