"""A watchlist is refused by the quick check just where it would not compile."""

from __future__ import annotations

import pytest

from monitor.errors import WatchlistError
from monitor.model import Watchlist
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.definition import check

META = {"meta": ("Meta", "扎克伯格"), "odd": ("Meta", "\x07x")}

GOOD = ["Qwen", "@meta NEAR/5 AI", "source:Reuters AND 千问", "COUNT(Qwen) >= 2", '"(a)"', "~Alexandr"]
BAD = ["", "(Qwen", "NOT Qwen", "lang:zh", "@mata", "@odd", '"\x07x"', "Qwen OR", "~abc", 'source:"\x07x" AND Qwen']


@pytest.mark.parametrize("query", GOOD)
def test_what_compiles_passes(query: str) -> None:
    watchlist = Watchlist("w", "w", query=query, entities=META)
    compile_watchlists([watchlist])
    check(watchlist)


@pytest.mark.parametrize("query", BAD)
def test_what_does_not_compile_is_refused(query: str) -> None:
    with pytest.raises(WatchlistError) as refusal:
        check(Watchlist("w", "w", query=query, entities=META))
    assert refusal.value.subject


def test_a_term_is_shown_without_what_a_terminal_would_obey() -> None:
    with pytest.raises(WatchlistError, match=r'the term "\\u001b\[2J" can never be found'):
        check(Watchlist("w", "w", terms=("\x1b[2J",)))


@pytest.mark.parametrize("term", ["·", "@mata", "~abc", "\x07x"])
def test_each_entry_of_the_lists_is_read(term: str) -> None:
    for name in ("terms", "context", "exclude"):
        lists = {"terms": ("Qwen",), name: (term,)}
        with pytest.raises(WatchlistError):
            check(Watchlist("w", "w", entities=META, **lists))
