"""225,000 watchlists of the form (a OR b) NOT c over 400 mixed items, beside mokaccino and the bare automaton.

Each is given the same items in turn, round after round. The bare pass folds each item and finds the same terms, and
knows nothing of watchlists; mokaccino gets the words that the tokenizer cuts.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from random import Random
from statistics import mean, median

import ahocorasick_rs
import mokaccino
import rjieba

from benchmarks.figures import Figure
from benchmarks.subjects import ITEMS, PLANTED, made_items, made_watchlists, subjects
from monitor.model import Item, Watchlist
from monitor.text.fold import fold
from monitor.watchlists.compile import Compiled, compile_watchlists
from monitor.watchlists.match import find_matches

WATCHLISTS = 225_000
ROUNDS = 7
#: Least share of the bare pass' items a second, by matching watchlists an item.
_SHARES = {0: 0.5, 10: 1 / 3, 250: 0.12}
#: Least multiple of mokaccino's.
_TIMES_MOKACCINO = 3

Pass = Callable[[Item], object]


async def run() -> list[Figure]:
    """Match items of which 0, 10 and 250 watchlists each match."""
    rng = Random(9)
    words = subjects(rng, watchlists=WATCHLISTS)
    watchlists = list(made_watchlists(rng, words, count=WATCHLISTS))
    gc.disable()
    compiled = compile_watchlists(watchlists)
    passes = {"ours": _ours(compiled), "bare": _bare(compiled), "mokaccino": _mokaccino(watchlists)}
    gc.freeze()
    gc.enable()
    items = {matching: made_items(rng, words, matching=matching) for matching in PLANTED}
    return [figure for matching in PLANTED for figure in _figures(matching, items[matching], passes, compiled)]


def _figures(matching: int, items: Sequence[Item], passes: dict[str, Pass], compiled: Compiled) -> list[Figure]:
    met = mean(len(find_matches(item, compiled)) for item in items)
    told = mean(len(passes["mokaccino"](item)) for item in items)  # type: ignore[arg-type]  # a list of numbers
    spent_s: dict[str, list[float]] = {name: [] for name in (*passes, "read")}
    for _ in range(ROUNDS):
        for name, each in (*passes.items(), ("read", _read(compiled))):
            spent_s[name].append(_timed(each, items))
    rate = {name: ITEMS / median(spans) for name, spans in spent_s.items()}
    at = f"at {matching}"
    return [
        Figure(f"{at}: watchlists an item that match (mokaccino: {told:.1f})", met, ""),
        Figure(f"{at}: folded, found, decided", rate["ours"], "items/s"),
        Figure(f"{at}: with every match and its evidence read", rate["read"], "items/s"),
        Figure(f"{at}: mokaccino, rjieba's tokens", rate["mokaccino"], "items/s"),
        Figure(f"{at}: times mokaccino", rate["ours"] / rate["mokaccino"], "", bar=_TIMES_MOKACCINO, sense="at least"),
        Figure(f"{at}: folding and bare automaton", rate["bare"], "items/s"),
        Figure(
            f"{at}: part of the bare pass", rate["ours"] / rate["bare"], "", bar=_SHARES[matching], sense="at least"
        ),
    ]


def _timed(each: Pass, items: Sequence[Item]) -> float:
    started = time.perf_counter()
    for item in items:
        each(item)
    return time.perf_counter() - started


def _ours(compiled: Compiled) -> Pass:
    return lambda item: find_matches(item, compiled)


def _read(compiled: Compiled) -> Pass:
    return lambda item: list(find_matches(item, compiled))


def _bare(compiled: Compiled) -> Pass:
    automaton = ahocorasick_rs.AhoCorasick(sorted(compiled.automaton.texts), store_patterns=False)
    return lambda item: automaton.find_matches_as_indexes(fold(_text(item)).text, overlapping=True)


def _mokaccino(watchlists: Sequence[Watchlist]) -> Pass:
    percolator = mokaccino.Percolator()
    for watchlist in watchlists:
        (first, second), (forbidden,) = (map(_word, each) for each in (watchlist.terms, watchlist.exclude))
        percolator.add_query((first | second) & ~forbidden)
    return lambda item: percolator.percolate_list(_document(_text(item)))


def _word(text: str) -> mokaccino.Query:
    return mokaccino.Query.from_kv("text", text)


def _document(text: str) -> mokaccino.Document:
    document = mokaccino.Document()
    for token in set(rjieba.cut(text.lower())):
        document.add_value("text", token)
    return document


def _text(item: Item) -> str:
    return f"{item.title}\x00{item.summary}\x00{item.content}"
