"""Traits to the sets that are compared, without what every item of the watchlist has: the names of its own subject."""

from __future__ import annotations

import math
from collections.abc import Iterable

from monitor.model import Watchlist
from monitor.stories.figures import Figure
from monitor.stories.lexicon import Finder
from monitor.stories.rarity import squares, weight
from monitor.stories.traits import Text, Traits, is_serial, is_telling, text_of, tokens_of

_AMOUNTS = 20


class Profile:
    """One item, ready to be compared with others of its watchlist. Not to be changed."""

    __slots__ = (
        "address", "all_events", "amounts", "events", "names", "norm", "serials", "subject", "title", "title_amounts",
        "title_names", "title_serials", "title_weight", "tokens", "traits", "words",
    )  # fmt: skip

    def __init__(self, traits: Traits, subject: frozenset[str] = frozenset()) -> None:
        """`subject`: tokens of the watchlist's subject, from `subject_of`."""
        title, summary, address = traits.of_title, traits.of_summary, traits.of_address
        self.traits = traits
        said = tokens_of(title) | tokens_of(summary)
        #: What it says of the watchlist's subject.
        self.subject = said & subject
        self.title = tokens_of(title) - subject
        self.words = frozenset(title.words)
        self.title_names = set(title.names) - subject
        self.title_weight = weight(self.title)
        self.address = tokens_of(address) - subject
        self.tokens = (said - subject) | self.address
        self.names = {*title.names, *summary.names, *address.names} - subject
        self.norm = norm(self.tokens)
        self.events = set(title.events)
        self.all_events = {*title.events, *summary.events, *address.events}
        self.title_amounts = _amounts(title)
        self.amounts = self.title_amounts + _amounts(summary)
        self.title_serials = _serials(title)
        self.serials = self.title_serials + _serials(summary)


def subject_of(watchlist: Watchlist, names: Finder) -> frozenset[str]:
    """Return the tokens of a watchlist's subject, all that its id, name and terms are made of."""
    written = (watchlist.id.replace("-", " "), watchlist.name, watchlist.query, *watchlist.terms, *watchlist.context)
    return frozenset(token for text in written for token in tokens_of(text_of(text, names)))


def norm(tokens: Iterable[str]) -> float:
    """Return the length of the vector that has the rarity of each token."""
    return math.sqrt(squares(tokens))


def _amounts(text: Text) -> tuple[Figure, ...]:
    """Return money, shares and counts: two reports of one event may differ in them, but seldom share them by chance."""
    return tuple(each for each in text.figures if not is_serial(each) and (each.kind != "n" or each.value >= _AMOUNTS))


def _serials(text: Text) -> tuple[Figure, ...]:
    return tuple(each for each in text.figures if is_serial(each) and is_telling(each))
