"""An OPML file, as feed readers export it, becomes a list of feeds. Expands no entities, fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

from monitor.errors import ParseError

#: Largest file that is read; an export of 50,000 feeds has about 15 MB.
MAX_BYTES = 32 * 1024**2


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
    Source: http://opml.org/spec2.opml, "Subscription lists".
    """
    root = _root(body)
    outlines: dict[str, Outline] = {}
    for element in root.iter("{*}outline"):
        url = _attribute(element, "xmlurl")
        if url:
            title = _attribute(element, "title") or _attribute(element, "text")
            outlines.setdefault(url, Outline(url, title, _folder(element)))
    if not outlines:
        raise ParseError("OPML", "no feeds in it: an outline of a feed has an xmlUrl")
    return list(outlines.values())


def _root(body: bytes) -> etree._Element:
    if len(body) > MAX_BYTES:
        raise ParseError("OPML", f"larger than {MAX_BYTES // 1024**2} MB")
    parser = etree.XMLParser(recover=True, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError("OPML", f"not XML: {error}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ParseError("OPML", "not an OPML document")
    document_type: Any = root.getroottree().docinfo.internalDTD  # lxml-stubs know less of it than lxml
    if document_type is not None and document_type.entities():
        raise ParseError("OPML", "it declares entities, which subscription lists have no use for")
    return root


def _folder(element: etree._Element) -> str | None:
    names = [_attribute(outer, "title") or _attribute(outer, "text") for outer in element.iterancestors("{*}outline")]
    return "/".join(name for name in reversed(names) if name) or None


def _attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute by its name in lower case; readers write xmlUrl, xmlURL and xmlurl."""
    for key, value in element.attrib.items():
        if str(key).lower() == name and str(value).strip():
            return str(value).strip()
    return None
