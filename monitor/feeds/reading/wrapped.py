"""A document without what elements of other vocabularies wrap: it is not the entry's or the feed's, by any name. Pure.

Publishers list related articles and the captions of pictures in elements of their own (`<my:related><link>…`). The
parser looks for elements of feeds at whatever depth, and would take the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.feeds.reading.mend import TOKEN

_ENTRY = re.compile(r"(?:[\w.-]+:)?(?:item|entry)", re.IGNORECASE)
_HOLDER = re.compile(r"(?:[\w.-]+:)?(?:item|entry|channel|feed)", re.IGNORECASE)
_DECLARATION = re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"']\s*([^\"'\s]+)")
#: Beginnings of the namespaces whose elements wrap what is the entry's.
_OF_FEEDS = (
    *("http://www.w3.org/", "http://purl.org/", "http://search.yahoo.com/mrss", "http://www.itunes.com/"),
    *("http://xmlns.com/foaf/", "http://my.netscape.com/", "http://backend.userland.com/"),
)
#: Prefixes that feedparser knows whatever namespace is declared for them: it is often misspelt.
_USUAL = frozenset(["media", "itunes", "dc", "dcterms", "atom", "content", "georss", "gml", "rdf", "thr"])
#: Longer documents have no time left for it.
_MAX_LENGTH = 4_000_000
#: An element that ends right after one inside of it.
_WRAPPER = re.compile(r"(?:/|</[\w.:-]+\s*)>\s*</([\w.-]+):[\w.-]+\s*>")


@dataclass(slots=True)
class _Wrapper:
    """An element of another vocabulary, directly in an entry or a feed."""

    depth: int
    #: Where its content begins.
    start: int
    has_elements: bool = False


def without_wrapped(text: str) -> str:
    """Empty the elements of another vocabulary that hold elements, but for entries; only as far as all tags fit."""
    foreign = _foreign(text) if len(text) <= _MAX_LENGTH else frozenset()
    if not foreign or not any(found[1] in foreign for found in _WRAPPER.finditer(text)):
        return text
    parts, done = [], 0
    for start, end in _wrapped(text, foreign):
        parts.append(text[done:start])
        done = end
    return "".join((*parts, text[done:]))


def _foreign(text: str) -> frozenset[str]:
    declared = {(found[1], found[2].lower().replace("https:", "http:", 1)) for found in _DECLARATION.finditer(text)}
    known = {prefix for prefix, namespace in declared if namespace.startswith(_OF_FEEDS) or prefix in _USUAL}
    return frozenset(prefix for prefix, _ in declared if prefix not in known)


def _wrapped(text: str, foreign: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield where the contents of such elements begin and end, until a tag does not fit."""
    opened: list[str] = []
    wrapper: _Wrapper | None = None
    for found in TOKEN.finditer(text):
        name = found[2]
        if not name:
            continue
        if found[1]:
            if not opened or opened.pop() != name:
                return
            if wrapper and len(opened) == wrapper.depth:
                if wrapper.has_elements:
                    yield wrapper.start, found.start()
                wrapper = None
            continue
        if wrapper and _ENTRY.fullmatch(name):
            wrapper = None
        elif wrapper:
            wrapper.has_elements = True
        elif _ENTRY.fullmatch(name):
            pass  # in whatever vocabulary
        elif opened and _HOLDER.fullmatch(opened[-1]) and name.partition(":")[0] in foreign and ":" in name:
            wrapper = None if found[3].endswith("/") else _Wrapper(len(opened), found.end())
        if not found[3].endswith("/"):
            opened.append(name)
