"""The parser and the page that explains the language accept, refuse and mean the same."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.errors import WatchlistError
from monitor.text.html import plain_text
from monitor.watchlists.language import parse
from monitor.watchlists.query import Query, written
from tests.watchlists import grammar
from tests.watchlists.made import found
from tests.watchlists.queries import ENTITIES, queries

_TERMS = """
Qwen 千问 distill* =Apple ~Alexandr ~abc @meta @mta "Scale AI" “Scale AI” 「千问」 "a\\"b" "" "·" =“x” ~"slipped" "kd"*
1,000 a,b a, 千，问 -a +a !a @ =@meta ==a =title:x =~a * a*b a** . - 2.5 C++ AT&T #a $a /a 'a' a
"""
_OPERATORS = """
AND OR NOT and AND( OR" NOT@meta NOT=A ( ) （ ） NEAR NEAR/5 NEAR/0 NEAR/1000 NEAR/1001 NEAR/x NEAR/ NEARBY
SENTENCE( SENTENCE COUNT( COUNT COUNT(a)>=2 COUNT(a)>=0 >= 2 >=2 > " ” 」 “ 「 \\
title: summary： content: source: feed: lang:zh author: tilte: title://x https://a.b 12:30 foo: title:a
"""
_PIECES = [*_TERMS.split(), *_OPERATORS.split()]
_SAMPLES = st.sampled_from(_PIECES) | st.sampled_from(["a", "b", "千问", "(", ")", "OR", "NOT", "NEAR/2"])
_loose = st.lists(_SAMPLES | st.sampled_from(["", " ", "\n"]), max_size=12).map("".join)
_spaced = st.lists(_SAMPLES, max_size=8).map(" ".join)


def _by_parser(text: str) -> Query | None:
    with contextlib.suppress(WatchlistError):
        return parse(text, entities=ENTITIES)
    return None


def _by_page(text: str) -> Query | None:
    with contextlib.suppress(grammar.RefusedError):
        return grammar.read(text, ENTITIES)
    return None


@settings(max_examples=500)
@given(_loose | _spaced | st.text(alphabet='aN千 ()"=~@:*>/5,OR', max_size=12))
@example("")
@example("a OR b c NOT d NEAR e")
@example("（千问 OR 通义） title：蒸馏")
@example('NOT (NOT a OR NOT "b c")')
@example("a AND AND b")
@example("a NEAR b NEAR c")
@example("COUNT((NOT NOT a)) >= 2")
def test_parser_and_page_agree_on_any_text(text: str) -> None:
    assert _by_parser(text) == _by_page(text)


@settings(max_examples=150)
@given(queries())
def test_parser_and_page_agree_on_queries(query: Query) -> None:
    text = written(query)
    assert parse(text, entities=ENTITIES) == query
    assert grammar.read(text, ENTITIES) == query


def _rows() -> list[tuple[str, str, bool]]:
    """Read the page's table of terms: a term, a text, and whether it is found there."""
    table = grammar.PAGE.read_text(encoding="utf-8").split("| the term |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    return [(row[0], text, column == 1) for row in rows for column in (1, 2) for text in row[column].split("; ")]


@pytest.mark.parametrize(("term", "text", "expected"), _rows())
def test_the_page_says_where_terms_are_found(term: str, text: str, expected: bool) -> None:
    assert bool(found(term, plain_text(text))) is expected


def test_the_page_has_a_table_of_terms() -> None:
    assert len(_rows()) > 50
