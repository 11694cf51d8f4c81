"""A word, name or figure to how much it tells where two texts share it: its rarity in sixty thousand real items.

`rarity.txt` holds derived numbers alone: what is common, by how common. What it does not hold is rare.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

#: The natural logarithm of "in one item of so many" for what is not in the table.
RAREST = 9.9


class _Table(dict[str, float]):
    """Token -> rarity, read when first asked for."""

    def __missing__(self, token: str) -> float:
        if not self:
            self.update(_read())
            return self[token]
        return RAREST


def _read() -> dict[str, float]:
    lines = files(__package__).joinpath("rarity.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {token: float(rarity) for rarity, *tokens in rows for token in tokens}


_TABLE = _Table()

#: Return the rarity of a token of `monitor.stories.traits`: 2 in every seventh item, 7 in one of a thousand.
rarity = _TABLE.__getitem__


def weight(tokens: Iterable[str]) -> float:
    """Return the rarity of some tokens together."""
    return sum(map(rarity, tokens))


def squares(tokens: Iterable[str]) -> float:
    """Return the sum of the squares of some tokens' rarities."""
    return sum(each * each for each in map(rarity, tokens))
