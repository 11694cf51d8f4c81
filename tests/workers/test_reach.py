"""Whether a web process works, by what beats say and by how long they say it, with time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.queue.registry import Beat, Registry
from monitor.queue.store import Store
from workers.reach import Reach

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


async def beat(store: Store, at: datetime, *, doing: str = "working", role: str = "web") -> None:
    """Let a process beat."""
    await Registry(store).beat(Beat(role, role, "h", 1, NOW.isoformat(), at.isoformat(), 1, "", doing))


async def test_a_web_process_counts_once_it_works_and_while_it_beats(store: Store) -> None:
    reach = Reach(store)
    await beat(store, NOW, role="poller")
    await beat(store, NOW, doing="not listening")
    assert not await reach.look(NOW)
    assert not reach.works
    await beat(store, NOW)
    assert not await reach.look(NOW + timedelta(seconds=9))
    assert reach.works
    assert not await reach.look(NOW + timedelta(seconds=10))
    assert not reach.works


async def test_a_short_absence_is_bridged_and_a_long_one_is_a_loss_until_one_works_again(store: Store) -> None:
    reach = Reach(store)
    said = [(await reach.look(NOW + timedelta(seconds=second)), reach.lost) for second in (0, 59, 60, 61, 1000)]
    assert said == [(False, False), (False, False), (True, True), (False, True), (False, True)]
    back = NOW + timedelta(seconds=1001)
    await beat(store, back)
    assert (await reach.look(back), reach.lost, reach.works) == (True, False, True)
