"""The text of a query to its tokens, and the error that shows a place in it. Knows no grammar.

Operators are written in capitals and end at a blank, a bracket, a quotation mark or another mark; all else is a word.
Chinese keyboards type full-width brackets, colons and quotation marks: they count as their ASCII twins.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from monitor.errors import WatchlistError

_EDGE = r"""(?=[\s()（）"“「=~@]|\Z)"""
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<open>[(（])
      | (?P<close>[)）])
      | (?P<count>COUNT\s*(?=[(（]))
      | (?P<sentence>SENTENCE\s*(?=[(（]))
      | (?P<near>NEAR(?:/(?P<distance>[^\s()（）"“「=~@]*))?){_EDGE}
      | (?P<operator>AND|OR|NOT){_EDGE}
      | (?P<least>>=\s*(?P<number>[^\s()（）]*))
      | @(?P<entity>[^\s()（）"“”「」]*)
      | (?P<field>[A-Za-z_]+)[:：](?!//)
      | (?P<mark>[=~]?)(?:"(?P<straight>(?:[^"\\]|\\.)*)"|“(?P<curly>[^”]*)”|「(?P<corner>[^」]*)」)(?P<star>\*?)
      | (?P<word_mark>[=~](?![A-Za-z_]+[:：](?!//)))?(?P<word>[^\s()（）"“”「」]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
#: Signs that other search languages put before a word, and our marks where they have no meaning.
_NO_BEGINNING = "=~@-+!＝～＠－＋！"
#: Between digits a comma groups thousands; elsewhere its author means OR, or a phrase.
_COMMA = re.compile(r"[,;，；、。](?!\d)|(?<!\d)[,;，；、。]")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is open, close, count, sentence, near, AND, OR, NOT, least, entity, field, word or end."""

    kind: str
    #: Where it begins in the query's text, in code points.
    at: int
    #: What it says: a word without marks and quotation marks, a name, or itself.
    text: str
    #: "=" or "~" before a word.
    mark: str = ""
    #: Whether a "*" ends the word.
    star: bool = False
    #: What follows NEAR/ or >=.
    number: str | None = None


def cut(text: str, *, subject: str) -> list[Token]:
    """Cut a query into its tokens, the last of kind "end"; raise WatchlistError where a word or quotation is none."""
    text = text.rstrip()
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            _fail_unpaired(subject, text, at)
        tokens.append(_token(found, subject))
        at = found.end()
    return [*tokens, Token("end", len(text), "")]


def _fail_unpaired(subject: str, text: str, at: int) -> NoReturn:
    at = len(text) - len(text[at:].lstrip())
    is_closing = text[at] in "”」"
    raise failure(subject, text, at, f"this quotation mark {'was never opened' if is_closing else 'is never closed'}")


def _token(found: re.Match[str], subject: str) -> Token:
    groups = found.groupdict()
    at = found.end() - len(found.group().lstrip())
    if groups["word"] is not None:
        return _word(found, at, subject)
    if groups["operator"]:
        return Token(groups["operator"], at, groups["operator"])
    if groups["near"]:
        return Token("near", at, groups["near"], number=groups["distance"])
    if groups["least"]:
        return Token("least", at, groups["least"], number=groups["number"])
    for kind in ("open", "close", "count", "sentence", "entity", "field"):
        if groups[kind] is not None:
            return Token(kind, at, groups[kind])
    straight = groups["straight"]
    quoted = groups["curly"] or groups["corner"] or "" if straight is None else _unescaped(straight)
    return Token("word", at, quoted, groups["mark"], bool(groups["star"]))


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def _word(found: re.Match[str], at: int, subject: str) -> Token:
    """Read a bare word, and refuse what its author can hardly mean as letters of it."""
    word, place = found["word"], found.start("word")
    body = word.removesuffix("*")
    if word[0] in _NO_BEGINNING:
        cause = f"no word begins with {word[0]!r}: NOT excludes, a blank means AND; in quotation marks it is a sign"
        raise failure(subject, found.string, place, cause)
    if "*" in body:
        cause = "'*' stands only at the end of a word; in quotation marks it is a sign"
        raise failure(subject, found.string, place + body.index("*"), cause)
    if comma := _COMMA.search(word):
        cause = f"{comma.group()!r} joins nothing: write OR between words, or put all of it in quotation marks"
        raise failure(subject, found.string, place + comma.start(), cause)
    return Token("word", at, body, found["word_mark"] or "", word != body)


def failure(subject: str, text: str, at: int, cause: str) -> WatchlistError:
    """Make the error about a place in a query: line and column from 1, and a caret under it."""
    line, start = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at) + 1
    column = at - start + 1
    shown = text[start : text.find("\n", at) if "\n" in text[at:] else len(text)]
    shown = "".join(c if c.isprintable() else " " for c in shown)
    first = max(0, column - 60)
    cut_off = "…" if first else ""
    caret = " " * (len(cut_off) + sum(map(_width, shown[first : column - 1]))) + "^"
    where = f"line {line}, column {column}" if "\n" in text else f"column {column}"
    return WatchlistError(
        subject,
        f"{where}: {cause}\n    {cut_off}{shown[first : first + 100]}\n    {caret}",
        line=line,
        column=column,
    )


def _width(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
