"""Two items to a verdict: do they tell of one event, how sure is that, and why. In doubt they are kept apart.

What is certain comes first: one address or one title; titles that differ in their day or product alone. Then a logistic
regression over their likeness judges, across languages with the encoder, where it can turn the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.stories.compare import Likeness, compare, is_across
from monitor.stories.lookalike import replaced
from monitor.stories.meaning import nearness
from monitor.stories.profile import Profile
from monitor.stories.rarity import weight
from monitor.stories.reasons import reasons
from monitor.stories.weights import probability, shipped, threshold

#: How sure to be where nobody says otherwise; see docs/benchmarks.md for precision and recall.
CAUTION = 0.5
#: A title lighter than this may be a heading that many items have.
_HEADING = 36.0
_SOON_S = 20 * 3600
#: Where the encoder's cosine lies for most titles of one subject: outside of it, it seldom turns a verdict.
_NEAREST, _USUAL, _FARTHEST = 0.65, 0.45, 0.25
#: Cosine from which meaning can join two items that share nothing but the watchlist's subject; and two that share words
#: of no more than this rarity: less than one name.
_ALONE, _NEARLY_ALONE = 0.55, 0.35
_SLIGHT = 5.0

Meaning = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two items tell of one event."""

    same: bool
    #: From 0 to 1.
    probability: float
    #: In words, the strongest first: "same title", "same figures: $14.3b"; for two kept apart, what parts them.
    reasons: tuple[str, ...]


SAME_ADDRESS = Verdict(True, 1.0, ("same canonical URL",))


def judge(a: Profile, b: Profile, *, caution: float = CAUTION, meaning: Meaning = nearness) -> Verdict:
    """Say whether two items tell of one event.

    `caution` from 0 to 1 moves along the precision-recall curve; `meaning` is asked across languages, in doubt.
    """
    certain = _certain(a, b)
    if certain is not None:
        return certain
    likeness = compare(a, b)
    weights = shipped()
    if not is_across(a, b):
        likely = probability(weights.lexical.logit(likeness))
        same = likely >= threshold(weights.one_language, caution) and _count_shared(a, b) > 1
    else:
        least = threshold(weights.two_languages, caution)
        likely = _across(a, b, likeness, least, meaning)
        same = likely >= least
    return Verdict(same, likely, reasons(a, b) if same else ())


def guess(a: Profile, b: Profile) -> float:
    """Return a first guess of the probability across languages, by words alone: to choose whom to compare with."""
    return probability(shipped().across.logit(compare(a, b), _USUAL))


def _certain(a: Profile, b: Profile) -> Verdict | None:
    if a.traits.url and a.traits.url == b.traits.url:
        return SAME_ADDRESS
    if (what := replaced(a, b)) is not None:
        return Verdict(False, 0.0, (f"another {what} in an otherwise equal title",))
    if a.traits.title == b.traits.title:
        return _of_one_title(a, b)
    return None


def _count_shared(a: Profile, b: Profile) -> int:
    """Return how many things join two items beside their subject: short titles of two events may share a rare word."""
    return len(a.tokens & b.tokens) + len(a.all_events & b.all_events)


def _of_one_title(a: Profile, b: Profile) -> Verdict:
    """Tell a copy from a heading that comes again the next day ("Morning briefing")."""
    if abs(a.traits.published - b.traits.published) <= _SOON_S or a.title_weight >= _HEADING:
        return Verdict(True, 1.0, ("same title",))
    return Verdict(False, 0.0, ("a heading that comes again",))


def _across(a: Profile, b: Profile, likeness: Likeness, least: float, meaning: Meaning) -> float:
    """Return the probability across languages, without the encoder where no answer of it could turn the verdict."""
    weights = shipped().across
    best, worst = (probability(weights.logit(likeness, bound)) for bound in (_NEAREST, _FARTHEST))
    if best < least:
        return worst
    needed = _needed(a, b)
    if worst >= least and not needed:
        return best
    near = meaning(a.traits.written, b.traits.written)
    return probability(weights.logit(likeness, near)) if near >= needed else 0.0


def _needed(a: Profile, b: Profile) -> float:
    """Return the cosine without which two items are two events, little as they share; 0 where they share enough."""
    if weight(a.tokens & b.tokens) >= _SLIGHT:
        return 0.0
    return _NEARLY_ALONE if _count_shared(a, b) else _ALONE
