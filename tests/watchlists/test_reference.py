"""The compiled matcher says of every item what the slow reference says; and the laws of the language hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Item, Watchlist
from monitor.text.fold import fold
from monitor.text.words import read_term
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches
from monitor.watchlists.query import Entity, Not, Query, Term, all_of, any_of, terms_of, walk, written
from monitor.watchlists.search import asks_of
from tests.watchlists import reference
from tests.watchlists.made import an_item, matches
from tests.watchlists.queries import ENTITIES, alternatives, plain_terms, queries

_WORDS = """
Qwen qwen Qwen3 Qwenty Meta Metal lab Lab label Scale AI TBD TBDLab TBD-Lab tbdlab x X xx 3 35 aleph alpeh Alexander
千问 万千问题 蒸馏 蒸馏水 脸书
"""
_SAMPLES = st.sampled_from(_WORDS.split()) | st.sampled_from(["x", "Qwen", "lab", "千问"])
_GAPS = [" ", " ", " ", "", "-", ", ", "，", ". ", "。", "！", "? ", "\n"]
_texts = st.lists(_SAMPLES | st.sampled_from(_GAPS), max_size=14).map("".join)
_spaced = st.lists(st.tuples(_SAMPLES, st.sampled_from(_GAPS)), max_size=10).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)


@st.composite
def _items(draw: st.DrawFn) -> Item:
    title, summary = draw(_spaced), draw(_texts | _spaced)
    return an_item(
        title,
        title + summary if draw(st.booleans()) else summary,
        draw(_spaced),
        language=draw(st.sampled_from(["zh-Hans", "zh-Hant", "zh", "en"])),
        source=draw(st.sampled_from(["Meta News", "Lab", ""])),
        feed=draw(st.sampled_from(["fe", "feed"])),
    )


def _watchlist(query: Query, name: str = "one") -> Watchlist:
    return Watchlist(id=name, name=name, query=written(query), entities=ENTITIES)


def _matched(item: Item, *given_queries: Query) -> list[bool]:
    compiled = compile_watchlists([_watchlist(query, str(n)) for n, query in enumerate(given_queries)])
    met = {match.watchlist for match in find_matches(item, compiled)}
    return [str(n) in met for n in range(len(given_queries))]


@settings(max_examples=120)
@given(st.lists(_items(), min_size=4, max_size=8), st.lists(queries(), min_size=1, max_size=4))
def test_the_matcher_agrees_with_the_reference(items: list[Item], given_queries: list[Query]) -> None:
    for item in items:
        assert _matched(item, *given_queries) == [reference.holds(query, item) for query in given_queries]


@settings(max_examples=50)
@given(alternatives(), st.lists(queries(), max_size=1))
def test_an_item_that_names_one_branch_alone_matches(branches: list[Query], others: list[Query]) -> None:
    either = any_of(tuple(branches))
    for query in (either, *(all_of((either, other)) for other in others)):
        for branch in branches:
            item = an_item(" ".join(_named(branch)))
            assert reference.holds(branch, item)
            assert _matched(item, query) == [reference.holds(query, item)]


def _named(query: Query) -> list[str]:
    """Return the words of a query, of each entity the last."""
    nodes = (node.aliases[-1] if isinstance(node, Entity) else node for node in walk(query))
    return [node.text for node in nodes if isinstance(node, Term)]


@settings(max_examples=50)
@given(_items(), queries())
def test_two_denials_are_none(item: Item, query: Query) -> None:
    twice = Watchlist(id="one", name="", query=f"NOT NOT ({written(query)})", entities=ENTITIES)
    assert [m.evidence for m in matches(item, twice)] == [m.evidence for m in matches(item, _watchlist(query))]


@settings(max_examples=50)
@given(_items(), queries(), queries())
def test_an_or_never_loses_a_match(item: Item, query: Query, other: Query) -> None:
    alone, either = _matched(item, query, any_of((query, other)))
    assert either or not alone


@settings(max_examples=50)
@given(_items(), queries(), queries())
def test_an_and_not_never_gains_a_match(item: Item, query: Query, other: Query) -> None:
    alone, less = _matched(item, query, all_of((query, Not(other))))
    assert alone or not less


@settings(max_examples=50)
@given(_items(), queries(), st.lists(queries(), max_size=3), st.lists(queries(), max_size=3))
def test_other_queries_never_change_a_verdict(
    item: Item, query: Query, before: list[Query], after: list[Query]
) -> None:
    others = [_watchlist(other, f"other {n}") for n, other in enumerate([*before, *after])]
    among = matches(item, *others[: len(before)], _watchlist(query), *others[len(before) :])
    assert [match for match in among if match.watchlist == "one"] == matches(item, _watchlist(query))


@settings(max_examples=50)
@given(_items(), queries())
def test_each_match_has_evidence_that_stands_in_the_item(item: Item, query: Query) -> None:
    for match in matches(item, _watchlist(query)):
        assert match.evidence
        assert len(set(match.evidence)) == len(match.evidence)
        for each in match.evidence:
            found, term = getattr(item, each.field)[each.start : each.end], each.term.lstrip("=~")
            folded, sought = fold(found).text, read_term(term.removesuffix("*")).text
            if each.term.startswith("~"):
                assert reference.slips(folded, sought) <= 2
            elif term.endswith("*"):
                assert folded.startswith(sought)
            else:
                assert folded == sought


@settings(max_examples=50)
@given(_items(), plain_terms)
def test_a_term_stands_where_the_reference_finds_it(item: Item, term: Term) -> None:
    places = [(e.field, e.start, e.end) for match in matches(item, _watchlist(term)) for e in match.evidence]
    assert places == reference.places(term, item)[:5]


def _without_slips(query: Query) -> bool:
    """Say whether a query seeks words as they are written, as search engines do."""
    return not any(term.is_fuzzy for term in terms_of(query))


def _has_one(item: Item, words: tuple[str, ...]) -> bool:
    return _matched(item, any_of(tuple(Term(word, is_prefix=True) for word in words)))[0]


@settings(max_examples=50)
@given(st.lists(_items(), min_size=4, max_size=8), queries().filter(_without_slips), st.sampled_from(["x", "Qwen lab"]))
def test_what_matches_has_the_words_that_search_engines_are_asked_for(
    items: list[Item], query: Query, name: str
) -> None:
    asks = asks_of(query, name=name)
    for item in items:
        if reference.holds(query, item):
            assert any(_has_one(item, ask.words) and (not ask.beside or _has_one(item, ask.beside)) for ask in asks)
