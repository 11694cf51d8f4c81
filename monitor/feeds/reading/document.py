"""The bytes of one document to its normalised entries, or a `ParseError` that says in words what it is instead.

Pure, and what the parsing process runs: decode, tell XML from JSON from neither, read, normalise.
"""

from __future__ import annotations

import re
from dataclasses import replace

from monitor.errors import ParseError
from monitor.feeds.reading.cut import cut_known
from monitor.feeds.reading.encoding import decode
from monitor.feeds.reading.entries import Contents, ParsedFeed, ParseTask
from monitor.feeds.reading.items import normalise
from monitor.feeds.reading.jsonfeed import read_json_feed
from monitor.feeds.reading.mend import mend_end_tags, without_undeclared_prefix
from monitor.feeds.reading.parse import read_xml_feed
from monitor.feeds.reading.quick_read import read_quickly
from monitor.feeds.reading.wishes import read_wishes
from monitor.feeds.reading.xml_guard import FEED_ROOTS, Cleaned, Survey, clean, survey

_BLANKS = "\ufeff\u200b \t\r\n"
_HTML = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
#: Where a feed begins that something else stands before: what a broken template or a plugin printed.
_FEED = re.compile(r"<(?:\?xml\s|(?:rss|feed|rdf:RDF)[\s>])", re.IGNORECASE)
_MAGIC = {b"%PDF": "a PDF", b"\x1f\x8b": "gzip-compressed data", b"PK\x03\x04": "a ZIP archive", b"\x89PNG": "an image"}
_SHOWN = 40


def parse_document(task: ParseTask) -> ParsedFeed:
    """Parse and normalise one document.

    Raises ParseError where it is no feed, or where none of its entries can be read.
    """
    subject = task.origin.feed_id
    if not task.body.strip():
        raise ParseError(subject, "the body is empty")
    decoded = decode(task.body, task.content_type)
    text = decoded.text.lstrip(_BLANKS)
    is_json = text.startswith(("{", "["))
    contents, unchanged = (_json(text, task), ()) if is_json else _xml(text, task)
    contents = replace(contents, repairs=(*decoded.repairs, *contents.repairs))
    parsed = replace(normalise(contents, task.origin, with_html=task.with_html), unchanged=unchanged)
    if not parsed.entries and (contents.bad or contents.truncated):
        raise ParseError(subject, "; ".join(("no entry can be read", *parsed.notes)))
    return parsed if is_json else replace(parsed, wishes=read_wishes(text))


def _json(text: str, task: ParseTask) -> Contents:
    try:
        contents = read_json_feed(text, max_entries=task.max_entries)
    except RecursionError:
        raise ParseError(task.origin.feed_id, "JSON that is nested too deep") from None
    except ValueError as error:
        raise ParseError(task.origin.feed_id, f"not a feed: broken JSON: {error}") from None
    if contents is None:
        raise ParseError(task.origin.feed_id, "JSON, but not a JSON Feed: it has no version of jsonfeed.org")
    return contents


def _xml(text: str, task: ParseTask) -> tuple[Contents, tuple[str, ...]]:
    """Read a document without its known entries; return their marks too."""
    subject = task.origin.feed_id
    cleaned, seen = _surveyed(clean(text), subject)
    if seen.broken:
        cleaned, seen = _mended(cleaned, seen, subject)
    if seen.root == "html":
        raise ParseError(subject, "an HTML page, not a feed")
    cut = cut_known(cleaned.text, seen, task.known, max_entries=task.max_entries)
    contents = None if seen.broken else read_quickly(cut.text, max_entries=task.max_entries)
    contents = contents or _xml_of_any_kind(cut.text, seen, task)
    contents = replace(contents, repairs=(*cleaned.repairs, *contents.repairs))
    return _marked(contents, cut.marks), cut.unchanged


def _mended(cleaned: Cleaned, seen: Survey, subject: str) -> tuple[Cleaned, Survey]:
    """Take junk away from before a feed, and make its tags fit; a document of another kind stays as it is."""
    repairs = list(cleaned.repairs)
    start = None if seen.root in FEED_ROOTS else _FEED.search(cleaned.text)
    if start:
        repairs.append(f"junk before the feed, dropped: {start.start()} characters")
        cleaned = clean(cleaned.text[start.start() :])
        repairs += cleaned.repairs
    text, prefix = without_undeclared_prefix(cleaned.text)
    if prefix:
        repairs.append(f"a prefix that nobody declared, dropped: {prefix[:_SHOWN]}")
    text, mended = mend_end_tags(text)
    if mended:
        repairs.append(f"end tags that ended nothing, mended: {mended}")
    if not (start or prefix or mended):
        return cleaned, seen
    return _surveyed(replace(cleaned, text=text, repairs=tuple(repairs)), subject)


def _surveyed(cleaned: Cleaned, subject: str) -> tuple[Cleaned, Survey]:
    if cleaned.refused:
        raise ParseError(subject, cleaned.refused)
    seen = survey(cleaned.text)
    if seen.refused:
        raise ParseError(subject, seen.refused)
    return cleaned, seen


def _marked(contents: Contents, marks: tuple[str, ...]) -> Contents:
    if len(marks) != len(contents.entries):
        return contents
    entries = zip(contents.entries, marks, strict=True)
    return replace(contents, entries=tuple(replace(entry, mark=mark) for entry, mark in entries))


def _xml_of_any_kind(text: str, seen: Survey, task: ParseTask) -> Contents:
    subject = task.origin.feed_id
    try:
        contents = read_xml_feed(text, seen, max_entries=task.max_entries)
    except MemoryError:
        raise
    except Exception as error:  # feedparser promises nothing about broken input
        raise ParseError(subject, f"the parser failed: {type(error).__name__}: {str(error)[:200]!r}") from error
    if contents is None:
        raise ParseError(subject, _what_else(text, seen, task.body))
    return contents


def _what_else(text: str, seen: Survey, body: bytes) -> str:
    """Say what a document is that is no feed."""
    for magic, name in _MAGIC.items():
        if body.startswith(magic):
            return f"{name}, not a feed"
    if seen.root != "opml" and _HTML.search(text[:2_000]):
        return "an HTML page, not a feed"
    if seen.root:
        return f"XML with the root <{seen.root[:_SHOWN]}>, not a feed"
    start = "".join(character if character.isprintable() else "?" for character in text[:_SHOWN])
    return f"not a feed: it begins with {start!r}"
