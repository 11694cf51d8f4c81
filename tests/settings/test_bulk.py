"""Many entries are let go of a few at a time."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from monitor.settings.bulk import let_go


class Noting(list[Any]):
    """A list that notes how much of it was taken away at once."""

    def __init__(self, held: Sequence[object]) -> None:
        super().__init__(held)
        self.steps: list[int] = []

    def __delitem__(self, place: Any) -> None:
        before = len(self)
        super().__delitem__(place)
        self.steps.append(before - len(self))


class Entry:
    """Something that can be watched as it goes."""


def test_everything_is_let_go_of_in_small_steps() -> None:
    held = Noting([Entry() for _ in range(10_000)])
    watched = [weakref.ref(each) for each in held]
    let_go(held)
    assert not held
    assert sum(held.steps) == 10_000
    assert max(held.steps) <= 1_000
    assert not any(each() for each in watched)
