"""Elements that say what another is to say, put in its place where an entry lacks that. Pure.

feedparser knows neither them nor the first version of Dublin Core. An entry that has the element that is meant for a
thing keeps it, whatever else says it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

_DC_11 = "http://purl.org/dc/elements/1.1/"
_DCTERMS = "http://purl.org/dc/terms/"
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_GOOGLE = "http://www.google.com/schemas/play-podcasts/1.0"
_PRISM = "http://prismstandard.org/namespaces/"

#: A document needs one prefix for a namespace.
_MAX_PREFIXES = 3
#: Addresses of namespaces that are written in other ways than they are, and the older of two that mean one thing.
_NAMESPACES = {
    "purl.org/dc/elements/1.0": _DC_11,
    "purl.org/dc/elements/1.1": _DC_11,
    "purl.org/dc/terms": _DCTERMS,
    "purl.org/rss/1.0/modules/content": "http://purl.org/rss/1.0/modules/content/",
}
_LOOSE_DECLARATION = re.compile(
    rf"(xmlns:[\w.-]+\s*=\s*[\"'])\s*https?://({'|'.join(map(re.escape, _NAMESPACES))})/?\s*(?=[\"'])", re.IGNORECASE
)
_DECLARATION = re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"']\s*([^\"'\s]+)")
#: A text without elements in it; no section of it is looked through twice, however many are left open.
_TEXT = r"(?:[^<]|<!\[CDATA\[(?:[^\]<]|\](?!\]>)|<(?!!\[CDATA\[))*+\]\]>)*+"


@dataclass(frozen=True, slots=True)
class _Part:
    """What an element of an entry has to say, and what may say it in its stead."""

    name: str
    #: Found in an entry that says it.
    said: re.Pattern[str]
    #: Namespaces and local names, best first.
    stand_ins: tuple[tuple[str, str], ...]


def _element(names: str) -> re.Pattern[str]:
    return re.compile(rf"<(?:[\w.-]+:)?(?:{names})\b[^<>]*[^/<>]>|<(?:[\w.-]+:)?(?:{names})>", re.IGNORECASE)


_PARTS = (
    _Part("title", _element("title"), ((_ITUNES, "title"), (_DCTERMS, "title"))),
    _Part(
        "description",
        _element("description|summary|content|encoded|body|fullitem|abstract"),
        (
            *((_DCTERMS, name) for name in ("abstract", "description")),
            *((_GOOGLE, "description"), (_ITUNES, "subtitle")),
        ),
    ),
    _Part("author", _element("author|creator"), ((_GOOGLE, "author"), (_DCTERMS, "creator"))),
    _Part("guid", re.compile(r"<(?:[\w.-]+:)?(?:guid|id)\b|\babout\s*="), ((_DC_11, "identifier"),)),
    _Part(
        "pubDate",
        _element("pubDate|published|issued|created|date|updated|modified|lastBuildDate"),
        (
            *((_DCTERMS, name) for name in ("available", "date")),
            *((_DC_11, name) for name in ("issued", "created", "modified")),
            *((_PRISM, name) for name in ("publicationDate", "coverDate")),
        ),
    ),
)


def with_stand_ins(text: str, entry_tag: re.Pattern[str]) -> str:
    """Rename them in a document whose entries begin and end with `entry_tag`."""
    text = _LOOSE_DECLARATION.sub(lambda found: found[1] + _NAMESPACES[found[2].lower()], text)
    present = _present(text)
    if not present:
        return text
    return "".join(_entry(piece, present) for piece in pieces(text, entry_tag))


def _present(text: str) -> Mapping[_Part, tuple[re.Pattern[str], ...]]:
    """Find which stand-ins the document has, each as the pattern of its element."""
    declared = [(found[1], found[2]) for found in _DECLARATION.finditer(text)]
    present = {part: tuple(_written(part, declared, text)) for part in _PARTS}
    return {part: elements for part, elements in present.items() if elements}


def _written(part: _Part, declared: Sequence[tuple[str, str]], text: str) -> Iterator[re.Pattern[str]]:
    for namespace, name in part.stand_ins:
        prefixes = dict.fromkeys(prefix for prefix, address in declared if address.lower().startswith(namespace))
        for prefix in islice(prefixes, _MAX_PREFIXES):
            if f"<{prefix}:{name}" in text:
                yield re.compile(rf"<({re.escape(prefix)}:{name})((?:\s[^<>]*)?)(?<!/)>({_TEXT})</\1\s*>")


def pieces(text: str, entry_tag: re.Pattern[str]) -> Iterator[str]:
    """Cut a document into pieces of one entry each; the first has none."""
    done = 0
    for found in entry_tag.finditer(text):
        yield text[done : found.start()]
        done = found.start()
    yield text[done:]


def _entry(piece: str, present: Mapping[_Part, Iterable[re.Pattern[str]]]) -> str:
    for part, elements in present.items():
        found = next(filter(None, (element.search(piece) for element in elements)), None)
        if found and found[3].strip() and not part.said.search(piece[: found.start()] + piece[found.end() :]):
            renamed = f"<{part.name}{found[2]}>{found[3]}</{part.name}>"
            piece = f"{piece[: found.start()]}{renamed}{piece[found.end() :]}"
    return piece
