"""The text of a feed to one that feedparser reads right: what it stumbles over, or mistakes, goes. Pure.

Only what is nothing to us is taken out: categories, pictures, places on the globe, markup around a name or an address,
what elements of other vocabularies wrap, and what is said of an entry's media where the entry has words of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.feeds.reading.stand_ins import pieces, with_stand_ins
from monitor.feeds.reading.wrapped import without_wrapped

_PLACES = re.compile(
    r"xmlns:([\w.-]+)\s*=\s*[\"']http://www\.(?:opengis\.net/gml|georss\.org/georss|w3\.org/2003/01/geo)"
)
_MEDIA = re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"']https?://search\.yahoo\.com/mrss/?[\"']")
_DUBLIN_CORE = re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"']http://purl\.org/dc/elements/1\.[01]/[\"']")
_NAKED = re.compile(
    r"(<(author|guid|link|pubDate)(?:\s[^<>]*)?>)"
    r"((?:[^<]|</?(?:a|b|br|div|em|font|i|p|span|strong)(?:\s[^<>]*)?/?>)*+)(?=</\2\s*>)"
)
#: With one of these, it takes no guid for a link.
_NO_LINK = re.compile(r"<link\s*/>|<link\s*>\s*</link\s*>")
#: feedparser compares each category with all before it, of which we use none.
_CATEGORY = re.compile(
    r"<((?:[\w.-]+:)?(?:category|subject|keywords))\b[^<>]*(?:/>|(?<!/)>(?:[^<]|<!\[CDATA\[[^<]*)*+</\1\s*>)"
)
#: Whom to write to, not who wrote the entries: feedparser takes the one for the other.
_EDITOR = re.compile(r"<managingEditor\b[^<>]*>(?:[^<]|<!\[CDATA\[[^<]*)*+</managingEditor\s*>", re.IGNORECASE)
#: So is a podcast's owner.
_OWNER = re.compile(r"<((?:[\w.-]+:)?owner)\b[^<>]*>(?:[^<]|<(?!/?\1\b))*+</\1\s*>", re.IGNORECASE)
#: feedparser would take the title and the link of a picture for those of the entry that it stands in.
_PICTURE = re.compile(
    r"<(image|textInput)\b[^<>]*>\s*(?:<(url|title|link|description|name|width|height)\b[^<>]*>"
    r"(?:[^<]|<!\[CDATA\[[^<]*)*+</\2\s*>\s*)++</\1\s*>",
    re.IGNORECASE,
)
#: A whole article in XHTML beside an entry's other elements, in a way that feedparser does not know.
_DIV = re.compile(
    r"</(?:title|link|description|guid|pubDate|comments|author|(?:dc:)?(?:creator|date))\s*>\s*<((?:[\w.-]+:)?)div\b[^<>]*(?<!/)>",
)
_HAS_BODY = re.compile(r"<(?:[\w.-]+:)?(?:body|encoded)\b", re.IGNORECASE)
#: Stands in their place, so that an entry of nothing else is an entry.
_SOMETHING = "<something/>"
#: It looks for a mail address in every name, for a time that grows with the square of its length.
_LONG_NAME = re.compile(
    r"(<(?:[\w.-]+:)?(?:author|creator|contributor|name|owner|publisher|email|managingEditor|webMaster)\b[^<>]*>"
    r"\s*(?:<!\[CDATA\[)?[^<>\]]{500})[^<>\]]+",
    re.IGNORECASE,
)
#: Each line is a call: of more lines, no article needs the breaks.
_MAX_LINES = 50_000
_SAYS = r"\b[^<>]*(?<!/)>\s*(?:<!\[CDATA\[\s*)?(?:[^\s<\]]|<[^/!])"
_HAS_TITLE = re.compile(rf"<title{_SAYS}")
_HAS_TEXT = re.compile(rf"<(?:description|summary|content|[\w.-]+:encoded){_SAYS}")


def smoothed(text: str, entry_tag: re.Pattern[str]) -> str:
    """Smooth a document whose entries begin and end with `entry_tag`."""
    text = without_wrapped(_OWNER.sub("", _EDITOR.sub("", text)))
    text = _CATEGORY.sub(_SOMETHING, _NO_LINK.sub(_SOMETHING, text))
    text = _LONG_NAME.sub(r"\1", _PICTURE.sub(_SOMETHING, text))
    if text.count("\n") > _MAX_LINES:
        text = text.replace("\n", " ")
    text = _NAKED.sub(lambda found: found[1] + re.sub("<[^<>]*>", "", found[3]), text)
    if places := _prefixes(_PLACES, text):
        # A position outside of its frame would end feedparser's reading altogether.
        text = re.sub(rf"</?(?:{places}):[^<>]*>", "", text)
    if media := _prefixes(_MEDIA, text):
        text = "".join(_without_captions(text, media, entry_tag))
    if core := _prefixes(_DUBLIN_CORE, text):
        text = "".join(_with_own_titles(text, core, entry_tag))
    if _DIV.search(text):
        text = "".join(map(_with_body, pieces(text, entry_tag)))
    return with_stand_ins(text, entry_tag)


def _with_body(entry: str) -> str:
    """Rename an entry's own `<div>` to `<body>`, which feedparser knows, in the same namespace."""
    found = None if _HAS_BODY.search(entry) else _DIV.search(entry)
    end = entry.rfind(f"</{found[1]}div") if found else -1
    if not found or end < found.end():
        return entry
    div, body = f"{found[1]}div", f"{found[1]}body"
    before, _, attributes = entry[: found.end()].rpartition(f"<{div}")
    after = entry[end:].removeprefix(f"</{div}")
    return f"{before}<{body}{attributes}{entry[found.end() : end]}</{body}{after}"


def _prefixes(declaration: re.Pattern[str], text: str) -> str:
    return "|".join({re.escape(found[1]) for found in declaration.finditer(text)})


def _without_captions(text: str, media: str, entry_tag: re.Pattern[str]) -> Iterator[str]:
    """Leave out what is said of pictures: feedparser would take the caption of one for its entry's text."""
    titles = _titles(media)
    texts = re.compile(rf"<({media}):(description|text)\b[^<>]*>(?:[^<>]|<!\[CDATA\[.*?\]\]>)*</\1:\2\s*>", re.DOTALL)
    for entry in pieces(text, entry_tag):
        entry = titles.sub("", entry) if _HAS_TITLE.search(entry) else entry
        yield texts.sub("", entry) if _HAS_TEXT.search(entry) else entry


def _with_own_titles(text: str, core: str, entry_tag: re.Pattern[str]) -> Iterator[str]:
    """Leave out what Dublin Core calls an entry that has a title: feedparser would take the first of the two."""
    titles = _titles(core)
    outside, *entries = pieces(text, entry_tag)
    yield outside
    yield from (titles.sub("", entry) if _HAS_TITLE.search(entry) else entry for entry in entries)


def _titles(prefixes: str) -> re.Pattern[str]:
    return re.compile(rf"<({prefixes}):title\b[^<>]*>[^<>]*</\1:title\s*>")
