"""The query language: text to tree, or an error that shows the place.

The grammar is in docs/watchlists.md. From loosest to tightest: OR, AND (or a blank), NOT, NEAR, then terms and
brackets. Operators are written in capitals; everything else is a word. Knows nothing of items.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from monitor.errors import WatchlistError
from monitor.watchlists.query import (
    FILTER_FIELDS,
    TEXT_FIELDS,
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
    all_of,
    any_of,
    walk,
)

#: Beyond these a query is refused.
MAX_CHARACTERS = 100_000
MAX_TERMS = 2_000
MAX_DEPTH = 50
MAX_DISTANCE = 1_000

_FIELDS = (*TEXT_FIELDS, *FILTER_FIELDS)
# Chinese keyboards type full-width brackets and quotation marks.
_OPENING, _CLOSING = "(（", ")）"
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>[(（])
      | (?P<close>[)）])
      | (?P<count>COUNT[ ]*(?=[(（]))
      | (?P<sentence>SENTENCE[ ]*(?=[(（]))
      | (?P<near>NEAR(?:/(?P<words>[^\s()（）"“「]*))?(?=[\s()（）"“「]|$))
      | (?P<operator>(?:AND|OR|NOT)(?=[\s()（）"“「]|$))
      | (?P<least>>=\s*(?P<number>[^\s()（）]*))
      | (?P<entity>@(?P<name>[^\s()（）"“”「」:]*))
      | (?P<mark>[=~])?(?:
            "(?P<straight>(?:[^"\\]|\\.)*)"
          | “(?P<curly>[^”]*)”
          | 「(?P<corner>[^」]*)」
          | (?P<field>[A-Za-z_]+)[:：](?!//)
          | (?P<word>[^\s()（）"“”「」]+)
        )(?P<star>(?<=["”」])\*)?
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    at: int
    text: str
    mark: str = ""
    star: bool = False
    number: str | None = None


def parse(text: str, *, subject: str = "query", entities: Mapping[str, Sequence[str]] | None = None) -> Query:
    """Read a query.

    `entities` are the alias sets that `@name` may name. Raises WatchlistError about `subject`, with line, column and a
    caret, for what is not in the language, is beyond a limit, or could match without any term.
    """
    return _Parser(text, subject, entities or {}).query()


def parse_term(text: str, *, subject: str, entities: Mapping[str, Sequence[str]] | None = None) -> Term | Entity:
    """Read one entry of the three lists: a word or phrase as it stands, with the marks `=`, `~`, `@` and `*`."""
    body = text.strip()
    parser = _Parser(body, subject, entities or {})
    if body.startswith("@"):
        return parser.entity(_Token("entity", 0, body[1:]))
    mark = body[0] if body[:1] in ("=", "~") else ""
    body = body[len(mark) :]
    star = body.endswith("*")
    body = body.removesuffix("*")
    if len(body) > 1 and body[0] == body[-1] == '"':
        body = body[1:-1]
    return parser.term(_Token("word", 0, body, mark, star))


class _Parser:
    def __init__(self, text: str, subject: str, entities: Mapping[str, Sequence[str]]) -> None:
        self._text = text
        self._subject = subject
        self._entities = entities
        self._tokens: list[_Token] = []
        self._next = 0
        self._depth = 0

    def query(self) -> Query:
        if len(self._text) > MAX_CHARACTERS:
            self._fail(0, f"the query has {len(self._text)} characters; at most {MAX_CHARACTERS} are allowed")
        self._tokens = self._cut()
        query = self._or()
        if self._peek().kind != "end":
            self._fail(self._peek().at, "this bracket was never opened")
        self._check(query)
        return query

    # Tokens.

    def _cut(self) -> list[_Token]:
        tokens, at, end = [], 0, len(self._text.rstrip())
        while at < end:
            found = _TOKEN.match(self._text, at)
            if found is None or found.end() == at:
                start = at + len(self._text[at:]) - len(self._text[at:].lstrip())
                self._fail(start, "this quotation mark is never closed")
            tokens.append(_token(found))
            at = found.end()
        if sum(token.kind in ("word", "entity") for token in tokens) > MAX_TERMS:
            self._fail(0, f"the query has more than {MAX_TERMS} terms")
        tokens.append(_Token("end", end, ""))
        return tokens

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    # From the loosest operator to the tightest.

    def _or(self) -> Query:
        at, parts = self._peek().at, [self._and()]
        while self._peek().kind == "OR":
            self._take()
            parts.append(self._and())
        return any_of(tuple(parts), at)

    def _and(self) -> Query:
        at, parts = self._peek().at, [self._not()]
        while self._peek().kind not in ("OR", "close", "end"):
            if self._peek().kind == "AND":
                self._take()
            parts.append(self._not())
        return all_of(tuple(parts), at)

    def _not(self) -> Query:
        if self._peek().kind != "NOT":
            return self._near()
        at = self._take().at
        part = self._deeper(self._not)
        return part.part if isinstance(part, Not) else Not(part, at)

    def _near(self) -> Query:
        left = self._primary()
        if self._peek().kind != "near":
            return left
        operator = self._take()
        words = self._distance(operator)
        right = self._primary()
        if self._peek().kind == "near":
            self._fail(
                self._peek().at, "NEAR joins two sides only: write (a NEAR/5 b) AND (b NEAR/5 c) for three in a row"
            )
        for side in (left, right):
            self._check_side(side)
        return Near(left, right, words, operator.at)

    def _distance(self, operator: _Token) -> int | None:
        if operator.number is None:
            return None
        if not operator.number.isdecimal() or not 1 <= int(operator.number) <= MAX_DISTANCE:
            self._fail(operator.at, f"NEAR/ takes a number of words from 1 to {MAX_DISTANCE}, as in NEAR/10")
        return int(operator.number)

    def _check_side(self, side: Query) -> None:
        allowed = side.parts if isinstance(side, Or) else (side,)
        for part in allowed:
            if not isinstance(part, Term | Entity):
                self._fail(
                    part.at, "NEAR stands between terms, @entities and brackets of them joined by OR; not around this"
                )

    def _primary(self) -> Query:
        token = self._take()
        match token.kind:
            case "open":
                return self._bracket(token)
            case "word":
                return self.term(token)
            case "entity":
                return self.entity(token)
            case "field":
                return self._field(token)
            case "sentence":
                return Sentence(self._bracket(self._take()), token.at)
            case "count":
                return self._count(token)
        return self._expected(token)

    def _bracket(self, opening: _Token) -> Query:
        if self._peek().kind == "close":
            self._fail(self._peek().at, "there is nothing between these brackets")
        inside = self._deeper(self._or)
        if self._peek().kind != "close":
            self._fail(opening.at, "this bracket is never closed")
        self._take()
        return inside

    def _deeper(self, read: Callable[[], Query]) -> Query:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(self._peek().at, f"more than {MAX_DEPTH} brackets and NOTs inside one another")
        inside = read()
        self._depth -= 1
        return inside

    def _expected(self, token: _Token) -> NoReturn:
        what = "a word, a phrase in quotation marks, @entity, field: or a bracket is expected"
        match token.kind:
            case "end":
                self._fail(token.at, f"the query ends where {what}")
            case "least":
                self._fail(token.at, ">= only follows COUNT(term)")
        self._fail(token.at, f"{token.text.strip()!r} stands where {what}; in quotation marks it is a word")

    # Leaves.

    def term(self, token: _Token) -> Term:
        text = " ".join(token.text.split())
        if not any(character.isalnum() for character in text):
            self._fail(token.at, "there is no letter or digit in it that could be looked for")
        if token.mark == "~":
            self._check_fuzzy(token, text)
        return Term(text, token.star, token.mark == "=", token.mark == "~", token.at)

    def _check_fuzzy(self, token: _Token, text: str) -> None:
        if not re.fullmatch(r"[^\W\d_]+", text) or not re.match(r"[A-Za-z\u00c0-\u024f]", text) or token.star:
            self._fail(token.at, "~ takes one Latin word without a '*': write the words of a name one by one")
        if len(text) < 5:
            self._fail(token.at, "~ takes words of five letters or more: shorter ones resemble too many others")

    def entity(self, token: _Token) -> Entity:
        name = token.text
        if name not in self._entities:
            self._fail(token.at, f"there is no entity {name!r} in [entities]{_nearest(name, self._entities)}")
        aliases = tuple(parse_alias(alias, subject=f"entity {name}") for alias in self._entities[name])
        return Entity(name, aliases, token.at)

    def _field(self, token: _Token) -> Query:
        name = token.text
        if name not in _FIELDS:
            self._fail(
                token.at,
                f"there is no field {name!r}; fields are {', '.join(_FIELDS)}{_nearest(name, _FIELDS)} "
                "(a word with a colon goes into quotation marks)",
            )
        if name in TEXT_FIELDS:
            inside = self._primary()
            self._check_inside(inside, f"{name}:")
            return InField(name, inside, token.at)
        return self._filter(name, token)

    def _filter(self, name: str, field: _Token) -> Query:
        value = self._primary()
        parts = value.parts if isinstance(value, Or) else (value,)
        filters: list[Query] = []
        for part in parts:
            if not isinstance(part, Term) or part.is_fuzzy:
                self._fail(part.at, f"{name}: takes a word or phrase, or a bracket of them joined by OR")
            filters.append(Filter(name, part, field.at))
        return any_of(tuple(filters), field.at)

    def _check_inside(self, inside: Query, what: str) -> None:
        for node in walk(inside):
            if isinstance(node, InField | Filter | Count):
                self._fail(node.at, f"this cannot stand inside {what}")

    def _count(self, token: _Token) -> Query:
        inside = self._bracket(self._take())
        if not isinstance(inside, Term | Entity):
            self._fail(inside.at, "COUNT takes one term or one @entity")
        least = self._take()
        if least.kind != "least" or not (least.number or "").isdecimal() or int(least.number or 0) < 1:
            self._fail(least.at, "after COUNT(term) comes >= and a number, as in COUNT(Qwen) >= 2")
        return Count(inside, int(least.number or 0), token.at)

    # The whole.

    def _check(self, query: Query) -> None:
        for node in walk(query):
            if isinstance(node, Sentence):
                self._check_inside(node.part, "SENTENCE( )")
        if (place := _unbound(query)) is not None:
            self._fail(place, "this could match without any term: a query needs a word or phrase that must be there")

    def _fail(self, at: int, cause: str) -> NoReturn:
        raise failure(self._subject, self._text, at, cause)


def parse_alias(alias: str, *, subject: str) -> Term:
    """Read one alias of an entity: a term as in the three lists, but no entity."""
    found = parse_term(alias, subject=subject)
    if isinstance(found, Entity):
        raise WatchlistError(subject, f"{alias!r}: an entity's aliases cannot be entities")
    return found


def failure(subject: str, text: str, at: int, cause: str) -> WatchlistError:
    """Make the error about a place in a query: line and column from 1, and a caret under it."""
    before = text[:at]
    line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
    shown = text.splitlines()[line - 1] if text.strip() else ""
    start = max(0, column - 60)
    caret = " " * sum(1 + (ord(c) > 0x2E7F) for c in shown[start : column - 1]) + "^"
    excerpt = ("…" if start else "") + shown[start : start + 100]
    where = f"line {line}, column {column}" if "\n" in text else f"column {column}"
    return WatchlistError(
        subject, f"{where}: {cause}\n    {excerpt}\n    {' ' if start else ''}{caret}", line=line, column=column
    )


def _unbound(query: Query) -> int | None:
    """Find a place for whose sake the query could match without any term in a text field; None where it cannot."""
    return _place_true(query, wanted=True)


def _place_true(query: Query, *, wanted: bool) -> int | None:
    """Find why the query can be `wanted` while every term is absent and filters say whatever suits; None: it cannot."""
    match query:
        case Filter():
            return query.at
        case Not(part):
            place = _place_true(part, wanted=not wanted)
            return None if place is None else query.at
        case And(parts) | Or(parts):
            places = [_place_true(part, wanted=wanted) for part in parts]
            one_will_do = isinstance(query, Or) == wanted
            if one_will_do:
                return next((place for place in places if place is not None), None)
            return None if None in places else places[0]
        case Sentence(part) | InField(_, part):
            return _place_true(part, wanted=wanted)
    return None if wanted else query.at


def _token(found: re.Match[str]) -> _Token:
    kind = found.lastgroup or ""
    groups = found.groupdict()
    at = found.end() - len(found.group().lstrip())
    if groups["operator"]:
        return _Token(groups["operator"], at, groups["operator"])
    if groups["near"]:
        return _Token("near", at, groups["near"], number=groups["words"])
    if groups["least"]:
        return _Token("least", at, groups["least"], number=groups["number"])
    if groups["entity"]:
        return _Token("entity", at, groups["name"])
    for simple in ("open", "close", "count", "sentence", "field"):
        if groups[simple]:
            return _Token(simple, at, groups[simple])
    if (word := groups["word"]) is not None:
        return _Token("word", at, word.rstrip("*"), groups["mark"] or "", word.endswith("*"))
    quoted = next(groups[name] for name in ("straight", "curly", "corner") if groups[name] is not None)
    text = re.sub(r"\\(.)", r"\1", quoted) if kind and groups["straight"] is not None else quoted
    return _Token("word", at, text, groups["mark"] or "", bool(groups["star"]))


def _nearest(name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    found = get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""
