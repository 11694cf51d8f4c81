"""A word, name or figure to how much it tells where two texts share it: its rarity in sixty thousand real items.

`rarity.txt` holds derived numbers alone: what is common, by how common. What it does not hold is rare.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

#: The natural logarithm of "in one item of so many" for what nobody counted.
RAREST = 9.9


@cache
def _table() -> dict[str, float]:
    lines = files(__package__).joinpath("rarity.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {token: float(rarity) for rarity, *tokens in rows for token in tokens}


def rarity(token: str) -> float:
    """Return the rarity of a token of `monitor.stories.traits`: 2 in every seventh item, 7 in one of a thousand."""
    return _table().get(token, RAREST)


def weight(tokens: Iterable[str]) -> float:
    """Return the rarity of some tokens together."""
    table = _table()
    return sum(table.get(token, RAREST) for token in tokens)
