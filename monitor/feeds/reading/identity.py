"""Which entries are one and the same: within a feed from poll to poll, and across feeds. Pure.

An entry id only has to hold within its feed. An item key has to be the same wherever the item turns up, and never the
same for two items: in doubt two keys, for a wrong merge hides news and a missed one only repeats it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.net.urls import canonical_url

_GLOBAL_SCHEMES = ("tag:", "urn:")


@dataclass(frozen=True, slots=True)
class Traits:
    """What can tell one entry of a document from another; entries alike in all of it are one entry."""

    guid: str
    #: Canonical link; "" where there is none, or it leads to the feed's home page only.
    url: str
    #: The title, or all of the text where that is all there is to go by.
    text: str
    #: The rest of the text, of an entry without a guid: what comments on one page differ in. "" else.
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """The two names of one entry."""

    #: 16 hex digits, within the feed.
    entry_id: str
    #: 32 hex digits, everywhere.
    item_key: str


def traits_of(*, guid: str, url: str, home: str, title: str, text: str) -> Traits:
    """Choose an entry's traits; `url` and `home` are canonical.

    Where link or guid are the feed's home page they name the feed, not the entry.
    """
    guid = "" if home and guid[:4].lower() == "http" and canonical_url(guid) == home else guid
    url = "" if url == home else url
    if not title or not (guid or url):
        return Traits(guid, url, f"{title}\n{text}")
    return Traits(guid, url, title, "" if guid else text)


def identify(entries: Sequence[Traits], *, feed_id: str) -> list[Identity]:
    """Name the entries of one document, in their order.

    A guid names an entry unless the document uses it twice: then its link, and at last its words, have to help. So a
    link may change while the guid stays. The item key is that of the canonical link; where there is none or several
    entries share it (changelogs, live blogs), that of the entry within its feed, unless the guid is one for all the
    world.
    """
    distinct = set(entries)
    sharing = Counter(part for entry in distinct for part in _names(entry))
    by_link = Counter(entry.url for entry in distinct)
    return [_identity(entry, _own_name(entry, sharing), by_link[entry.url], feed_id) for entry in entries]


def key_of(url: str) -> str:
    """Return the item key of what has an address of its own."""
    return fingerprint("url", url, digits=32)


def fingerprint(*parts: str, digits: int) -> str:
    """Hash texts to hex digits; ("ab", "c") and ("a", "bc") differ."""
    # surrogatepass: the callers' texts are clean, but an id must never be what fails.
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def _names(entry: Traits) -> list[tuple[str, ...]]:
    """List the names that an entry can go by, the most lasting first."""
    names: list[tuple[str, ...]] = [
        (entry.guid, entry.url, entry.text),
        (entry.guid, entry.url, entry.text, entry.rest),
    ]
    if entry.guid or entry.url:
        names.insert(0, (entry.guid, entry.url))
    if entry.guid:
        names.insert(0, (entry.guid,))
    return names


def _own_name(entry: Traits, sharing: Counter[tuple[str, ...]]) -> tuple[str, ...]:
    return next(name for name in _names(entry) if sharing[name] == 1)


def _identity(entry: Traits, name: tuple[str, ...], sharing_link: int, feed_id: str) -> Identity:
    if entry.url and sharing_link == 1:
        key = key_of(entry.url)
    elif not entry.url and len(name) == 1 and (address := _global_guid(entry.guid)):
        key = key_of(address)
    else:
        key = fingerprint("feed", feed_id, *name, digits=32)
    return Identity(entry_id=fingerprint(*name, digits=16), item_key=key)


def _global_guid(guid: str) -> str:
    """Return a guid that no other publisher uses, in canonical form; "" for one that holds in its feed only."""
    return guid if guid.lower().startswith(_GLOBAL_SCHEMES) else canonical_url(guid)
