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
from monitor.stories.reasons import reasons
from monitor.stories.weights import probability, shipped, threshold

#: How sure to be where nobody says otherwise; see docs/benchmarks.md for precision and recall.
CAUTION = 0.5
#: A title this light ("Weekly review") stands for many items.
_LIGHT = 12.0
_SOON_S = 20 * 3600
#: Between any two titles the encoder's cosine lies here.
_NEAREST, _FARTHEST = 0.9, 0.0

Meaning = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two items tell of one event."""

    same: bool
    #: From 0 to 1.
    probability: float
    #: In words, the strongest first: "same title", "same figures: $14.3b"; for two kept apart, what parts them.
    reasons: tuple[str, ...]


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
        same = likely >= threshold(weights.one_language, caution) and _share_enough(a, b)
    else:
        least = threshold(weights.two_languages, caution)
        likely = _across(a, b, likeness, least, meaning)
        same = likely >= least
    return Verdict(same, likely, reasons(a, b) if same else ())


def _certain(a: Profile, b: Profile) -> Verdict | None:
    if a.traits.url and a.traits.url == b.traits.url:
        return Verdict(True, 1.0, ("same canonical URL",))
    if (what := replaced(a, b)) is not None:
        return Verdict(False, 0.0, (f"another {what} in an otherwise equal title",))
    if a.traits.title == b.traits.title and _is_one_title(a, b):
        return Verdict(True, 1.0, ("same title",))
    return None


def _share_enough(a: Profile, b: Profile) -> bool:
    """Say whether more than one word joins two items of one language: short titles of two subjects may share one."""
    shared = (a.tokens & b.tokens, a.subject & b.subject, a.all_events & b.all_events)
    return sum(map(len, shared)) > 1


def _is_one_title(a: Profile, b: Profile) -> bool:
    """Say whether an equal title makes one event: not where it is a heading that comes again the next day."""
    return abs(a.traits.published - b.traits.published) <= _SOON_S or a.title_weight >= 3 * _LIGHT


def _across(a: Profile, b: Profile, likeness: Likeness, least: float, meaning: Meaning) -> float:
    """Return the probability across languages, without the encoder where no answer of it could turn the verdict."""
    weights = shipped().across
    best, worst = (probability(weights.logit(likeness, bound)) for bound in (_NEAREST, _FARTHEST))
    if best < least:
        return worst
    if worst >= least:
        return best
    return probability(weights.logit(likeness, meaning(a.traits.written, b.traits.written)))
