"""The numbers that turn a likeness into a probability, and a probability into a verdict: read from `weights.json`.

Made by `benchmarks/train_stories.py` from labelled pairs; nothing is learnt while the service runs.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files

import msgspec

from monitor.stories.compare import Likeness


class Weights(msgspec.Struct, frozen=True):
    """A logistic regression as plain numbers."""

    bias: float
    #: In the order of the fields of `Likeness`.
    of: tuple[float, ...]
    #: Of the encoder's cosine; 0 where it is not asked.
    meaning: float = 0.0

    def logit(self, likeness: Likeness, meaning: float = 0.0) -> float:
        """Return the logarithm of the odds that two items tell of one event."""
        total = self.bias + self.meaning * meaning
        for weight, value in zip(self.of, likeness, strict=True):
            total += weight * value
        return total


class Shipped(msgspec.Struct, frozen=True):
    """All that `weights.json` holds."""

    #: Within one language.
    lexical: Weights
    #: Across two languages, with the encoder.
    across: Weights
    #: Least probabilities for "same" at caution 0, 0.1, ... 1, within one language and across two.
    one_language: tuple[float, ...]
    two_languages: tuple[float, ...]


class _Written(msgspec.Struct):
    """Weights by the names of their fields, as people read them."""

    bias: float
    meaning: float
    of: dict[str, float]


class _File(msgspec.Struct):
    lexical: _Written
    across: _Written
    one_language: tuple[float, ...]
    two_languages: tuple[float, ...]


@cache
def shipped() -> Shipped:
    """Return the weights that ship."""
    read = msgspec.json.decode(files(__package__).joinpath("weights.json").read_bytes(), type=_File)
    return Shipped(_weights(read.lexical), _weights(read.across), read.one_language, read.two_languages)


def _weights(written: _Written) -> Weights:
    return Weights(written.bias, tuple(written.of[name] for name in Likeness._fields), written.meaning)


def probability(logit: float) -> float:
    """Return the probability of a logit."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


def threshold(steps: tuple[float, ...], caution: float) -> float:
    """Return the least probability for "same" at a caution from 0 to 1, between two steps in proportion."""
    place = caution * (len(steps) - 1)
    below = min(int(place), len(steps) - 2)
    return steps[below] + (steps[below + 1] - steps[below]) * (place - below)
