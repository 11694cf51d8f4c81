"""An OPML file, as feed readers export it, becomes a list of feeds, and feeds become a file that they import.

Expands no entities, fetches nothing. Source: http://opml.org/spec2.opml, "Subscription lists".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from monitor.errors import ParseError
from monitor.feeds.reading.encoding import decode

#: Largest file that is read; an export of 50,000 feeds has about 15 MB.
MAX_BYTES = 32 * 1024**2
#: What readers write before the address of a feed, beside http and https.
_FEED_SCHEME = re.compile(r"feed:(?://)?(?=https?://)|feed(?=://)", re.IGNORECASE)
_OUTLINE = ("{*}outline", "{*}Outline", "{*}OUTLINE")
#: What XML 1.0 cannot hold, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of an OPML file."""

    url: str
    title: str | None
    #: Names of the folders around it, from the outermost, joined by "/".
    folder: str | None


def read_opml(body: bytes) -> list[Outline]:
    """Return the feeds of an OPML 1.0 or 2.0 document in its order, each address once; raises ParseError.

    Sloppy exports are read as far as they go (a bare "&"); a document type with entities is refused.
    """
    root = _root(body)
    outlines: dict[str, Outline] = {}
    for element in root.iter(*_OUTLINE):
        url = _address(element)
        if url:
            title = _attribute(element, "title") or _attribute(element, "text")
            outlines.setdefault(url, Outline(url, title, _folder(element)))
    if not outlines:
        raise ParseError("OPML", "no feeds in it: an outline of a feed has an xmlUrl")
    return list(outlines.values())


def write_opml(outlines: Iterable[Outline], *, title: str, now: datetime) -> bytes:
    """Return an OPML 2.0 document of feeds in their order, those of a folder together where its first one stands."""
    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = _writable(title)
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for outline in outlines:
        parent = _made_folder(folders, tuple(filter(None, map(str.strip, (outline.folder or "").split("/")))))
        name = _writable(outline.title or outline.url)
        etree.SubElement(parent, "outline", type="rss", text=name, title=name, xmlUrl=_writable(outline.url))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _made_folder(folders: dict[tuple[str, ...], etree._Element], names: tuple[str, ...]) -> etree._Element:
    """Return the outline of a folder, made with those around it where it is missing."""
    if names not in folders:
        name = _writable(names[-1])
        folders[names] = etree.SubElement(_made_folder(folders, names[:-1]), "outline", text=name, title=name)
    return folders[names]


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _root(body: bytes) -> etree._Element:
    if len(body) > MAX_BYTES:
        raise ParseError("OPML", f"larger than {MAX_BYTES // 1024**2} MB")
    # The encoding that a file declares is as often wrong as that of a feed.
    text = decode(body, "").text.encode("utf-8", "replace")
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError("OPML", f"not XML: {error}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ParseError("OPML", "not an OPML document")
    document_type: Any = root.getroottree().docinfo.internalDTD  # lxml-stubs know less of it than lxml
    if document_type is not None and document_type.entities():
        raise ParseError("OPML", "it declares entities, which subscription lists have no use for")
    return root


def _address(element: etree._Element) -> str | None:
    url = _attribute(element, "xmlurl")
    if url and (scheme := _FEED_SCHEME.match(url)):
        return f"{'http' if scheme[0].lower() == 'feed' else ''}{url[scheme.end() :]}"
    return url


def _folder(element: etree._Element) -> str | None:
    names = [_attribute(outer, "title") or _attribute(outer, "text") for outer in element.iterancestors(*_OUTLINE)]
    return "/".join(name for name in reversed(names) if name) or None


def _attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute by its name in lower case; readers write xmlUrl, xmlURL and xmlurl."""
    for key, value in element.attrib.items():
        if str(key).lower() == name and str(value).strip():
            return str(value).strip()
    return None
