"""Two profiles to their likeness: what they share, what each says alone, and how far apart they appeared. Pure numbers.

Each field weighs by rarity (`monitor.stories.rarity`) and is of the order of 1, so that the weights of
`monitor.stories.weights` can be read side by side.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from typing import NamedTuple

from monitor.stories.figures import Figure, may_equal
from monitor.stories.lexicon import headed
from monitor.stories.profile import Profile, norm
from monitor.stories.rarity import squares, weight

_DAY_S = 86400.0
#: Weights below which a text is too short to be judged by shares.
_SHORT_TITLE = 15.0
_SHORT = 12.0
#: Share of its weight that a copy may have beyond its original: an outlet's own byline or kicker.
_OWN_WORDS = 0.15


class Likeness(NamedTuple):
    """How two items stand to each other. Shares run from 0 to 1, the rest to about 3."""

    #: Share of the lighter title that both titles have, by weight.
    title_share: float
    #: Cosine of all words, names and figures.
    cosine: float
    #: The larger share of a title that stands anywhere in the other item.
    held: float
    #: Names that both have.
    names: float
    #: Names that each title has and the other item lacks: the lighter side, and both sides together.
    names_replaced: float
    names_alone: float
    #: Across languages: Latin words of the Chinese title that the other item lacks.
    latin_missing: float
    #: Amounts that both have (at most 2), and whether both titles do.
    amounts: float
    amounts_in_titles: float
    #: Whether both have one day, quarter or issue: templates do.
    period: float
    #: Whether both have money, or percentages, and none that are equal.
    amounts_differ: float
    #: Whether both titles have a day, quarter, year or issue, and none that are equal.
    periods_differ: float
    #: Events that both titles tell; that one tells and the other item does not.
    events: float
    events_alone: float
    #: Whether one of those turns the story: a denial, a resignation, a share price's reaction.
    turns: float
    #: Whether they appeared a day, two days, more than three apart.
    a_day: float
    two_days: float
    more_days: float
    #: Logarithm of the heavier title's weight.
    length: float
    #: How many of the two have a summary: more text shares more by chance.
    summaries: float
    #: Whether both name the watchlist's subject, as most items do that it gathers.
    subject: float
    #: Cosine of the words of their addresses.
    addresses: float
    #: Across languages: the logarithm of the lighter title's weight; a day apart; else 0.
    across_length: float
    across_a_day: float


def is_across(a: Profile, b: Profile) -> bool:
    """Say whether one item is Chinese and the other is not."""
    return a.traits.is_chinese != b.traits.is_chinese


def is_copy(of: Profile, original: Profile) -> bool:
    """Say whether an item says hardly a word that another did not: the same title, or nearly all of its weight."""
    own = weight(of.tokens - original.tokens - original.address)
    return of.traits.title == original.traits.title or own <= _OWN_WORDS * weight(of.tokens)


def compare(a: Profile, b: Profile) -> Likeness:
    """Return the likeness of two items; the order of the two makes no difference."""
    across = is_across(a, b)
    shared_title = weight(a.title & b.title)
    lighter, heavier = sorted((a.title_weight, b.title_weight))
    replaced = sorted((weight(a.title_names - b.names), weight(b.title_names - a.names)))
    alone = (a.events - b.all_events) | (b.events - a.all_events)
    days = abs(a.traits.published - b.traits.published) / _DAY_S
    return Likeness(
        title_share=shared_title / max(lighter, _SHORT_TITLE),
        cosine=_cosine(a.tokens & b.tokens, a.norm * b.norm),
        held=max(_held(a, b), _held(b, a)),
        names=min(weight(a.names & b.names), 20) / 10,
        names_replaced=min(replaced[0], 12) / 6,
        names_alone=min(sum(replaced), 20) / 10,
        latin_missing=_latin_missing(a, b) if across else 0.0,
        amounts=min(2, _count_shared(a.amounts, b.amounts)),
        amounts_in_titles=float(_count_shared(a.title_amounts, b.title_amounts) > 0),
        period=float(_count_shared(_of(a.serials, "dq#"), _of(b.serials, "dq#")) > 0),
        amounts_differ=float(_differ(a.amounts, b.amounts, _VALUES)),
        periods_differ=float(_differ(a.title_serials, b.title_serials, "dq#ym")),
        events=min(weight(a.events & b.events), 10) / 5,
        events_alone=min(weight(alone), 20) / 10,
        turns=float(bool(alone & headed("turns"))),
        a_day=float(days >= 0.75),
        two_days=float(days >= 1.5),
        more_days=float(days > 3),
        length=math.log(max(heavier, 5)),
        summaries=float(_has_summary(a) + _has_summary(b)),
        subject=float(not a.subject.isdisjoint(b.subject)),
        addresses=_cosine(a.address & b.address, norm(a.address) * norm(b.address)) if a.address and b.address else 0.0,
        across_length=math.log(max(lighter, 5)) if across else 0.0,
        across_a_day=float(across and days >= 0.75),
    )


#: Percentages and money.
_VALUES = frozenset(("%", "usd", "cny", "eur", "gbp", "jpy", "krw", "hkd", "twd", "inr"))


def _has_summary(profile: Profile) -> bool:
    return bool(profile.traits.of_summary.words)


def _cosine(shared: Iterable[str], norms: float) -> float:
    return squares(shared) / norms if norms else 0.0


def _held(a: Profile, b: Profile) -> float:
    return weight(a.title & b.tokens) / max(a.title_weight, _SHORT)


def _latin_missing(a: Profile, b: Profile) -> float:
    chinese, other = (a, b) if a.traits.is_chinese else (b, a)
    return min(weight(filter(_is_latin, chinese.title - other.tokens)), 20) / 10


def _is_latin(token: str) -> bool:
    return token.isascii() and token.isalnum() and token[0].isalpha()


def _of(figures: Iterable[Figure], kinds: str) -> tuple[Figure, ...]:
    return tuple(figure for figure in figures if figure.kind in kinds)


def _count_shared(some: tuple[Figure, ...], others: tuple[Figure, ...]) -> int:
    """Return how many figures both have; the fewer, where one of them may equal several."""
    if not some or not others:
        return 0
    return min(_count_in(some, others), _count_in(others, some))


def _count_in(some: tuple[Figure, ...], others: tuple[Figure, ...]) -> int:
    return sum(any(may_equal(figure, other) for other in others) for figure in some)


def _differ(some: tuple[Figure, ...], others: tuple[Figure, ...], kinds: Container[str]) -> bool:
    """Say whether both have figures of these kinds, and none that may be equal."""
    if not some or not others:
        return False
    mine = [figure for figure in some if figure.kind in kinds]
    theirs = [figure for figure in others if figure.kind in kinds]
    return bool(mine and theirs) and not any(may_equal(one, other) for one in mine for other in theirs)
