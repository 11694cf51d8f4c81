"""What readers said of a watchlist's alerts to edits of it: clauses, each rehearsed on the very items that were judged.

NOT clauses of words that speak against, AND clauses of words that speak for. Nothing is guessed about an edit: its
clause is matched as the service would, and what it would have dropped and kept is counted. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.errors import WatchlistError
from monitor.model import Feedback, Item, Watchlist
from monitor.watchlists.compile import compile_watchlists
from monitor.watchlists.definition import query_of
from monitor.watchlists.examples import example_item
from monitor.watchlists.match import find_matches
from monitor.watchlists.query import Entity, Term, alternatives, any_of, walk, written
from monitor.watchlists.telling import Telling, own_words, telling

#: Judged items that must have a word before it is looked at, and the least that it must tell.
_FEWEST = 2
_LEAST_Z = 1.0
#: Words met more than once in ten thousand, and the judged items that must have one.
_COMMON_RARITY = 2 / 3
_FEWEST_COMMON = 3
#: A word that chance makes as telling as often as this may well be chance.
_WEAK_CHANCE = 0.05
#: Relevant items below which nothing is asked for: what the next one says is not known yet.
_FEWEST_RELEVANT = 5
#: Words that are rehearsed, and those of one clause.
_MOST_REHEARSED = 60
_MOST_WORDS = 8
#: Sets the key of an example apart from those of items.
_EXAMPLE = "example: "
#: Clauses of either kind that are proposed.
_MOST_PROPOSED = 6
#: Of the relevant items, the share that a clause may drop and still be proposed (and it says so).
_MOST_LOST = 0.1
#: And how many it may drop for one irrelevant one.
_MOST_LOST_FOR_ONE = 0.25


@dataclass(frozen=True, slots=True)
class Judged:
    """An item that readers judged, and that the watchlist matches as it is now."""

    item: Item
    relevant: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An edit, and what it would have done."""

    #: "not": what it names is left out; "and": what it names is asked for.
    kind: str
    words: tuple[Telling, ...]
    #: What is added, in the language of watchlists.
    clause: str
    edited: Watchlist
    dropped: tuple[Judged, ...]
    kept: tuple[Judged, ...]
    #: Examples that should match, and would not any more: such an edit would be refused.
    breaks: tuple[str, ...] = ()

    @property
    def weak(self) -> tuple[Telling, ...]:
        """The words of it that may well be there by chance."""
        return tuple(word for word in self.words if word.chance > _WEAK_CHANCE)

    @property
    def is_weak(self) -> bool:
        """Tell whether any word of it may well be there by chance."""
        return bool(self.weak)

    @property
    def loses(self) -> tuple[Judged, ...]:
        """The relevant items that it would have dropped."""
        return tuple(each for each in self.dropped if each.relevant)

    @property
    def spares(self) -> tuple[Judged, ...]:
        """The irrelevant ones, which its readers would have been spared."""
        return tuple(each for each in self.dropped if not each.relevant)


def judged_items(watchlist: Watchlist, said: Iterable[Feedback]) -> list[Judged]:
    """Return what was said of single items that the watchlist still matches; a digest's verdict is of no item.

    What this very version has alerted it matches, though the end of a long text is not kept.
    """
    latest = {each.items[0].item.key: each for each in _of_one(said)}
    (matched,) = _matched([watchlist], [each.items[0].item for each in latest.values()])
    return [
        Judged(each.items[0].item, each.verdict == "yes")
        for key, each in latest.items()
        if key in matched or each.watchlist_version == watchlist.version
    ]


