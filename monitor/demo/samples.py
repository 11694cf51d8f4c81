"""Sample feeds to documents that list only the entries published so far, with the dates of their publication. Pure.

A sample is a whole feed in its own form and encoding (RSS 2.0, Atom, JSON Feed, RSS in GBK); its file's name up to the
first dot is the feed's id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from importlib.resources import files
from io import BytesIO

from lxml import etree
from lxml.etree import _Element


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a sample."""

    id: str
    title: str
    #: As the entry gives it, tracking parameters included.
    url: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A feed with all that it will ever publish."""

    id: str
    title: str
    #: What readers are told of its form.
    form: str
    content_type: str
    articles: Mapping[str, Article]
    #: The document with the entries named, each with its date.
    document: Callable[[Mapping[str, datetime]], bytes]


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What RSS and Atom call the same things."""

    name: str
    content_type: str
    root: str
    entry: str
    id: str
    title: str
    dates: tuple[str, ...]
    written: Callable[[datetime], str]


_RSS = _Dialect("RSS 2.0", "application/rss+xml", "rss", "item", "guid", "title", ("pubDate",), format_datetime)
_A = "{http://www.w3.org/2005/Atom}"
_ATOM = _Dialect(
    name="Atom",
    content_type="application/atom+xml",
    root=f"{_A}feed",
    entry=f"{_A}entry",
    id=f"{_A}id",
    title=f"{_A}title",
    dates=(f"{_A}published", f"{_A}updated"),
    written=datetime.isoformat,
)


def load_samples() -> dict[str, Sample]:
    """Return all samples by id, in the order of their ids."""
    folder = files("monitor.demo").joinpath("samples")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith((".xml", ".json")))
    samples = [_sample(name.partition(".")[0], folder.joinpath(name).read_bytes()) for name in names]
    return {sample.id: sample for sample in samples}


def _sample(id_: str, content: bytes) -> Sample:
    return _json_feed(id_, content) if content.startswith(b"{") else _xml_feed(id_, content)


def _xml_feed(id_: str, content: bytes) -> Sample:
    root = etree.fromstring(content)
    dialect = _ATOM if root.tag == _ATOM.root else _RSS
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    entries = root.iter(dialect.entry)
    articles = [Article(_id(entry, dialect), _text(entry, dialect.title), _link(entry)) for entry in entries]

    def document(dates: Mapping[str, datetime]) -> bytes:
        return _xml_document(root, dialect, dates, encoding)

    return Sample(
        id=id_,
        title=next(element.text or "" for element in root.iter(dialect.title)),
        form=dialect.name if encoding == "UTF-8" else f"{dialect.name} in {encoding}",
        content_type=f"{dialect.content_type}; charset={encoding}",
        articles={article.id: article for article in articles},
        document=document,
    )


def _xml_document(sample: _Element, dialect: _Dialect, dates: Mapping[str, datetime], encoding: str) -> bytes:
    root = deepcopy(sample)
    parent = root if dialect is _ATOM else root[0]
    for entry in parent.findall(dialect.entry):
        id_ = _id(entry, dialect)
        if id_ not in dates:
            parent.remove(entry)
            continue
        for date in entry.iter(*dialect.dates):
            date.text = dialect.written(dates[id_])
    output = BytesIO()
    root.getroottree().write(output, xml_declaration=True, encoding=encoding)
    return output.getvalue()


def _text(element: _Element, name: str) -> str:
    return element.findtext(name) or ""


def _id(entry: _Element, dialect: _Dialect) -> str:
    """Return the entry's id without what it has in common with the others ("tag:lab-notes.example,2026:")."""
    return _text(entry, dialect.id).rpartition(":")[2]


def _link(entry: _Element) -> str:
    """Return the address in RSS' <link>address</link> or Atom's <link href="address"/>."""
    return next(link.text or link.get("href") or "" for link in entry.iter("{*}link"))


def _json_feed(id_: str, content: bytes) -> Sample:
    feed = json.loads(content)
    articles = [Article(item["id"], item["title"], item["url"]) for item in feed["items"]]

    def document(dates: Mapping[str, datetime]) -> bytes:
        items = [
            {**item, "date_published": dates[item["id"]].isoformat()} for item in feed["items"] if item["id"] in dates
        ]
        return json.dumps({**feed, "items": items}, ensure_ascii=False).encode()

    return Sample(
        id=id_,
        title=feed["title"],
        form="JSON Feed",
        content_type="application/feed+json",
        articles={article.id: article for article in articles},
        document=document,
    )
