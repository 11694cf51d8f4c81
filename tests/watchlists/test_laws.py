"""Laws that hold for every item and every set of watchlists."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import WatchlistError
from monitor.model import Item, Watchlist
from monitor.text.fold import fold
from monitor.text.words import read_term
from monitor.watchlists.compile import compile_watchlists
from tests.watchlists.made import a_watchlist, an_item, matches

_WORDS = ["qwen", "tbd", "lab", "no", "table", "meta", "s", "千问", "万千", "实验室", "3"]
_GAPS = ["", " ", "-", ", ", "·", "'s ", "\n", "\u200b", "。", "”", "\t"]
_PIECES = [
    "TBD",
    "Lab",
    "Qwen",
    "问",
    "千",
    "é",
    "e\u0301",
    "ß",
    "ﬁ",
    "㍿",
    "Ｌａｂ",
    "実驗",
    "I",
    "’s",
    "x",
    "5",
    *_GAPS,
]


def _can_be_read(term: str) -> bool:
    try:
        compile_watchlists([a_watchlist(term)])
    except WatchlistError:
        return False
    return True


texts = st.lists(st.sampled_from(_PIECES + _WORDS), max_size=12).map("".join) | st.text(max_size=20)
terms = st.lists(st.sampled_from(_PIECES + _WORDS), min_size=1, max_size=3).map("".join).filter(_can_be_read)
lists = st.lists(terms, max_size=3).map(tuple)
watchlists = st.builds(
    Watchlist,
    id=st.just("one"),
    name=st.just(""),
    terms=st.lists(terms, min_size=1, max_size=3).map(tuple),
    context=lists,
    exclude=lists,
)
several = st.lists(watchlists, max_size=5).map(lambda found: [replace(w, id=str(n)) for n, w in enumerate(found)])
items = st.builds(an_item, texts, texts, texts)


@given(items, several)
def test_each_slice_of_evidence_folds_to_its_term(item: Item, given_lists: list[Watchlist]) -> None:
    for match in matches(item, *given_lists):
        for evidence in match.evidence:
            found = getattr(item, evidence.field)[evidence.start : evidence.end]
            assert fold(found).text == read_term(evidence.term).text


@given(items, several)
def test_an_unseen_character_behind_all_text_never_changes_a_match(item: Item, given_lists: list[Watchlist]) -> None:
    other = replace(item, content=f"{item.content}\u3002\u200b")
    assert matches(other, *given_lists) == matches(replace(item, content=f"{item.content}\u3002"), *given_lists)


@given(items, watchlists, several, several)
def test_other_watchlists_never_change_a_verdict(
    item: Item, watchlist: Watchlist, before: list[Watchlist], after: list[Watchlist]
) -> None:
    alone = matches(item, watchlist)
    among = matches(item, *before, watchlist, *after)
    assert [match for match in among if match.watchlist == watchlist.id] == alone


@given(items, several)
def test_a_match_has_a_term_a_context_and_no_exclusion(item: Item, given_lists: list[Watchlist]) -> None:
    found = {match.watchlist: match for match in matches(item, *given_lists)}
    for watchlist in given_lists:
        term, context, exclude = (
            any(matches(item, a_watchlist(written)) for written in part)
            for part in (watchlist.terms, watchlist.context, watchlist.exclude)
        )
        assert (watchlist.id in found) == (term and (context or not watchlist.context) and not exclude)


_PLAIN_WORDS = ["qwen", "qwenty", "tbd", "lab", "table", "no", "notable", "7", "75"]
_plain_texts = st.lists(st.sampled_from([*_PLAIN_WORDS, " ", " ", "-", ", ", "中", ". "]), max_size=10).map("".join)
_plain_terms = st.lists(st.sampled_from(_PLAIN_WORDS), min_size=1, max_size=3).map(" ".join)


@given(_plain_texts, st.lists(_plain_terms, min_size=1, max_size=4, unique=True))
def test_plain_terms_are_found_where_a_regular_expression_finds_them(text: str, given_terms: list[str]) -> None:
    given_lists = [a_watchlist(term, name=term) for term in given_terms]
    assert {m.watchlist for m in matches(an_item(text), *given_lists)} == {
        term for term in given_terms if _plain(term).search(text)
    }


def _plain(term: str) -> re.Pattern[str]:
    """Say in a regular expression what a lower-case term of words and numbers means."""
    gap = re.sub(r"(?<=[a-z]) (?=\d)", "[ -]?", re.escape(term).replace(r"\ ", " "))
    gap = re.sub(r"(?<=[a-z\d]) (?=[a-z\d])", r"(?: +|-)", gap)
    after = r"(?![a-z])" if term[-1].isalpha() else r"(?![a-z\d])"
    return re.compile(r"(?<![a-z\d])" + gap + after)
