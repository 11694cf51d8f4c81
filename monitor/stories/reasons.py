"""Two items of one event to the reasons in words: what an alert says of why it gathered them."""

from __future__ import annotations

from monitor.stories.figures import Figure, may_equal
from monitor.stories.lexicon import shown
from monitor.stories.profile import Profile
from monitor.stories.rarity import rarity

#: Where hardly anything is shared, only meaning can have joined them.
ALONE = "by meaning alone"
_MOST = 4
#: A word so rare that sharing it is worth telling.
_TELLING = 6.0


def reasons(a: Profile, b: Profile) -> tuple[str, ...]:
    """Return why two items tell of one event, the strongest reason first; `ALONE` where they share nothing to name."""
    said = []
    if figures := _figures(a, b):
        said.append(f"same figures {', '.join(figures)}")
    if names := sorted(a.names & b.names, key=rarity, reverse=True):
        said.append(f"names {', '.join(map(shown, names[:_MOST]))}")
    if words := _words(a, b):
        said.append(f"words {', '.join(words)}")
    return tuple(said) or (ALONE,)


def _figures(a: Profile, b: Profile) -> list[str]:
    theirs = (*b.amounts, *b.serials)
    shared = (figure for figure in (*a.amounts, *a.serials) if _equals_one(figure, theirs))
    return list(dict.fromkeys(figure.written.strip() for figure in shared))[:_MOST]


def _equals_one(figure: Figure, others: tuple[Figure, ...]) -> bool:
    return any(may_equal(figure, other) for other in others)


def _words(a: Profile, b: Profile) -> list[str]:
    rare = (token for token in a.title & b.title if token.isalpha() and rarity(token) >= _TELLING)
    return sorted(rare, key=lambda token: (-rarity(token), token))[:_MOST]
