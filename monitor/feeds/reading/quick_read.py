"""The text of an everyday RSS 2.0 or Atom document to its `Contents`, some ten times as fast as feedparser.

Nearly all documents are well-formed and use a handful of elements in the plain way: those are read here. At anything
else (another dialect, inline XHTML, xml:base, an element twice) this steps back, and
feedparser judges (`monitor.feeds.reading.parse`): it never guesses. From an everyday document both read the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from monitor.feeds.reading.entries import Contents, Entry, Markup, left_out, person
from monitor.feeds.reading.pages import is_address, page_of

_ATOM = "{http://www.w3.org/2005/Atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MEDIA = "search.yahoo.com/mrss"

#: What each element of an entry is to us; "" for what we have no use for.
_RSS_FIELDS = {
    **{name: name for name in ("title", "link", "guid", "description", "pubDate", "source")},
    **dict.fromkeys(("category", "comments", "enclosure", f"{_DC}subject"), ""),
    f"{_ATOM}link": "atomLink",
    **dict.fromkeys(("author", f"{_DC}creator"), "author"),
    "{http://purl.org/rss/1.0/modules/content/}encoded": "content",
    f"{_DC}date": "date",
    f"{_DC}language": "language",
    "{http://rssnamespace.org/feedburner/ext/1.0}origLink": "origLink",
}
_ATOM_FIELDS = {
    **{f"{_ATOM}{name}": name for name in ("id", "title", "summary", "content", "published", "updated")},
    **{f"{_ATOM}{name}": name for name in ("author", "link", "source")},
    **dict.fromkeys((f"{_ATOM}category", f"{_ATOM}contributor", f"{_ATOM}rights"), ""),
    "{http://rssnamespace.org/feedburner/ext/1.0}origLink": "origLink",
}
_CHANNEL = frozenset(("title", "link", "language", "item"))
#: Entries of the other dialect.
_STRAYS = frozenset(("entry", f"{_ATOM}item"))
#: What tells of a whole feed, in another namespace too.
_OF_FEEDS = frozenset(("title", "link", "language"))
_PEOPLE = frozenset(("author", "creator"))
_CREATORS = frozenset((f"{_DC}creator", "{http://www.itunes.com/dtds/podcast-1.0.dtd}author"))
_SUMMARIES = ("description", "summary")
_TEXTS = (*_SUMMARIES, "content")
_REPEATABLE = frozenset(("author", "link", "atomLink"))
_TELLING_NAMES = """
author available body created creator date div encoded identifier issued language link modified publicationDate
publisher Source title
"""
#: Local names that tell something in whatever namespace they stand.
_TELLING = frozenset(_TELLING_NAMES.split())
_HTML_TYPES = frozenset(("html", "text/html"))
_TEXT_TYPES = frozenset(("text", "text/plain"))

#: UTF-8 that was taken for Latin-1, and Windows' punctuation in the place of control characters: feedparser mends them.
_MENDABLE = re.compile("[\xc2-\xf4][\x80-\xbf]|[\x80-\x9f]")


class _UnusualError(Exception):
    """Raised at what feedparser has to judge."""


def read_quickly(text: str, *, max_entries: int) -> Contents | None:
    """Read a well-formed document that `monitor.feeds.reading.xml_guard` has cleaned; None where feedparser has to."""
    if "xml:base" in text or _MENDABLE.search(text):
        return None
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - the guard has taken out every declaration
        if root.tag == "rss":
            return _rss(root, max_entries)
        return _atom(root, max_entries) if root.tag == f"{_ATOM}feed" else None
    except (_UnusualError, ElementTree.ParseError):
        return None


def _rss(root: Element, max_entries: int) -> Contents:
    if [child.tag for child in root] != ["channel"]:
        raise _UnusualError
    channel = root[0]
    if any(child.tag not in _CHANNEL and child.tag.lower() in _CHANNEL | _STRAYS for child in channel):
        raise _UnusualError
    items = channel.findall("item")
    said = {name: _only_text(channel, name) for name in _OF_FEEDS}
    language = said["language"] or _only_text(channel, f"{_DC}language")
    foreign = {child.tag.rpartition("}")[2] for child in channel if child.tag[0] == "{"}
    if any(name in foreign and not (said | {"language": language})[name] for name in _OF_FEEDS):
        raise _UnusualError
    title, home = said["title"], said["link"]
    return Contents(
        dialect=f"rss {root.get('version', '')}".rstrip(),
        title=Markup(title),
        author=_channel_author(channel),
        home=home,
        language=language or root.get(_LANG, ""),
        base=home,
        entries=tuple(map(_rss_entry, items[:max_entries], repeat(channel.get(_LANG, "") or root.get(_LANG, "")))),
        refused=left_out(len(items), max_entries),
    )


def _channel_author(channel: Element) -> str:
    people = [child for child in channel if child.tag.rpartition("}")[2] in _PEOPLE]
    if any(person.tag not in _CREATORS for person in people):
        raise _UnusualError
    return _rss_author(people)


def _atom(root: Element, max_entries: int) -> Contents:
    for child in root:
        if child.tag in _STRAYS or (
            child.tag.rpartition("}")[2] in _OF_FEEDS | _PEOPLE and not child.tag.startswith(_ATOM)
        ):
            raise _UnusualError
    found = root.findall(f"{_ATOM}entry")
    title = root.findall(f"{_ATOM}title")
    return Contents(
        dialect="atom 1.0",
        title=_construct({"title": title} if title else {}, "title"),
        author=_atom_author(root.findall(f"{_ATOM}author")),
        home=_alternate(root.findall(f"{_ATOM}link")),
        language=root.get(_LANG, ""),
        entries=tuple(map(_atom_entry, found[:max_entries], repeat(root.get(_LANG, "")))),
        refused=left_out(len(found), max_entries),
    )


def _rss_entry(item: Element, language: str) -> Entry:
    fields = _fields(item, _RSS_FIELDS)
    text = _reader(fields)
    guid, link = text("guid"), text("origLink") or text("link")
    if not link and ("atomLink" in fields or any(element.attrib for element in fields.get("link", ()))):
        # Then it may be an attribute.
        raise _UnusualError
    permalink = "guid" in fields and fields["guid"][0].get("isPermaLink", "true") == "true"
    if not link and permalink and is_address(guid):
        link = guid
    return Entry(
        guid=guid,
        link=link or _not_elsewhere(item),
        title=Markup(text("title")),
        summary=Markup(text("description"), is_html=True),
        content=Markup(text("content"), is_html=True),
        author=_rss_author(fields.get("author", [])),
        source=text("source"),
        language=text("language") or _language(fields, item.get(_LANG) or language),
        dates=tuple(filter(None, (text("pubDate"), text("date")))),
        is_empty=not len(item),
    )


def _atom_entry(entry: Element, language: str) -> Entry:
    fields = _fields(entry, _ATOM_FIELDS)
    text = _reader(fields)
    link = text("origLink") or _alternate(fields.get("link", []))
    guid = text("id")
    return Entry(
        guid=guid,
        link=link or (guid if is_address(guid) else _not_elsewhere(entry)),
        title=_construct(fields, "title"),
        summary=_construct(fields, "summary"),
        content=_construct(fields, "content"),
        author=_atom_author(fields.get("author", ())),
        source=_atom_source(fields["source"][0]) if "source" in fields else "",
        language=_language(fields, entry.get(_LANG) or language),
        dates=tuple(filter(None, (text("published"), text("updated")))),
        is_empty=not len(entry),
    )


def _not_elsewhere(entry: Element) -> str:
    """Return no link, where there can be none: what an entry encloses or plays is a link too."""
    if any(_MEDIA in child.tag or child.tag == "enclosure" or child.get("rel") == "enclosure" for child in entry):
        raise _UnusualError
    return ""


def _atom_author(authors: Iterable[Element]) -> str:
    names = [_only_text(author, f"{_ATOM}name") for author in authors]
    if not all(names):
        # Then it may stand outside of a name, or be an address only.
        raise _UnusualError
    return ", ".join(dict.fromkeys(names))


def _atom_source(source: Element) -> str:
    title = source.findall(f"{_ATOM}title")
    if not title or source.findall(f"{_ATOM}author"):
        raise _UnusualError
    return _construct({"title": title}, "title").value


def _fields(entry: Element, known: Mapping[str, str]) -> dict[str, list[Element]]:
    """Sort an entry's elements by what they are to us."""
    fields: dict[str, list[Element]] = {}
    foreign = []
    for child in entry:
        name = known.get(child.tag)
        if name:
            fields.setdefault(name, []).append(child)
        elif name is None:
            foreign.append(child.tag)
            _check_foreign(child.tag)
    if any(len(elements) > 1 for name, elements in fields.items() if name not in _REPEATABLE):
        raise _UnusualError
    if foreign and not (_says("title", fields) and _says_enough(fields, foreign)):
        # Then they may stand in media:title, media:description or itunes:summary.
        raise _UnusualError
    return fields


