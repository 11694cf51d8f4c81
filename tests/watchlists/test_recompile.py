"""However watchlists are edited, the matcher finds what it would find if all of them were compiled afresh."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import WatchlistError
from monitor.model import Item, Watchlist
from monitor.watchlists import recompile as module
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches
from monitor.watchlists.recompile import recompile, remains
from tests.watchlists.made import a_query, a_watchlist, an_item

_QUERIES = (
    "Meta",
    "Meta OR 千问",
    "Meta NOT Qwen",
    "Qwen NEAR/3 蒸馏",
    "~Alexandr",
    "COUNT(Meta) >= 2",
    "蒸馏* AND =Qwen",
)
_WORDS = ("Meta", "meta", "千问", "Qwen", "qwen", "蒸馏水", "Alexander", "、", "model", ". ")

_watchlists = st.builds(a_query, st.sampled_from(_QUERIES), st.sampled_from("abcdefgh"))
_versions = st.lists(_watchlists, max_size=8, unique_by=lambda each: each.id)
_items = st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join).map(an_item)


@pytest.fixture(autouse=True)
def _layers_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even a handful of watchlists be edited in place."""
    monkeypatch.setattr(module, "_FEW", 0)
    monkeypatch.setattr(module, "_SHARE", 2)


@given(versions=st.lists(_versions, min_size=2, max_size=4), item=_items)
def test_any_sequence_of_edits_finds_what_a_fresh_compilation_finds(
    versions: list[list[Watchlist]], item: Item
) -> None:
    compiled = compile_watchlists(versions[0])
    for version in versions[1:]:
        compiled = recompile(compiled, version)
        assert list(find_matches(item, compiled)) == list(find_matches(item, compile_watchlists(version)))


def test_one_edit_among_many_compiles_that_one_alone() -> None:
    before = [a_watchlist(f"word{number}", name=f"list-{number}") for number in range(100)]
    after = [*before[:50], replace(before[50], terms=("千问",)), *before[51:]]
    compiled = recompile(compile_watchlists(before), after)
    assert [rule.watchlist for rule in compiled.rules] == ["list-50"]
    found = find_matches(an_item("千问 word3 word50 word99"), compiled)
    assert [match.watchlist for match in found] == ["list-3", "list-50", "list-99"]


def test_many_edits_compile_everything_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHARE", 0.05)
    before = [a_watchlist(f"word{number}", name=f"list-{number}") for number in range(100)]
    after = [*before[:90], *(replace(each, terms=("千问",)) for each in before[90:])]
    assert recompile(compile_watchlists(before), after).base is None


def test_undoing_every_edit_leaves_the_base_alone() -> None:
    before = [a_watchlist(f"word{number}", name=f"list-{number}") for number in range(10)]
    base = compile_watchlists(before)
    assert recompile(recompile(base, before[1:]), before) is base


def test_what_remains_of_a_former_version_is_what_the_next_does_not_share() -> None:
    before = [a_watchlist(f"word{number}", name=f"list-{number}") for number in range(10)]
    base = compile_watchlists(before)
    edited = recompile(base, [replace(before[0], terms=("千问",)), *before[1:]])
    renewed = compile_watchlists(before)
    assert remains(base, edited) == []
    assert any(part is edited.rules[0] for part in remains(edited, recompile(edited, before)))
    gone = {id(part) for part in remains(edited, renewed)}
    assert {id(part) for compiled in (base, edited) for part in (*compiled.rules, *compiled.terms)} <= gone


def test_another_order_of_the_terms_is_another_evidence() -> None:
    first = replace(a_watchlist("Qwen", "qwen"), version="0" * 12)
    second = replace(first, terms=("qwen", "Qwen"))
    compiled = recompile(compile_watchlists([first]), [second])
    assert list(find_matches(an_item("Qwen"), compiled)) == list(
        find_matches(an_item("Qwen"), compile_watchlists([second]))
    )


def test_an_entity_that_a_watchlist_does_not_name_leaves_it_as_it_is() -> None:
    before = [replace(a_query("Qwen"), version="0" * 12)]
    base = compile_watchlists(before)
    assert recompile(base, [replace(before[0], entities={"meta": ("Meta",)})]) is base


def test_an_edit_without_meaning_is_refused() -> None:
    base = compile_watchlists([a_watchlist("Qwen", name="a")])
    with pytest.raises(WatchlistError):
        recompile(base, [a_watchlist("Qwen", name="a"), a_watchlist("...", name="b")])
