"""Random queries that the language allows, over a small vocabulary that random texts share."""

from __future__ import annotations

from hypothesis import strategies as st

from monitor.watchlists.query import (
    Count,
    Entity,
    Filter,
    InField,
    Near,
    Not,
    Query,
    Sentence,
    Term,
    all_of,
    any_of,
)
from monitor.watchlists.soundness import faults

ENTITIES = {"meta": ("Meta", "脸书", "Scale AI")}
_WORDS = ["Qwen", "lab", "千问", "蒸馏", "Scale AI", "TBD Lab", "qwen 3", "x"]

plain_terms = st.builds(Term, st.sampled_from(_WORDS))
terms = st.one_of(
    plain_terms,
    plain_terms,
    st.builds(Term, st.sampled_from(["Qwen", "蒸馏", "TBD L"]), is_prefix=st.just(True)),
    st.builds(Term, st.sampled_from(["Lab", "Qwen", "TBD Lab"]), is_exact=st.just(True)),
    st.builds(Term, st.sampled_from(["aleph", "Alexandr"]), is_fuzzy=st.just(True)),
)
entities = st.just(Entity("meta", tuple(Term(alias) for alias in ENTITIES["meta"])))
_leaves = st.one_of(terms, terms, terms, entities)
_sides = st.one_of(_leaves, st.lists(_leaves, min_size=2, max_size=3).map(lambda parts: any_of(tuple(parts))))
_nears = st.builds(Near, _sides, _sides, st.none() | st.integers(1, 4))
_filters = st.one_of(
    st.builds(Filter, st.just("lang"), st.builds(Term, st.sampled_from(["zh", "zh-Hant", "en"]))),
    st.builds(Filter, st.just("source"), st.builds(Term, st.sampled_from(["Meta", "lab"]))),
    st.builds(Filter, st.just("feed"), st.builds(Term, st.just("fe"), is_prefix=st.booleans())),
)


def _not(part: Query) -> Query:
    return part.part if isinstance(part, Not) else Not(part)


def _joined(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(all_of), several.map(any_of), parts.map(_not))


_simple: st.SearchStrategy[Query] = st.recursive(st.one_of(_leaves, _nears), _joined, max_leaves=5)
_sentences = st.builds(Sentence, _simple)
_clauses: st.SearchStrategy[Query] = st.one_of(
    _leaves,
    _nears,
    _sentences,
    st.builds(InField, st.sampled_from(["title", "summary", "content"]), _simple | _sentences),
    st.builds(Count, terms | entities, st.integers(1, 4)),
    _filters,
)


_few = st.builds(Term, st.sampled_from(["x", "Qwen", "lab", "千问"]))
_counts = st.builds(Count, _few, st.integers(1, 3))
_booleans: st.SearchStrategy[Query] = st.recursive(_few | _filters, _joined, max_leaves=5)


_sought = _few | st.sampled_from([Term("Meta"), Term("脸书"), Term("Scale AI"), Term("蒸馏")])
_pairs = st.lists(_sought, min_size=2, max_size=2, unique=True)
_branches: st.SearchStrategy[Query] = st.one_of(
    _sought,
    entities,
    _pairs.map(lambda pair: all_of(tuple(pair))),
    _pairs.map(lambda pair: Near(pair[0], pair[1], 9)),
    st.builds(InField, st.just("title"), _sought),
    st.builds(Sentence, _pairs.map(lambda pair: all_of(tuple(pair)))),
)


def alternatives() -> st.SearchStrategy[list[Query]]:
    """Make branches of an OR that need one or two terms each, few of them the same."""
    return st.lists(_branches, min_size=2, max_size=4, unique=True)


def queries() -> st.SearchStrategy[Query]:
    """Make queries that the language accepts: of every kind of node together, and of one kind closely."""
    made: st.SearchStrategy[Query] = st.recursive(_clauses, _joined, max_leaves=6)
    return st.one_of(made, _nears, _counts, _booleans).filter(lambda query: next(faults(query), None) is None)
