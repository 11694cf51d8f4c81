"""The four watchlists of settings.toml are right about what they were written for, and about their traps."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model import Watchlist
from monitor.text.html import plain_text
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.match import find_matches
from tests.watchlists.made import an_item

_SETTINGS = tomllib.loads((Path(__file__).parents[2] / "settings.toml").read_text(encoding="utf-8"))
_CASES = tomllib.loads(Path(__file__).with_name("shipped.toml").read_text(encoding="utf-8"))
_ENTITIES = {name: tuple(aliases) for name, aliases in _SETTINGS["entities"].items()}
_SHIPPED = compile_watchlists(
    Watchlist(w["id"], w["name"], query=w["query"], entities=_ENTITIES) for w in _SETTINGS["watchlists"]
)


def _matched(title: str, summary: str = "") -> set[str]:
    item = an_item(plain_text(title), plain_text(summary))
    return {match.watchlist for match in find_matches(item, _SHIPPED)}


def _cases(verdict: str) -> Iterator[tuple[str, list[str]]]:
    for watchlist, cases in _CASES.items():
        for case in cases[verdict]:
            yield watchlist, [case] if isinstance(case, str) else case


@pytest.mark.parametrize(
    ("watchlist", "texts"), list(_cases("match")), ids=lambda each: "·".join(each) if isinstance(each, list) else each
)
def test_an_item_about_the_subject_is_found(watchlist: str, texts: list[str]) -> None:
    assert watchlist in _matched(*texts)


@pytest.mark.parametrize(
    ("watchlist", "texts"),
    list(_cases("no_match")),
    ids=lambda each: "·".join(each) if isinstance(each, list) else each,
)
def test_an_item_that_only_looks_like_it_is_left_alone(watchlist: str, texts: list[str]) -> None:
    assert watchlist not in _matched(*texts)


def test_one_item_can_belong_to_all_four() -> None:
    assert _matched("Alexandr Wang's TBD Lab distilled Qwen for Avocado") == _CASES.keys()
