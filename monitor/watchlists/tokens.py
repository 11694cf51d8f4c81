"""The text of a query to its tokens, and the error that shows a place in it. Knows no grammar.

Operators are written in capitals and end at a blank, a bracket, a quotation mark or another mark; all else is a word.
Chinese keyboards type full-width brackets, colons and quotation marks: they count as their ASCII twins.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, NoReturn

from monitor.errors import WatchlistError

_EDGE = r"""(?=[\s()（）"“「=~@]|\Z)"""
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<plain>[a-z0-9\u4e00-\u9fff]+)(?=[\s()（）]|\Z)
      | (?P<open>[(（])
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
#: Signs that other search languages put before a word, and our marks where they have no meaning; what to do instead.
_NO_BEGINNING = {
    **dict.fromkeys("-!－！", "NOT excludes"),
    **dict.fromkeys("+＋", "a blank means AND already"),
    **dict.fromkeys("=~＝～", "= and ~ mark the one word that follows, as in =Apple and ~Alexandr"),
    **dict.fromkeys("@＠", "@name stands without a mark, and @ is typed in half width"),
}
#: Between digits a comma groups thousands; elsewhere its author means OR, or a phrase.
_COMMA = re.compile(r"[,;，；、。](?!\d)|(?<!\d)[,;，；、。]")


class Token(NamedTuple):
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
    tokens.append(Token("end", len(text), ""))
    return tokens


def _fail_unpaired(subject: str, text: str, at: int) -> NoReturn:
    at = len(text) - len(text[at:].lstrip())
    is_closing = text[at] in "”」"
    raise failure(subject, text, at, f"this quotation mark {'was never opened' if is_closing else 'is never closed'}")


def _token(found: re.Match[str], subject: str) -> Token:
    kind = found.lastgroup or ""  # the outermost of those that took part
    match kind:
        case "plain":
            return Token("word", found.start(kind), found[kind])
        case "word":
            return _word(found, subject)
        case "operator":
            return Token(found[kind], found.start(kind), found[kind])
        case "near" | "least":
            number = found["distance" if kind == "near" else "number"]
            return Token(kind, found.start(kind), found[kind], number=number)
        case "star":
            return _quotation(found)
    return Token(kind, _start(found), found[kind])


def _start(found: re.Match[str]) -> int:
    return found.end() - len(found.group().lstrip())


def _quotation(found: re.Match[str]) -> Token:
    straight = found["straight"]
    quoted = found["curly"] or found["corner"] or "" if straight is None else _unescaped(straight)
    return Token("word", found.start("mark"), quoted, found["mark"], bool(found["star"]))


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def _word(found: re.Match[str], subject: str) -> Token:
    """Read a bare word, and refuse what its author can hardly mean as letters of it."""
    word, place = found["word"], found.start("word")
    body = word.removesuffix("*")
    if word[0] in _NO_BEGINNING:
        cause = f"no word begins with {word[0]!r}: {_NO_BEGINNING[word[0]]}; in quotation marks it is a sign"
        raise failure(subject, found.string, place, cause)
    if "*" in body:
        cause = "'*' stands only at the end of a word; in quotation marks it is a sign"
        raise failure(subject, found.string, place + body.index("*"), cause)
    if comma := _COMMA.search(word):
        cause = f"{comma.group()!r} joins nothing: write OR between words, or put all of it in quotation marks"
        raise failure(subject, found.string, place + comma.start(), cause)
    mark = found["word_mark"] or ""
    return Token("word", place - len(mark), body, mark, word != body)


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
