"""A query as a tree: what `monitor.watchlists.language` reads, and what is compiled, explained and linted.

`at` is where a node begins in the query's text, in code points, for messages; it takes no part in equality.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

#: Fields of an item that terms are sought in, in order.
TEXT_FIELDS = ("title", "summary", "content")
#: Fields that only narrow: a query needs a term in a text field too.
FILTER_FIELDS = ("source", "feed", "lang", "author")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, phrase or prefix, sought in the text fields."""

    #: What is sought, without marks and quotation marks.
    text: str
    #: Written `word*`: every word that begins so.
    is_prefix: bool = False
    #: Written `=Word`: with just these capitals.
    is_exact: bool = False
    #: Written `~Word`: with a slip or two.
    is_fuzzy: bool = False
    at: int = field(default=0, compare=False)

    @property
    def shown(self) -> str:
        """The term as readers see it in evidence: with its marks, without quotation marks."""
        mark = "=" if self.is_exact else "~" if self.is_fuzzy else ""
        return f"{mark}{self.text}{'*' if self.is_prefix else ''}"


@dataclass(frozen=True, slots=True)
class Entity:
    """`@name`: any of the entity's aliases."""

    name: str
    aliases: tuple[Term, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of its parts, anywhere in the item."""

    parts: tuple[Query, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of its parts."""

    parts: tuple[Query, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but its part."""

    part: Query
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Both within one field and so many words, in either order; within one sentence where `words` is None."""

    left: Query
    right: Query
    words: int | None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in which its part holds, looking at that sentence alone."""

    part: Query
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InField:
    """Its part, looking at one text field alone."""

    name: str
    part: Query
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """A word or value in one of the fields that only narrow."""

    name: str
    term: Term
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """A term, or the aliases of an entity together, at least so often."""

    part: Term | Entity
    least: int
    at: int = field(default=0, compare=False)


Query: TypeAlias = Term | Entity | And | Or | Not | Near | Sentence | InField | Filter | Count


def children(query: Query) -> tuple[Query, ...]:
    """Return the direct parts of a node; an entity's aliases are its own business."""
    if isinstance(query, (Term, Entity, Filter)):  # most nodes
        return ()
    if isinstance(query, (And, Or)):
        return query.parts
    return (query.left, query.right) if isinstance(query, Near) else (query.part,)


def walk(query: Query) -> Iterator[Query]:
    """Yield a node and all below it, in the order of the text."""
    waiting = [query]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(children(node))


def terms_of(query: Query) -> Iterator[Term]:
    """Yield every term of a query, entities' aliases and filters' values left out."""
    return (node for node in walk(query) if isinstance(node, Term))


def alternatives(query: Query) -> tuple[Term, ...]:
    """Return the terms of a term, an entity, or an alternative of them."""
    match query:
        case Term():
            return (query,)
        case Entity(_, aliases):
            return aliases
        case Or(parts):
            return tuple(term for part in parts for term in alternatives(part))
    return ()


def all_of(parts: tuple[Query, ...], at: int = 0) -> Query:
    """Join parts by AND, flat; one part stays itself."""
    if len(parts) == 1 and not isinstance(parts[0], And):
        return parts[0]
    return And(tuple(each for part in parts for each in (part.parts if isinstance(part, And) else (part,))), at)


def any_of(parts: tuple[Query, ...], at: int = 0) -> Query:
    """Join parts by OR, flat; one part stays itself."""
    if len(parts) == 1 and not isinstance(parts[0], Or):
        return parts[0]
    return Or(tuple(each for part in parts for each in (part.parts if isinstance(part, Or) else (part,))), at)


def written(query: Query) -> str:
    """Write a query so that reading it gives the same tree: what `watchlists show` prints of the three lists."""
    match query:
        case Term():
            return _written_term(query)
        case Entity(name):
            return f"@{name}"
        case And(parts):
            return " AND ".join(_bracketed(part, (Or,)) for part in parts)
        case Or(parts):
            return " OR ".join(written(part) for part in parts)
        case Not(part):
            return f"NOT {_bracketed(part, (And, Or, Near))}"
        case Near(left, right, words):
            operator = "NEAR" if words is None else f"NEAR/{words}"
            return f"{_bracketed(left, (And, Or, Not, Near))} {operator} {_bracketed(right, (And, Or, Not, Near))}"
        case Sentence(part):
            return f"SENTENCE({written(part)})"
        case InField(name, part):
            return f"{name}:{_bracketed(part, (And, Or, Not, Near))}"
        case Filter(name, term):
            return f"{name}:{_written_term(term)}"
        case Count(part, least):
            return f"COUNT({written(part)}) >= {least}"


def _bracketed(query: Query, kinds: tuple[type, ...]) -> str:
    text = written(query)
    return f"({text})" if isinstance(query, kinds) else text


_PLAIN = frozenset("-.+#&/'")


def _written_term(term: Term) -> str:
    mark = "=" if term.is_exact else "~" if term.is_fuzzy else ""
    plain = all(c.isalnum() or c in _PLAIN for c in term.text) and term.text[0].isalnum()
    keyword = term.text in ("AND", "OR", "NOT", "NEAR", "SENTENCE", "COUNT") or term.text.startswith("NEAR/")
    body = term.text if plain and not keyword else '"' + term.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{mark}{body}{'*' if term.is_prefix else ''}"
