"""A month of 200 watchlists with 50 items a day: no alert without an item, no item without a decision."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from tests.stories.month import DAYS, POLICIES, live

WATCHLISTS, A_DAY = 200, 50
CHANNELS = 4


@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_a_month_of_200_watchlists_leaves_no_item_undecided_and_nothing_held() -> None:
    names, totals, items = tuple(POLICIES), Counter[str](), 0
    for seed in range(WATCHLISTS):
        own = tuple(islice((*names, *names), seed % len(names), seed % len(names) + CHANNELS))
        book = live(1000 + seed, a_day=A_DAY, names=own)
        items += len(book.seen)
        totals += book.totals()
    assert items > 0.9 * WATCHLISTS * A_DAY * DAYS
    assert set(totals) == {"first", "update", "digest", "joined in silence", "not sent"}, "each of them has been met"
