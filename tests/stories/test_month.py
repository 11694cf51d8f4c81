"""A month of watchlists, day by day: no alert without an item, no item without a decision, nothing held for ever.

`tests/chaos/test_month.py` has the whole of it.
"""

from __future__ import annotations

from collections import Counter

from tests.stories.month import DAYS, POLICIES, live


def test_a_month_of_every_policy_leaves_no_item_undecided_and_nothing_held() -> None:
    totals: Counter[str] = Counter()
    for seed in range(4):
        book = live(seed, a_day=10, names=tuple(POLICIES))
        assert len({key for _, key in book.fates}) > 0.9 * 10 * DAYS
        totals += book.totals()
    assert set(totals) == {"first", "update", "digest", "joined in silence", "not sent"}, "each of them has been met"
