"""Which of the links of an Atom entry, or of a whole document, leads to the page that it is about. Pure.

Source: RFC 4287, section 4.2.7. Both readers of XML ask here, so that they cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Media types of pages that people read.
_PAGES = frozenset(("", "text/html", "application/xhtml+xml"))
#: A relation by its short name and by its address is one (section 4.2.7.2).
_REGISTRY = "http://www.iana.org/assignments/relation/"
_PICTURE = re.compile(r"\.(?:avif|gif|jpe?g|png|svg|webp)(?:[?#]|$)", re.IGNORECASE)
#: Parts of the media types of other feeds, which are no pages.
_FEEDS = ("xml", "json")


def page_of(links: Iterable[tuple[str, str, str]]) -> str:
    """Choose among links, each a relation, a media type and an address: the first alternate that is a page.

    Where there is none, the first alternate of another kind, as a PDF or a plain text; "" where that is a feed.
    """
    alternates = [(_bare(kind), href) for rel, kind, href in links if href and _is_alternate(rel)]
    pages = (href for kind, href in alternates if kind in _PAGES)
    others = (href for kind, href in alternates if not kind.endswith(_FEEDS))
    return next(pages, None) or next(others, "")


def is_picture(kind: str, address: str) -> bool:
    """Tell a picture by its media type, or its address where it has none: it is not what an entry is about."""
    return _bare(kind).startswith("image/") or (not kind.strip() and _PICTURE.search(address) is not None)


def is_address(guid: str) -> bool:
    """Tell whether an id that may be a link is one: an address, or a path on the site."""
    return guid.lower().startswith(("http://", "https://")) or (guid.startswith("/") and not guid.startswith("//"))


def _is_alternate(rel: str) -> bool:
    return rel.strip().lower().removeprefix(_REGISTRY) in ("", "alternate")


def _bare(kind: str) -> str:
    """Leave out a media type's parameters."""
    return kind.partition(";")[0].strip().lower()
