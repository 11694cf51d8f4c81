"""The grammar of docs/watchlists.md, read by lark, to trees: a second parser of the language, for comparison.

It has nothing in common with the first but the tree and the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from monitor.watchlists.query import (
    And,
    Count,
    Entity,
    Filter,
    InField,
    Near,
    Not,
    Or,
    Query,
    Sentence,
    Term,
    children,
    walk,
)

PAGE = Path(__file__).parents[2] / "docs" / "watchlists.md"
_GRAMMAR = re.search(r"```lark\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
assert _GRAMMAR is not None
_LARK = Lark(_GRAMMAR[1], start="query", parser="lalr", lexer="basic", maybe_placeholders=False)
_TEXT_FIELDS, _FILTERS = ("title", "summary", "content"), ("source", "feed", "lang", "author")


class RefusedError(Exception):
    """Raised for what the grammar, or a rule beside it, refuses."""


def read(text: str, entities: Mapping[str, Sequence[str]]) -> Query:
    """Read a query by the page."""
    try:
        query: Query = _Trees(entities).transform(_LARK.parse(text))
    except UnexpectedInput as error:
        raise RefusedError(str(error)) from None
    except VisitError as error:
        raise RefusedError(str(error.orig_exc)) from None
    _check(query)
    return query


def _demand(fulfilled: bool, rule: str) -> None:
    if not fulfilled:
        raise RefusedError(rule)


def _flat(kind: type[And] | type[Or], parts: list[Query]) -> Query:
    flat = [each for part in parts for each in (part.parts if isinstance(part, kind) else [part])]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


class _Trees(Transformer[Token, Query]):
    def __init__(self, entities: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._entities = entities

    def query(self, parts: list[Query]) -> Query:
        return parts[0]

    def any(self, parts: list[Query | Token]) -> Query:
        return _flat(Or, _without_tokens(parts))

    def all(self, parts: list[Query | Token]) -> Query:
        return _flat(And, _without_tokens(parts))

    def denied(self, parts: list[Query | Token]) -> Query:
        (part,) = _without_tokens(parts)
        return part.part if isinstance(part, Not) else Not(part)

    def near(self, parts: list[Query | Token]) -> Query:
        operator = parts[1]
        left, right = _without_tokens(parts)
        for side in (left, right):
            for each in side.parts if isinstance(side, Or) else (side,):
                _demand(isinstance(each, Term | Entity), "a side of NEAR")
        _, _, words = str(operator).partition("/")
        return Near(left, right, int(words) if words else None)

    def word(self, parts: list[Token]) -> Query:
        text, mark = str(parts[0]), ""
        if text[0] in "=~":
            mark, text = text[0], text[1:]
        star = text.endswith("*")
        text = text.removesuffix("*")
        if parts[0].type == "PHRASE":
            straight, text = text[0] == '"', text[1:-1]
            text = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if straight else text
        text = " ".join(text.split())
        _demand(any(c.isalnum() for c in text), "a letter or digit")
        if mark == "~":
            _demand(text.isalpha() and "A" <= text[0] <= "ɏ" and 5 <= len(text) <= 20 and not star, "~")
        return Term(text, star, mark == "=", mark == "~")

    def entity(self, parts: list[Token]) -> Query:
        name = str(parts[0])[1:]
        _demand(name in self._entities, "an entity")
        return Entity(name, tuple(Term(alias) for alias in self._entities[name]))

    def bracket(self, parts: list[Query | Token]) -> Query:
        (part,) = _without_tokens(parts)
        return part

    def field(self, parts: list[Query | Token]) -> Query:
        name = str(parts[0])[:-1]
        (part,) = _without_tokens(parts)
        if name in _TEXT_FIELDS:
            return InField(name, part)
        values = part.parts if isinstance(part, Or) else (part,)
        return _flat(Or, [_filter(name, value) for value in values])

    def sentence(self, parts: list[Query | Token]) -> Query:
        return Sentence(*_without_tokens(parts))

    def count(self, parts: list[Query | Token]) -> Query:
        (part,) = _without_tokens(parts)
        _demand(isinstance(part, Term | Entity), "COUNT of a term or entity")
        assert isinstance(part, Term | Entity)
        return Count(part, int(str(parts[-1]).removeprefix(">=")))


def _without_tokens(parts: list[Query | Token]) -> list[Query]:
    return [part for part in parts if not isinstance(part, Token)]


def _filter(name: str, value: Query) -> Query:
    _demand(isinstance(value, Term) and not value.is_fuzzy, "a filter's value")
    assert isinstance(value, Term)
    _demand(not (name in ("feed", "lang") and value.is_exact), "= before a name")
    _demand(not (name == "lang" and value.is_prefix), "* behind a language")
    return Filter(name, value)


def _check(query: Query) -> None:
    for node in walk(query):
        if isinstance(node, InField | Sentence):
            inside = walk(node.part)
            _demand(not any(isinstance(each, InField | Filter | Count) for each in inside), "what stands inside")
        if isinstance(node, Sentence):
            _demand(not _possible(node.part, True), "a sentence without term")
    _demand(not _possible(query, True), "a query without term")


def _possible(query: Query, wanted: bool) -> bool:
    """Say whether a query can be true, or false, where no term stands: try all that filters may say."""
    match query:
        case Filter():
            return True
        case Not(part):
            return _possible(part, not wanted)
        case Term() | Entity() | Near() | Count():
            return not wanted
    parts = [_possible(part, wanted) for part in children(query)]
    return any(parts) if isinstance(query, Or) == wanted else all(parts)
