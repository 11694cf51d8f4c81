"""A document whose tags do not fit to one whose do, where it is plain what was meant. Pure.

A prefix of a feed's own elements that nobody declared (`<rss:item>`) goes. An end tag that ends nothing, where a short
element of a feed is open (`<language>en</langauge>`), is that element's.
Whatever else is wrong with tags is left to a parser that lives with it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from monitor.text.html import is_element

#: A tag, with "/" where it ends something, its name, and its attributes; a comment or a CDATA section whole.
TOKEN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|<(/?)([A-Za-z_][\w:.-]*+)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+)>",
    re.DOTALL,
)
_PREFIXED = re.compile(r"<([A-Za-z_][\w.-]{0,40}):(?:channel|feed|item|entry)[\s/>]")
#: Elements of feeds that hold a text and no other elements of feeds, by their local names.
_SHORT_NAMES = """
abstract author category comments content copyright created creator date description docs email encoded generator guid
icon id issued language lastbuilddate link logo managingeditor modified name pubdate published rights subtitle summary
tagline title ttl updated uri url webmaster
"""
_SHORT = frozenset(_SHORT_NAMES.split())


@dataclass(slots=True)
class _Open:
    """The elements that are open, and how many there are of each name."""

    names: list[str] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def begin(self, name: str) -> None:
        self.names.append(name)
        self.count[name] += 1

    def end(self, name: str) -> None:
        """End an open element, and those in it."""
        while self.count[name]:
            last = self.names.pop()
            self.count[last] -= 1
            if last == name:
                return


def without_undeclared_prefix(text: str) -> tuple[str, str]:
    """Take the prefix of the elements that make it a feed from all that have it; return that prefix, too.

    It stays where the document declares it, and in a document without any it is "".
    """
    found = _PREFIXED.search(text)
    if not found or f"xmlns:{found[1]}" in text:
        return text, ""
    return re.sub(rf"(</?){re.escape(found[1])}:(?=[A-Za-z_])", r"\1", text), found[1]


def mend_end_tags(text: str) -> tuple[str, int]:
    """Give end tags that end nothing the name of the element that is open; return how many there were, too."""
    opened, mended, parts, done = _Open(), 0, [], 0
    for found in TOKEN.finditer(text):
        name = found[2]
        if not name or (not found[1] and found[3].endswith("/")):
            continue
        if not found[1]:
            opened.begin(name)
        elif opened.count[name]:
            opened.end(name)
        elif opened.names and _is_meant(name, opened.names[-1]):
            parts += [text[done : found.start()], f"</{opened.names[-1]}>"]
            done, mended = found.end(), mended + 1
            opened.end(opened.names[-1])
    return "".join((*parts, text[done:])), mended


def _is_meant(name: str, opened: str) -> bool:
    """Tell whether an end tag of that name can be meant for an open element: not so where it is one of HTML's."""
    local = name.rpartition(":")[2].lower()
    return opened.rpartition(":")[2].lower() in _SHORT and (local in _SHORT or not is_element(local))