def suggest(
    watchlist: Watchlist,
    judged: Sequence[Judged],
    *,
    frequency: Callable[[str], float],
    examples: Sequence[str] = (),
) -> list[Suggestion]:
    """Return edits, the best of either kind at its head. `frequency` is on the Zipf scale.

    Every edit spares its readers one irrelevant item at least. The `examples`, titles that should match, are kept, but
    where no edit of a kind can. Raises WatchlistError where the watchlist does not compile.
    """
    for_it, against = (tuple(_texts(judged, relevant=relevant)) for relevant in (True, False))
    known = own_words(_own_terms(watchlist), frequency=frequency)
    refused = telling(against, for_it, frequency=frequency, known=known, fewest=_FEWEST)
    asked = telling(for_it, against, frequency=frequency, known=known, fewest=_FEWEST)
    rehearse = _Rehearsal(watchlist, judged, examples)
    refusals = list(_without(rehearse, _frequent(refused)))
    demands = list(_with(rehearse, _frequent(asked))) if len(for_it) >= _FEWEST_RELEVANT else []
    # NOT first: it touches what was seen alone, where AND also drops whatever nobody has judged yet.
    return [each for some in (refusals, demands) for each in _best(some, judged)]


def _best(some: Iterable[Suggestion], judged: Sequence[Judged]) -> list[Suggestion]:
    found = [each for each in some if each.spares and _is_fair(each, judged)]
    fair = [each for each in found if not each.breaks]
    if not fair:  # better the one that needs another example than nothing
        return sorted(found, key=lambda each: (len(each.breaks), _merit(each)))[:1]
    # Of clauses that do the same, the last one into the table stays: the best.
    different = {_keys(each.dropped): each for each in sorted(fair, key=_merit, reverse=True)}
    return sorted(different.values(), key=_merit)[:_MOST_PROPOSED]


def _merit(each: Suggestion) -> tuple[int, int, int, float, str]:
    rarity = sum(word.rarity for word in each.words)
    return len(each.loses), -len(each.spares), len(each.words), -rarity, each.clause


def _is_fair(each: Suggestion, judged: Sequence[Judged]) -> bool:
    relevant = sum(one.relevant for one in judged)
    return len(each.loses) <= min(_MOST_LOST * relevant, _MOST_LOST_FOR_ONE * len(each.spares))


def _frequent(found: Iterable[Telling]) -> list[Telling]:
    enough = (each for each in found if each.rarity >= _COMMON_RARITY or each.first >= _FEWEST_COMMON)
    return [each for each in enough if each.z >= _LEAST_Z][:_MOST_REHEARSED]


def _of_one(said: Iterable[Feedback]) -> Iterator[Feedback]:
    return (each for each in said if len(each.items) == 1)


def _texts(judged: Iterable[Judged], *, relevant: bool) -> Iterator[str]:
    for each in judged:
        if each.relevant == relevant:
            yield "\n".join((each.item.title, each.item.summary, each.item.content))


def _own_terms(watchlist: Watchlist) -> set[str]:
    nodes = list(walk(query_of(watchlist)))
    terms = [term for node in nodes if isinstance(node, (Term, Entity)) for term in alternatives(node)]
    return {term.text for term in terms}


# Clauses.


def _without(rehearse: _Rehearsal, words: Sequence[Telling]) -> Iterator[Suggestion]:
    """Propose to leave out each word alone, and those together that lose nothing."""
    singles = rehearse.each("not", [(word,) for word in words])
    yield from singles
    safe = [each for each in singles if not each.loses and not each.breaks]
    if len(chosen := _cover([(each.words[0], _keys(each.spares)) for each in safe])) > 1:
        yield from rehearse.each("not", [tuple(chosen)])


def _with(rehearse: _Rehearsal, words: Sequence[Telling]) -> Iterator[Suggestion]:
    """Propose to ask for some words that the relevant items have, as few as it takes and as many as help."""
    singles = rehearse.each("and", [(word,) for word in words])
    # Those first that keep hardly anything irrelevant: the clause is as good as the worst of its words.
    total = sum(not each.relevant for each in rehearse.judged)
    pure = [each for each in singles if len(each.spares) >= (1 - _MOST_LOST) * total]
    for some in (pure, singles):
        relevant = [
            (each.words[0], _keys(one for one in each.kept if one.relevant) | _held(each, rehearse)) for each in some
        ]
        made = rehearse.each("and", [tuple(chosen)]) if (chosen := _cover(relevant)) else []
        yield from made
        if made and not made[0].loses:
            return