def _says_enough(fields: Mapping[str, list[Element]], foreign: Iterable[str]) -> bool:
    """Tell whether an entry has a text of its own, and a summary where an element of another namespace may be one."""
    texts = _SUMMARIES if any(tag.endswith("}summary") for tag in foreign) else _TEXTS
    return any(map(_says, texts, repeat(fields)))


def _says(name: str, fields: Mapping[str, list[Element]]) -> bool:
    return name in fields and bool(_text(fields[name][0]))


def _check_foreign(tag: str) -> None:
    namespace, _, name = tag.rpartition("}")
    is_media = _MEDIA in namespace
    if not namespace or namespace + "}" == _ATOM or (name in _TELLING and not is_media):
        raise _UnusualError


def _language(fields: Mapping[str, list[Element]], inherited: str) -> str:
    """Return the language of an entry's first text that has one, be it inherited."""
    texts = (fields[name][0] for name in ("title", *_TEXTS) if name in fields)
    return next(filter(None, (text.get(_LANG) or inherited for text in texts)), "")


def _reader(fields: Mapping[str, list[Element]]) -> Callable[[str], str]:
    def text(name: str) -> str:
        return _text(fields[name][0]) if name in fields else ""

    return text


def _text(element: Element) -> str:
    if len(element):
        raise _UnusualError
    return (element.text or "").strip()


def _only_text(parent: Element, tag: str) -> str:
    found = parent.findall(tag)
    if len(found) > 1:
        raise _UnusualError
    return _text(found[0]) if found else ""


def _construct(fields: Mapping[str, list[Element]], name: str) -> Markup:
    """Read an Atom text construct (RFC 4287, section 3.1)."""
    if name not in fields:
        return Markup()
    element = fields[name][0]
    kind = element.get("type", "text").lower()
    if kind not in _HTML_TYPES | _TEXT_TYPES or "src" in element.keys():  # noqa: SIM118 - an element is no mapping
        raise _UnusualError
    return Markup(_text(element), kind in _HTML_TYPES)


def _alternate(links: list[Element]) -> str:
    if any("href" not in link.keys() for link in links):  # noqa: SIM118 - an element is no mapping
        # Then it may stand between the tags.
        raise _UnusualError
    return page_of((link.get("rel", ""), link.get("type", ""), link.get("href", "")) for link in links)


def _rss_author(elements: list[Element]) -> str:
    texts = [_text(element) for element in elements]
    if len(texts) > 1 and any(not text or "@" in text for text in texts):
        raise _UnusualError
    return ", ".join(dict.fromkeys(map(person, texts)))
