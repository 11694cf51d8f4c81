"""No host holds more than its share of a poller's places."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from monitor.queue.store import Store
from tests.servers.feeds import FeedServer
from tests.servers.http import Answer, HttpServer, Request, held
from tests.workers.crew import crew
from workers.crowds import Crowds, share

HANGING = 40


class Latest(Random):
    """Chance that always takes the latest time."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


@pytest.mark.parametrize(
    ("concurrency", "per_host", "places"), [(128, 2, 16), (16, 2, 2), (8, 2, 2), (128, 128, 128), (1, 1, 1)]
)
def test_a_share_is_an_eighth_or_what_may_be_asked_at_once(concurrency: int, per_host: int, places: int) -> None:
    assert share(concurrency, per_host) == places


def test_over_its_share_a_host_is_put_off_and_others_are_not() -> None:
    crowds = Crowds(Latest())
    assert [crowds.enter("a", share=2) for _ in range(2)] == [0, 0]
    assert crowds.enter("a", share=2) > 0
    assert crowds.enter("b", share=2) == 0
    crowds.leave("a")
    assert crowds.enter("a", share=2) == 0


def test_the_longer_a_host_hangs_the_longer_its_feeds_wait() -> None:
    crowds = Crowds(Latest())
    crowds.enter("a", share=2)
    crowds.enter("a", share=2)
    waits = [crowds.enter("a", share=2) for _ in range(1_000)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.75, 20)
    crowds.leave("a")
    crowds.enter("a", share=2)
    assert crowds.enter("a", share=2) == 0.75, "where polls end again it starts over"


def test_a_host_at_rest_leaves_nothing_behind() -> None:
    crowds = Crowds(Latest())
    for _ in range(3):
        crowds.enter("a", share=3)
    for _ in range(3):
        crowds.leave("a")
    assert len(crowds) == 0


async def test_many_feeds_of_a_hanging_host_hold_nobody_up(store: Store, tmp_path: Path) -> None:
    answer, release = held(Answer(status=404))
    asked: list[Request] = []

    def hang(request: Request) -> Answer:
        asked.append(request)
        return answer

    async with FeedServer() as good, HttpServer(hang) as bad:
        # The same machine by another name: another host.
        hanging = f"http://localhost:{bad.port}"
        sources = "".join(f'[[feeds]]\nid = "h{n}"\nurl = "{hanging}/{n}"\n' for n in range(HANGING))
        sources += f'[[feeds]]\nid = "good"\nurl = "{good.add("/good")}"\n'
        settings = f"""
[net]
allow_hosts = ["127.0.0.1", "localhost"]

[polling]
min_interval = "100ms"
concurrency = 32
{sources}"""
        async with crew(store, tmp_path, settings, "poller"):
            await good.polled("/good", times=10, within_s=60)
            assert len(asked) <= 2, "no more than may be asked at once (net.per_host)"
            release.set()
            async with asyncio.timeout(60):
                while len({each.path for each in asked}) < HANGING:  # noqa: ASYNC110 -- the server's list is all there is
                    await asyncio.sleep(0.05)