def _cover(candidates: Sequence[tuple[Telling, frozenset[str]]]) -> list[Telling]:
    """Choose words one by one, each the one that adds most items, the rarer the word the better."""
    chosen: list[Telling] = []
    covered: set[str] = set()
    while len(chosen) < _MOST_WORDS and candidates:
        word, items = max(candidates, key=lambda each: (len(each[1] - covered) * each[0].rarity, each[0].z))
        if not items - covered:
            break
        chosen.append(word)
        covered |= items
    return chosen


def _held(each: Suggestion, rehearse: _Rehearsal) -> frozenset[str]:
    """Return the examples that a clause keeps, which are to be covered too."""
    return frozenset(rehearse.examples).difference(each.breaks)


def _keys(judged: Iterable[Judged]) -> frozenset[str]:
    return frozenset(each.item.key for each in judged)


class _Rehearsal:
    """Tries edits of one watchlist on the judged items, many at a time."""

    def __init__(self, watchlist: Watchlist, judged: Sequence[Judged], examples: Sequence[str]) -> None:
        self._watchlist = watchlist
        self.judged = judged
        self.examples = examples
        titles = [replace(example_item(title), key=_EXAMPLE + title) for title in examples]
        self._items = [*(each.item for each in judged), *titles]

    def each(self, kind: str, clauses: Sequence[tuple[Telling, ...]]) -> list[Suggestion]:
        """Return the edits that compile, each with what it does."""
        edits = [(words, edited) for words in clauses if (edited := _edited(self._watchlist, kind, words))]
        clauses_alone = [Watchlist("", "", query=_alternatives(words)) for words, _ in edits]
        named = _matched(clauses_alone, self._items)
        return [self._suggestion(kind, *edit, keys) for edit, keys in zip(edits, named, strict=True)]

    def _suggestion(
        self, kind: str, words: tuple[Telling, ...], edited: Watchlist, named: frozenset[str]
    ) -> Suggestion:
        """Tell what an edit does: each of the items matches without the clause, so the clause alone decides."""
        kept = tuple(each for each in self.judged if (each.item.key in named) is (kind == "and"))
        dropped = tuple(each for each in self.judged if (each.item.key in named) is (kind == "not"))
        breaks = tuple(title for title in self.examples if (_EXAMPLE + title in named) is (kind == "not"))
        return Suggestion(kind, words, _clause(kind, words), edited, dropped, kept, breaks)


def _clause(kind: str, words: Sequence[Telling]) -> str:
    return f"{kind.upper()} ({_alternatives(words)})"


def _alternatives(words: Sequence[Telling]) -> str:
    return written(any_of(tuple(map(Term, _texts_of(words)))))


def _texts_of(words: Sequence[Telling]) -> tuple[str, ...]:
    return tuple(text for each in words for text in (each.text, *each.also))


def _edited(watchlist: Watchlist, kind: str, words: Sequence[Telling]) -> Watchlist | None:
    """Return the watchlist with a clause more, in the form that it has where that can say it; None: it would be bad."""
    texts = _texts_of(words)
    if watchlist.query:
        edited = replace(watchlist, query=f"({watchlist.query}) {_clause(kind, words)}")
    elif kind == "not":
        edited = replace(watchlist, exclude=(*watchlist.exclude, *texts))
    elif not watchlist.context:
        edited = replace(watchlist, context=texts)
    else:  # a second context is more than the lists can say
        query = f"({written(query_of(watchlist))}) {_clause(kind, words)}"
        edited = replace(watchlist, query=query, terms=(), context=(), exclude=())
    try:
        compile_watchlists([edited])
    except WatchlistError:
        return None
    return edited


def _matched(watchlists: Sequence[Watchlist], items: Sequence[Item]) -> list[frozenset[str]]:
    """Return for each watchlist the keys of the items that it matches, by the matcher of the service."""
    numbered = [replace(each, id=str(number)) for number, each in enumerate(watchlists)]
    found: Mapping[str, set[str]] = {each.id: set() for each in numbered}
    compiled = compile_watchlists(numbered)
    for item in items:
        for match in find_matches(item, compiled):
            found[match.watchlist].add(item.key)
    return [frozenset(found[each.id]) for each in numbered]
