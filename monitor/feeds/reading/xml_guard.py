"""From the text of an XML document to one that a parser can be trusted with, and a look at what it is.

Document type declarations go, with all entities that they declare except plain characters, so that nothing can expand
or be fetched. The commonest slips are mended, lest they cost the whole document its strict reading: characters that XML
forbids, HTML's named entities undeclared, ampersands bare. What a feed means is `monitor.feeds.reading.parse`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html.entities import html5, name2codepoint
from xml.parsers import expat

#: The real feeds' declarations are the 250 characters of HTML 4, about 12 KB.
_MAX_DOCTYPE = 64 * 1024
_MAX_ATTRIBUTES = 500
_MAX_DEPTH = 500
#: Elements of one entry; the longest articles in XHTML have a few thousand.
_MAX_ELEMENTS = 20_000
#: Namespaces declared, each of which costs feed parsers a look at every element.
_MAX_NAMESPACES = 200

#: Characters that XML 1.0 (section 2.2) forbids, raw or by reference.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The same in UTF-8, where they are looked for in a quarter of the time; what stands for no character does not encode.
_CONTROLS = bytes((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)))
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
#: What `_REFERENCE` looks for, outside of CDATA sections or in one: most documents have none.
_OTHER_AMPERSAND = re.compile("&(?!(?:amp|lt|gt|quot|apos);)")
#: A reference but for the predefined ones, or a bare ampersand; a CDATA section whole, as there "&" is a character.
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|&(?!(?:amp|lt|gt|quot|apos);)(?:(?:#([xX][0-9A-Fa-f]{1,8}|[0-9]{1,8})|([A-Za-z][\w.-]{0,31}));)?",
    re.DOTALL,
)

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>\s*")
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE\b", re.IGNORECASE | re.DOTALL)
_DOCTYPE_PART = re.compile(r"<!--.*?-->|\"[^\"]*\"|'[^']*'|[\[\]>]", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+(%\s+)?([\w.:-]+)\s+(?:\"([^\"]*)\"|'([^']*)')\s*>")


#: Of documents that are feeds even where nothing is in them.
FEED_ROOTS = frozenset(("rss", "rdf", "feed", "channel"))
#: Local names of entries, and of what names them.
_ENTRIES = frozenset(("item", "entry"))
_NAMING = frozenset(("guid", "id", "link", "origlink", "identifier"))
_NAMING_ATTRIBUTES = frozenset(("href", "about", "resource"))
#: Elements whose "url" is an entry's link where it has no other.
_ENCLOSING = frozenset(("enclosure", "player"))

_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{2000,}")
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
_ATTRIBUTE = re.compile(r"\s[^\s=<>\"'/]+")
_NAMESPACE = re.compile(r"\sxmlns:([\w.-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A document that a parser can be trusted with."""

    text: str
    #: Why it must not be parsed at all; "" where it may.
    refused: str = ""
    #: What was mended, in words.
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Where one entry stands in the document's UTF-8 bytes, and what may be its names: ids and links as written."""

    start: int
    end: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a quick pass over the document found."""

    #: Name of the outermost element, in lower case and without its prefix; "" where there is none.
    root: str
    #: Where and why the document is not well-formed; "" where it is.
    broken: str
    #: Why it must not be parsed at all; "" where it may.
    refused: str
    #: Its entries, in order, where it is well-formed.
    spans: tuple[Span, ...] = ()


def clean(text: str) -> Cleaned:
    """Drop the XML and document type declarations, and mend what a strict parser stumbles over.

    Refused are entities built of other entities or long ones, the means of every XML bomb. External ones vanish.
    """
    declaration = _DECLARATION.match(text)
    text = _without(text, declaration.end()) if declaration else text
    start = _PROLOG.match(text)
    if not start:
        return _plain(text, {})
    end = _doctype_end(text, start.end())
    if end is None:
        return Cleaned(text, f"its document type declaration is not closed within {_MAX_DOCTYPE} characters")
    entities = {found[2]: found[3] or found[4] or "" for found in _ENTITY.finditer(text, start.end(), end)}
    if any(map(_expands, entities.values())):
        return Cleaned(text, "it declares entities that expand (an XML bomb)")
    return _plain(_without(text, end), entities)


def survey(text: str) -> Survey:
    """Look at every element of the document, at a small part of the price of parsing it.

    Feed parsers need seconds for one element of 50,000 attributes: it is counted here, where that costs milliseconds.
    """
    body = text.encode()
    parser = expat.ParserCreate("utf-8")
    sighting = _Sighting(parser, body)
    broken = ""
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        broken = str(error)
    except _RefusedError:
        pass
    # Where the document breaks, the parser stopped looking.
    refused = sighting.refused or (_refused_by_look(text) if broken else "")
    return Survey(
        root=sighting.root, broken=broken, refused=refused, spans=() if broken or refused else tuple(sighting.spans)
    )


def _refused_by_look(text: str) -> str:
    if len(set(_NAMESPACE.findall(text))) > _MAX_NAMESPACES:
        return f"it declares more than {_MAX_NAMESPACES} namespaces"
    for tag in _LONG_TAG.findall(text):
        if len(_ATTRIBUTE.findall(_VALUE.sub("", tag))) > _MAX_ATTRIBUTES:
            return f"an element has more than {_MAX_ATTRIBUTES} attributes"
    return ""


class _RefusedError(Exception):
    """Raised to leave the survey early."""


class _Sighting:
    """What the parser comes by, from one element to the next."""

    def __init__(self, parser: expat.XMLParserType, body: bytes) -> None:
        self.root = ""
        self.refused = ""
        self.spans: list[Span] = []
        self._parser = parser
        self._body = body
        self._depth = 0
        self._namespaces: set[str] = set()
        #: Depth and beginning of the entry that the parser is in, and what may be its names.
        self._entry: tuple[int, int] | None = None
        self._elements = 0
        #: Names of elements as written, without prefix and in lower case: a document has few.
        self._locals: dict[str, str] = {}
        self._names: set[str] = set()
        self._text: list[str] = []
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end

    def start(self, name: str, attributes: list[str]) -> None:
        local = self._locals.get(name) or self._local(name)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._refuse(f"its elements are nested more than {_MAX_DEPTH} deep")
        if attributes:
            self._look_at(name, attributes)
        if self._entry is None:
            if local in _ENTRIES:
                self._entry = (self._depth, self._parser.CurrentByteIndex)
                self._elements = 0
            return
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            self._refuse(f"an entry has more than {_MAX_ELEMENTS} elements")
        if local in _NAMING:
            self._text.clear()
            self._parser.CharacterDataHandler = self._text.append

    def _local(self, name: str) -> str:
        local = name.rpartition(":")[2].lower()
        self.root = self.root or local
        self._locals[name] = local
        return local

    def end(self, name: str) -> None:
        if self._entry:
            if self._parser.CharacterDataHandler:
                self._parser.CharacterDataHandler = None
                self._names.add("".join(self._text).strip())
            if self._depth == self._entry[0]:
                self._end_entry(self._entry[1])
        self._depth -= 1

    def _end_entry(self, start: int) -> None:
        end = self._body.index(b">", self._parser.CurrentByteIndex) + 1
        self.spans.append(Span(start, end, frozenset(self._names - {""})))
        self._entry = None
        self._names.clear()

    def _look_at(self, name: str, attributes: list[str]) -> None:
        if len(attributes) > 2 * _MAX_ATTRIBUTES:
            self._refuse(f"an element <{name[:40]}> has {len(attributes) // 2} attributes, over {_MAX_ATTRIBUTES}")
        for at in range(0, len(attributes), 2):
            key = attributes[at]
            if key.startswith("xmlns:"):
                self._namespaces.add(key)
            elif self._is_naming(key, name):
                self._names.add(attributes[at + 1].strip())
        if len(self._namespaces) > _MAX_NAMESPACES:
            self._refuse(f"it declares more than {_MAX_NAMESPACES} namespaces")

    def _is_naming(self, attribute: str, name: str) -> bool:
        if attribute == "url":
            return self._locals[name] in _ENCLOSING
        return attribute in _NAMING_ATTRIBUTES or attribute.rpartition(":")[2].lower() in _NAMING_ATTRIBUTES

    def _refuse(self, cause: str) -> None:
        self.refused = cause
        raise _RefusedError


def _without(text: str, end: int) -> str:
    # The line breaks stay, so that errors name the right line.
    return "\n" * text.count("\n", 0, end) + text[end:]


def _doctype_end(text: str, start: int) -> int | None:
    depth = 0
    for part in _DOCTYPE_PART.finditer(text, start, start + _MAX_DOCTYPE):
        if part[0] == ">" and depth == 0:
            return part.end()
        depth += {"[": 1, "]": -1}.get(part[0], 0)
    return None


def _expands(value: str) -> bool:
    # "&#38;#60;" is how HTML's own lists declare "<": a character by way of a reference to the ampersand.
    value = value.replace("&#38;#", "&#")
    return len(value) > 32 or bool(re.search(r"[&%](?!#)", value))


def _plain(text: str, entities: Mapping[str, str]) -> Cleaned:
    """Drop what XML forbids, and write out references that a parser without the declarations cannot know."""
    tally: Counter[str] = Counter()
    kept = _FORBIDDEN.sub("", text) if _has_forbidden(text) else text
    tally["characters that XML forbids, dropped"] = len(text) - len(kept)
    if _OTHER_AMPERSAND.search(kept):
        kept = _REFERENCE.sub(lambda found: _reference(found, entities, tally), kept)
    return Cleaned(kept, repairs=tuple(f"{repair}: {count}" for repair, count in tally.items() if count))


def _has_forbidden(text: str) -> bool:
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        return True
    return len(encoded.translate(None, _CONTROLS)) < len(encoded) or any(each in encoded for each in _NONCHARACTERS)


def _reference(found: re.Match[str], entities: Mapping[str, str], tally: Counter[str]) -> str:
    number, name = found[1], found[2]
    if number:
        return _character(int(number[1:], 16) if number[0] in "xX" else int(number), found[0], tally)
    if name in entities:
        return _REFERENCE.sub(lambda inner: _reference(inner, {}, tally), entities[name])
    if name:
        # The few names whose characters HTML 5 changed mean in XML what XHTML's declarations say.
        known = chr(name2codepoint[name]) if name in name2codepoint else html5.get(f"{name};")
        tally["HTML's entities, undeclared" if known else "entities that nobody declared"] += 1
        return known or f"&amp;{name};"
    if found[0] == "&":
        tally["ampersands that were not escaped"] += 1
        return "&amp;"
    return found[0]


def _character(code: int, reference: str, tally: Counter[str]) -> str:
    """Keep a reference that XML allows; those to control characters mean Windows' characters (as in HTML)."""
    if 0x80 <= code <= 0x9F:
        tally["references to control characters, read as Windows' characters"] += 1
        return bytes((code,)).decode("cp1252", "ignore")
    if code < 0x110000 and not _FORBIDDEN.match(chr(code)):
        return reference
    tally["references to characters that XML forbids, dropped"] += 1
    return ""
