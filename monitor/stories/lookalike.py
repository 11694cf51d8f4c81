"""Two titles that are equal but for what makes another event of it: templates, series, one report for each company.

"Wordle today: July 14" and "… July 15", "iPhone 16 review" and "iPhone 17 review", "BYD recalls …" and "NIO recalls …".
Amounts do not count: a rising toll, or another estimate, is the same event.
"""

from __future__ import annotations

from monitor.stories.figures import Figure, may_equal
from monitor.stories.lexicon import heading_of
from monitor.stories.profile import Profile
from monitor.stories.rarity import weight

#: Share of both titles' words, by weight, from which titles are equal but for what was replaced.
_FRAME = 0.6
_KINDS = {
    "d": "day", "m": "month", "q": "quarter", "y": "year", "#": "number", "v": "version",
}  # fmt: skip
_THINGS = {"companies": "company", "people": "person", "places": "place", "institutions": "institution"}


def replaced(a: Profile, b: Profile) -> str | None:
    """Say what stands in one title where the other, otherwise equal, has another: "day", "place"; None for nothing."""
    return _serial(a, b) or _name(a, b) if _share_frame(a, b) else None


def _share_frame(a: Profile, b: Profile) -> bool:
    mine, theirs = set(a.traits.of_title.words), set(b.traits.of_title.words)
    return weight(mine & theirs) >= _FRAME * max(weight(mine), weight(theirs), 1.0)


def _serial(a: Profile, b: Profile) -> str | None:
    for kind, word in _KINDS.items():
        mine = [each for each in a.title_serials if each.kind == kind]
        theirs = [each for each in b.title_serials if each.kind == kind]
        if mine and theirs and not any(may_equal(one, other) for one in mine for other in theirs) and _series(mine, theirs):
            return word
    return None


def _series(mine: list[Figure], theirs: list[Figure]) -> bool:
    """Say whether the figures count in one series: versions do only behind one name."""
    return any(one.name == other.name for one in mine for other in theirs)


def _name(a: Profile, b: Profile) -> str | None:
    mine = {heading_of(name) for name in a.title_names - b.names}
    theirs = {heading_of(name) for name in b.title_names - a.names}
    kinds = (mine & theirs) - {""}
    return _THINGS.get(min(kinds), "product") if kinds else None
