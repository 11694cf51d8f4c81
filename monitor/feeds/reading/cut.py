"""A document and the marks of the entries that were seen before, to the document without those entries. Pure.

A mark is a hash of an entry's own bytes and of all that stands outside of entries, dates aside: so an entry is known
again only in the very form and the very surroundings in which it was read. What is cut out must not change what becomes
of the rest: where an entry that stays shares an id or a link with one that would go, nothing is cut.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from monitor.feeds.reading.xml_guard import Span, Survey
from monitor.net.unwrap import unwrapped
from monitor.net.urls import absolute_url, canonical_url

#: Hex digits of a mark.
_DIGITS = 12
#: What changes with every publication and concerns no entry.
_VOLATILE = re.compile(
    rb"<((?:\w+:)?(?:lastBuildDate|pubDate|updated|modified|date|ttl|updatePeriod|updateFrequency|updateBase))\b[^<>]*>"
    rb"[^<>]*</\1\s*>"
)
#: Any address does: all links of a document are resolved alike.
_SOMEWHERE = "http://somewhere.invalid/"


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of a document."""

    text: str
    #: Marks of the entries left, in order; empty where they cannot be told.
    marks: tuple[str, ...] = ()
    #: Marks of the entries cut out.
    unchanged: tuple[str, ...] = ()


def cut_known(text: str, survey: Survey, known: Set[str], *, max_entries: int) -> Cut:
    """Cut the entries whose mark is `known` out of a well-formed document."""
    spans = survey.spans
    if not 0 < len(spans) <= max_entries:
        return Cut(text)
    body = text.encode()
    context = _context(body, spans)
    marks = [_mark(context, body[span.start : span.end]) for span in spans]
    going = [span for span, mark in zip(spans, marks, strict=True) if mark in known]
    staying = [span for span, mark in zip(spans, marks, strict=True) if mark not in known]
    if not going or _share_names(going, staying):
        return Cut(text, tuple(marks))
    return Cut(
        _without(body, going).decode(),
        tuple(mark for mark in marks if mark not in known),
        tuple(mark for mark in marks if mark in known),
    )


def _context(body: bytes, spans: Sequence[Span]) -> bytes:
    outside = _VOLATILE.sub(b"", _without(body, spans))
    return hashlib.sha256(b" ".join(outside.split())).digest()


def _mark(context: bytes, entry: bytes) -> str:
    return hashlib.sha256(context + entry).hexdigest()[:_DIGITS]


def _without(body: bytes, spans: Iterable[Span]) -> bytes:
    parts, done = [], 0
    for span in spans:
        parts.append(body[done : span.start])
        done = span.end
    parts.append(body[done:])
    return b"".join(parts)


def _share_names(going: Sequence[Span], staying: Sequence[Span]) -> bool:
    """Tell whether one of some entries may be taken for one of the others: roughly first, as that is cheap."""
    kept = {_roughly(name) for span in staying for name in span.names}
    close = [name for span in going for name in span.names if _roughly(name) in kept]
    return bool(close) and not {_exactly(name) for span in staying for name in span.names}.isdisjoint(
        map(_exactly, close)
    )


def _roughly(name: str) -> str:
    """Reduce a link to what its canonical form cannot change: the last part of its path."""
    if not _is_link(name):
        return name
    path = unwrapped(name).partition("?")[0].partition("#")[0]
    return "" if "%" in path else path.rstrip("/").rpartition("/")[2].casefold()


def _exactly(name: str) -> str:
    url = canonical_url(unwrapped(absolute_url(name, _SOMEWHERE))) if _is_link(name) else ""
    # Without the host: one link may be relative and another not.
    return url.partition("://")[2].partition("/")[2] or name


def _is_link(name: str) -> bool:
    return "/" in name or "?" in name
