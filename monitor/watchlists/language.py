"""The query language: text to tree, or an error that shows the place.

The grammar is in docs/watchlists.md. From loosest to tightest: OR, AND (or a blank), NOT, NEAR, then terms and
brackets. `monitor.watchlists.tokens` cuts the text; what the grammar cannot say, `monitor.watchlists.soundness` does.
Knows nothing of items.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn

from monitor.errors import WatchlistError
from monitor.text.words import Term as Pattern
from monitor.text.words import read_term
from monitor.watchlists.query import (
    FILTER_FIELDS,
    TEXT_FIELDS,
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
)
from monitor.watchlists.soundness import faults
from monitor.watchlists.tokens import Token, cut, failure

#: Beyond these a query is refused. An entity counts as many terms as it has aliases, each time that it is named.
MAX_CHARACTERS = 100_000
MAX_TERMS = 2_000
MAX_DEPTH = 50
#: NEAR/n reaches so many words at most, COUNT asks for so many places.
MAX_NUMBER = 1_000
#: Letters of a word after `~`: each has some hundred forms to be looked up by.
MAX_FUZZY = 20

_FIELDS = (*TEXT_FIELDS, *FILTER_FIELDS)
_NUMBER = re.compile("[1-9][0-9]{0,2}|1000")


def parse(text: str, *, subject: str = "query", entities: Mapping[str, Sequence[str]] | None = None) -> Query:
    """Read a query.

    `entities` are the alias sets that `@name` may name. Raises WatchlistError about `subject`, with line, column and a
    caret, for what is not in the language, is beyond a limit, or could match without any term.
    """
    return _Parser(text, subject, entities or {}).query()


def parse_term(text: str, *, subject: str, entities: Mapping[str, Sequence[str]] | None = None) -> Term | Entity:
    """Read one entry of the three lists: a word or phrase as it stands, with the marks `=`, `~`, `@` and `*`."""
    body = text.strip()
    if body.isalnum():  # as most are: without marks, blanks and signs there is nothing to refuse
        return Term(body)
    parser = _Parser(body, subject, entities or {})
    if body.startswith("@"):
        return parser.entity(Token("entity", 0, body[1:]))
    mark = body[0] if body[:1] in ("=", "~") else ""
    body = body[len(mark) :]
    star = body.endswith("*")
    body = body.removesuffix("*")
    if len(body) > 1 and body[0] == body[-1] == '"':
        body = body[1:-1]
    return parser.term(Token("word", 0, body, mark, star))


@lru_cache(maxsize=MAX_TERMS)
def read_pattern(text: str, is_prefix: bool) -> Pattern:
    """Read what is sought for a term: asked of it as its query is read, and mostly once more a moment later.

    Raises ValueError where it could never be found.
    """
    return read_term(text, is_prefix=is_prefix)


class _Parser:
    def __init__(self, text: str, subject: str, entities: Mapping[str, Sequence[str]]) -> None:
        self._text = text
        self._subject = subject
        self._entities = entities
        self._rest: Iterator[Token] = iter(())
        #: The token that is read next; the last one stays.
        self._token = Token("end", 0, "")
        self._depth = 0
        self._terms = 0

    def query(self) -> Query:
        if len(self._text) > MAX_CHARACTERS:
            self._fail(0, f"the query has {len(self._text)} characters; at most {MAX_CHARACTERS} are allowed")
        self._rest = iter(cut(self._text, subject=self._subject))
        self._take()
        query = self._or()
        if self._token.kind != "end":
            self._fail(self._token.at, "this bracket was never opened")
        for at, cause in faults(query):
            self._fail(at, cause)
        return query

    def _take(self) -> Token:
        token = self._token
        self._token = next(self._rest, token)
        return token

    # From the loosest operator to the tightest.

    def _or(self) -> Query:
        at, parts = self._token.at, [self._and()]
        while self._token.kind == "OR":
            self._take()
            parts.append(self._and())
        return any_of(tuple(parts), at)

    def _and(self) -> Query:
        at, parts = self._token.at, [self._not()]
        while self._token.kind not in ("OR", "close", "end"):
            if self._token.kind == "AND":
                self._take()
            parts.append(self._not())
        return all_of(tuple(parts), at)

    def _not(self) -> Query:
        if self._token.kind != "NOT":
            return self._near()
        at = self._take().at
        part = self._deeper(self._not)
        return part.part if isinstance(part, Not) else Not(part, at)

    def _near(self) -> Query:
        left = self._primary()
        if self._token.kind != "near":
            return left
        operator = self._take()
        words = self._distance(operator)
        right = self._primary()
        if self._token.kind == "near":
            cause = "NEAR joins two sides only: write (a NEAR/5 b) AND (b NEAR/5 c) for three in a row"
            self._fail(self._token.at, cause)
        return Near(left, right, words, operator.at)

    def _distance(self, operator: Token) -> int | None:
        if operator.number is None:
            return None
        if not _NUMBER.fullmatch(operator.number):
            self._fail(operator.at, f"NEAR/ takes a number of words from 1 to {MAX_NUMBER}, as in NEAR/10")
        return int(operator.number)

    def _primary(self) -> Query:
        token = self._take()
        match token.kind:
            case "word":
                return self._word(token)
            case "open":
                return self._bracket(token)
            case "entity":
                return self.entity(token)
            case "field":
                return self._deeper(lambda: self._field(token))
            case "sentence":
                return Sentence(self._bracket(self._take()), token.at)
            case "count":
                return self._count(token)
        return self._expected(token)

    def _bracket(self, opening: Token) -> Query:
        if self._token.kind == "close":
            self._fail(self._token.at, "there is nothing between these brackets")
        inside = self._deeper(self._or)
        if self._token.kind != "close":
            self._fail(opening.at, "this bracket is never closed")
        self._take()
        return inside

    def _deeper(self, read: Callable[[], Query]) -> Query:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(self._token.at, f"more than {MAX_DEPTH} brackets, fields and NOTs inside one another")
        inside = read()
        self._depth -= 1
        return inside

    def _expected(self, token: Token) -> NoReturn:
        what = "a word, a phrase in quotation marks, @entity, field: or a bracket is expected"
        match token.kind:
            case "end":
                self._fail(token.at, f"the query ends where {what}")
            case "close":
                self._fail(token.at, f"a bracket closes where {what}")
            case "least":
                self._fail(token.at, ">= only follows COUNT(term)")
        self._fail(token.at, f"{token.text} stands where {what}; in quotation marks it is a word")

    # Leaves.

    def _word(self, token: Token) -> Term:
        term = self.term(token)
        try:
            read_pattern(term.text, term.is_prefix)
        except ValueError as error:
            self._fail(token.at, f"this can never be found: {error}")
        return term

    def term(self, token: Token) -> Term:
        text = token.text
        if not text.isalnum():
            text = " ".join(text.split())
            if not any(map(str.isalnum, text)):
                self._fail(token.at, "there is no letter or digit in it that could be looked for")
        if token.mark == "~":
            self._check_fuzzy(token, text)
        self._count_terms(1, token.at)
        return Term(text, token.star, token.mark == "=", token.mark == "~", token.at)

    def _check_fuzzy(self, token: Token, text: str) -> None:
        if not re.fullmatch(r"[^\W\d_]+", text) or not re.match(r"[A-Za-z\u00c0-\u024f]", text) or token.star:
            self._fail(token.at, "~ takes one Latin word without a '*': write the words of a name one by one")
        if not 5 <= len(text) <= MAX_FUZZY:
            self._fail(token.at, f"~ takes words of 5 to {MAX_FUZZY} letters: shorter ones resemble too many others")

    def entity(self, token: Token) -> Entity:
        name = token.text
        if not name:
            self._fail(token.at, "the name of an entity is missing behind @, as in @meta")
        if name not in self._entities:
            self._fail(token.at, f"there is no entity {name!r} in [entities]{_nearest(name, self._entities)}")
        self._count_terms(len(self._entities[name]), token.at)
        aliases = _aliases(name, tuple(self._entities[name]))
        if not aliases:
            self._fail(token.at, f"the entity {name!r} has no aliases")
        return Entity(name, aliases, token.at)

    def _count_terms(self, more: int, at: int) -> None:
        self._terms += more
        if self._terms > MAX_TERMS:
            self._fail(at, f"the query has more than {MAX_TERMS} terms, those of its entities included")

    def _field(self, token: Token) -> Query:
        name = token.text
        if name not in _FIELDS:
            self._fail(
                token.at,
                f"there is no field {name!r}; fields are {', '.join(_FIELDS)}{_nearest(name, _FIELDS)} "
                "(a word with a colon goes into quotation marks)",
            )
        inside = self._primary()
        return InField(name, inside, token.at) if name in TEXT_FIELDS else self._filters(name, inside, token.at)

    def _filters(self, name: str, value: Query, at: int) -> Query:
        parts = value.parts if isinstance(value, Or) else (value,)
        return any_of(tuple(self._filter(name, part, at) for part in parts), at)

    def _filter(self, name: str, value: Query, at: int) -> Filter:
        if not isinstance(value, Term) or value.is_fuzzy:
            self._fail(value.at, f"{name}: takes a word or phrase, or a bracket of them joined by OR")
        if (name in ("feed", "lang") and value.is_exact) or (name == "lang" and value.is_prefix):
            self._fail(value.at, f"{name}: takes no mark before or after its value")
        return Filter(name, value, at)

    def _count(self, token: Token) -> Query:
        inside = self._bracket(self._take())
        if not isinstance(inside, Term | Entity):
            self._fail(inside.at, "COUNT takes one term or one @entity")
        least = self._take()
        if least.kind != "least" or not _NUMBER.fullmatch(least.number or ""):
            cause = f"after COUNT(term) comes >= and a number from 1 to {MAX_NUMBER}, as in COUNT(Qwen) >= 2"
            self._fail(least.at, cause)
        return Count(inside, int(least.number or 0), token.at)

    def _fail(self, at: int, cause: str) -> NoReturn:
        raise failure(self._subject, self._text, at, cause)


@lru_cache(maxsize=1_000)
def _aliases(name: str, aliases: tuple[str, ...]) -> tuple[Term, ...]:
    """Read an entity's aliases, once for all watchlists that name it."""
    return tuple(parse_alias(alias, subject=f"entity {name}") for alias in aliases)


def parse_alias(alias: str, *, subject: str) -> Term:
    """Read one alias of an entity: a term as in the three lists, but no entity."""
    found = parse_term(alias, subject=subject)
    if isinstance(found, Entity):
        raise WatchlistError(subject, f"{alias!r}: an entity's aliases cannot be entities")
    return found


def _nearest(name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    found = get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""
