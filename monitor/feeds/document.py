"""The bytes of one document to its normalised entries, or a `ParseError` that says in words what it is instead.

Pure, and what the parsing process runs: decode, tell XML from JSON from neither, read, normalise.
"""

from __future__ import annotations

import re
from dataclasses import replace

from monitor.errors import ParseError
from monitor.feeds.encoding import decode
from monitor.feeds.entries import Contents, ParsedFeed, ParseTask
from monitor.feeds.items import normalise
from monitor.feeds.jsonfeed import read_json_feed
from monitor.feeds.parse import read_xml_feed
from monitor.feeds.quick_read import read_quickly
from monitor.feeds.wishes import read_wishes
from monitor.feeds.xml_guard import Survey, survey, without_doctype

_BLANKS = "\ufeff\u200b \t\r\n"
_HTML = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_MAGIC = {b"%PDF": "a PDF", b"\x1f\x8b": "gzip-compressed data", b"PK\x03\x04": "a ZIP archive", b"\x89PNG": "an image"}
_SHOWN = 40


def parse_document(task: ParseTask) -> ParsedFeed:
    """Parse and normalise one document.

    Raises ParseError where it is no feed, or where none of its entries can be read.
    """
    subject = task.origin.feed_id
    if not task.body.strip():
        raise ParseError(subject, "the body is empty")
    text = decode(task.body, task.content_type).lstrip(_BLANKS)
    is_json = text.startswith(("{", "["))
    contents = _json(text, task) if is_json else _xml(text, task)
    parsed = normalise(contents, task.origin)
    if not parsed.entries and (contents.entries or contents.bad or contents.truncated):
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


def _xml(text: str, task: ParseTask) -> Contents:
    subject = task.origin.feed_id
    text, refused = without_doctype(text)
    seen = survey(text)
    if refused or seen.refused:
        raise ParseError(subject, refused or seen.refused)
    if seen.root == "html":
        raise ParseError(subject, "an HTML page, not a feed")
    contents = None if seen.broken else read_quickly(text, max_entries=task.max_entries)
    return contents or _xml_of_any_kind(text, seen, task)


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
    if _HTML.search(text[:2_000]):
        return "an HTML page, not a feed"
    if seen.root:
        return f"XML with the root <{seen.root[:_SHOWN]}>, not a feed"
    start = "".join(character if character.isprintable() else "?" for character in text[:_SHOWN])
    return f"not a feed: it begins with {start!r}"
