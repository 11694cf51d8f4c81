"""Which watchlists an item belongs to, and the evidence for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from monitor.errors import WatchlistError
from monitor.model import Evidence, Item, Watchlist
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.definition import version_of
from monitor.watchlists.match import find_matches
from tests.watchlists.made import a_query, a_watchlist, an_item, matches

DISTILLED = a_watchlist("Qwen", "千问", context=("蒸馏", "distill*"), exclude=("威士忌", "whisky"))

VERDICTS = {
    "a term and a context in one field": (an_item("用千问蒸馏小模型"), True),
    "a term and a context in two fields": (an_item("Qwen3", "", "was distilled"), True),
    "a term without context": (an_item("Qwen3 released"), False),
    "a context without term": (an_item("知识蒸馏入门"), False),
    "excluded": (an_item("Qwen3 distilled", "beside a whisky shop"), False),
    "nothing at all": (an_item(""), False),
}


@pytest.mark.parametrize(("item", "expected"), VERDICTS.values(), ids=VERDICTS.keys())
def test_any_term_some_context_no_exclusion(item: Item, expected: bool) -> None:
    assert bool(matches(item, DISTILLED)) is expected


def test_a_term_that_is_its_own_context_needs_no_other() -> None:
    watchlist = a_watchlist("Alexandr Wang", "汪滔", context=("Alexandr Wang", "Meta"))
    assert matches(an_item("Alexandr Wang speaks"), watchlist)
    assert matches(an_item("Meta的汪滔"), watchlist)
    assert not matches(an_item("汪滔谈航拍"), watchlist)


def test_evidence_is_in_the_order_of_fields_and_places() -> None:
    (match,) = matches(an_item("蒸馏 Qwen", "distilled 千问", "qwen"), DISTILLED)
    assert match.evidence == (
        Evidence("title", 0, 2, "蒸馏"),
        Evidence("title", 3, 7, "Qwen"),
        Evidence("summary", 0, 9, "distill*"),
        Evidence("summary", 10, 12, "千问"),
        Evidence("content", 0, 4, "Qwen"),
    )


def test_no_term_runs_from_one_field_into_the_next() -> None:
    assert not matches(an_item("TBD", "Lab"), a_watchlist("TBD Lab"))


def test_evidence_is_bounded_and_names_every_term_first() -> None:
    terms = [f"word{n}x" for n in range(10)]
    (match,) = matches(an_item(" ".join(terms * 50)), a_watchlist(*terms))
    assert {e.term for e in match.evidence} == set(terms)
    assert len(match.evidence) == 20


def test_matches_come_in_the_order_of_the_watchlists() -> None:
    watchlists = [a_watchlist("Qwen", name=name) for name in "cab"]
    assert [m.watchlist for m in matches(an_item("Qwen"), *watchlists)] == ["c", "a", "b"]


def test_two_spellings_of_one_folding_keep_their_own_rules() -> None:
    apart, whole = a_watchlist("no table", name="apart"), a_watchlist("notable", name="whole")
    assert [m.watchlist for m in matches(an_item("no table"), apart, whole)] == ["apart"]
    assert [m.watchlist for m in matches(an_item("notable"), apart, whole)] == ["whole"]


def test_without_watchlists_nothing_matches() -> None:
    assert matches(an_item("Qwen")) == []


def test_a_match_carries_the_version_of_its_watchlist() -> None:
    versioned = replace(a_watchlist("Qwen"), version="0123456789ab")
    assert matches(an_item("Qwen"), versioned)[0].version == "0123456789ab"
    assert matches(an_item("Qwen"), a_watchlist("Qwen"))[0].version == version_of(a_watchlist("Qwen"))


def test_the_version_is_that_of_what_decides() -> None:
    version = version_of(a_watchlist("a", "b", context=["c"]))
    assert len(version) == 12
    assert version == version_of(a_watchlist("b", "a", "a", context=["c"], name="other"))
    assert version != version_of(a_watchlist("a", "b", exclude=["c"]))
    assert version != version_of(a_watchlist("a", "b", "c"))


def test_the_version_knows_the_entities_that_are_named() -> None:
    version = version_of(a_query("@meta", meta=("Meta",), other=("x",)))
    assert version == version_of(a_query("@meta", meta=("Meta",)))
    assert version != version_of(a_query("@meta", meta=("Meta", "脸书")))
    assert version != version_of(a_query("@meta Qwen", meta=("Meta",)))


def test_matches_are_made_when_they_are_read() -> None:
    found = find_matches(an_item("Qwen"), compile_watchlists([a_watchlist("Qwen", name=name) for name in "abc"]))
    assert len(found) == 3
    assert [match.watchlist for match in found[1:]] == ["b", "c"]
    assert found[-1].watchlist == "c"
    with pytest.raises(IndexError):
        found[3]


@pytest.mark.parametrize("written", ["\u115f", "a\x00b"])
def test_a_term_that_no_text_can_hold_is_refused_by_name(written: str) -> None:
    with pytest.raises(WatchlistError, match=r"watchlist: bad: the term .* can never be found"):
        compile_watchlists([a_watchlist("good"), a_watchlist("good", exclude=(written,), name="bad")])


@pytest.mark.parametrize("written", ["", " ", "*", "·", "-", "“”", "\u200b"])
def test_a_term_of_nothing_is_refused_by_name(written: str) -> None:
    with pytest.raises(WatchlistError, match=r"watchlist: bad: the term .* there is no letter or digit in it"):
        compile_watchlists([a_watchlist("good"), a_watchlist("good", exclude=(written,), name="bad")])


REFUSED = {
    "no terms": (a_watchlist(context=("Meta",)), "it has neither a query nor terms"),
    "a query and lists": (replace(a_watchlist("a"), query="b"), "it has a query and lists"),
    "a long list": (a_watchlist(*map(str, range(2001))), "it has 2001 terms, .* at most 2000"),
}


@pytest.mark.parametrize(("watchlist", "cause"), REFUSED.values(), ids=REFUSED.keys())
def test_a_watchlist_is_refused(watchlist: Watchlist, cause: str) -> None:
    with pytest.raises(WatchlistError, match=cause):
        compile_watchlists([watchlist])


def test_each_excluded_term_forbids() -> None:
    watchlist = a_watchlist("Qwen", exclude=("DJI", "大疆", "drone"))
    assert matches(an_item("Qwen"), watchlist)
    for forbidden in ("DJI", "大疆", "drone"):
        assert not matches(an_item(f"Qwen, {forbidden}"), watchlist)


def test_terms_that_fold_alike_are_each_asked() -> None:
    together, apart, exact = a_watchlist("tbdlab"), a_watchlist("TBD Lab"), a_watchlist("TbdLab")
    lists = [replace(each, id=name) for each, name in ((together, "together"), (apart, "apart"), (exact, "seam"))]
    for order in permutations(lists):
        assert {match.watchlist for match in matches(an_item("a tbd lab"), *order)} == {"apart", "seam"}
        assert {match.watchlist for match in matches(an_item("a tbdlab"), *order)} == {"together", "seam"}


@pytest.mark.parametrize(("term", "text"), [("tbdlab", "a tbd lab"), ("千问", "千 问"), ("千问", "千-问")])
def test_a_word_without_a_gap_is_not_found_with_one(term: str, text: str) -> None:
    assert not matches(an_item(text), a_watchlist(term))
