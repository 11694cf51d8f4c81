"""How many of a watchlist's alerts were relevant, by what readers said of them. Pure.

Readers answer few alerts, so each share comes with the interval in which it may lie (Wilson, 1927): three of three is
no certainty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from monitor.model import Feedback

#: Standard deviations of an interval that holds in 95 of 100 cases.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Measured:
    """What was said of the alerts of one version of a watchlist, or of all."""

    relevant: int
    irrelevant: int
    #: When the last of it was said; None: nothing was.
    said_at: datetime | None = None
    #: "" of all versions.
    version: str = ""

    @property
    def precision(self) -> float | None:
        """The share of relevant alerts; None where nothing was said."""
        total = self.relevant + self.irrelevant
        return self.relevant / total if total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where that share may lie in truth, by 95 of 100; None where nothing was said."""
        return wilson(self.relevant, self.relevant + self.irrelevant)


def measured(said: Iterable[Feedback], *, version: str = "") -> Measured:
    """Count what was said."""
    every = list(said)
    relevant = sum(each.verdict == "yes" for each in every)
    said_at = max((each.said_at for each in every), default=None)
    return Measured(relevant, len(every) - relevant, said_at, version)


def by_version(said: Sequence[Feedback]) -> list[Measured]:
    """Count what was said of each version's alerts; the version of which something was said last comes first."""
    versions = {each.watchlist_version for each in said}
    found = [measured((e for e in said if e.watchlist_version == each), version=each) for each in versions]
    return sorted(found, key=lambda each: (each.said_at, each.version), reverse=True)


def wilson(successes: int, total: int) -> tuple[float, float] | None:
    """Return the score interval of a share, 95 % (E. B. Wilson, 1927); None of nothing."""
    if not total:
        return None
    share, z2 = successes / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    reach = _Z / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, middle - reach), min(1.0, middle + reach)
