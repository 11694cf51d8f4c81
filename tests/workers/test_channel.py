"""A channel whose receiver limits how fast it may be sent to: it waits before an attempt begins, and alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from random import Random

import pytest

from monitor.alerts.channels.feishu import feishu_channel
from monitor.alerts.channels.posting import Hook
from monitor.alerts.outcome import Delivered, Outcome
from monitor.alerts.pace import Pace
from monitor.model import Delivery
from monitor.net.client import Client
from monitor.net.messages import Limits
from tests.alerts.samples import a_delivery
from tests.servers.chat import ChatServer
from workers.channel import Channel


class PacedSender:
    """Takes everything."""

    def __init__(self, *rates: tuple[int, float]) -> None:
        self.pace = Pace(*rates)

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Take it."""
        return Delivered(f"at {attempted_at or datetime.now(UTC)}")

    async def close(self) -> None:
        """Nothing is open."""


def channel(sender: PacedSender) -> Channel:
    return Channel("team", sender, concurrency=1, rng=Random(1))


async def turns(of: Channel, count: int) -> list[float]:
    """Take so many turns and return when each came, in seconds of the loop."""
    came = []
    for _ in range(count):
        async with of.turn():
            came.append(asyncio.get_running_loop().time())
    return came


async def test_attempts_keep_the_pace() -> None:
    came = await turns(channel(PacedSender((2, 0.1))), 5)
    assert all(later - first >= 0.1 for first, later in zip(came, came[2:], strict=False))
    assert came[-1] - came[0] >= 0.2


async def test_a_service_that_counts_finds_no_message_too_many() -> None:
    """At the real limit of Feishu: 5 messages a second."""
    async with ChatServer("feishu") as server, Client(Limits(version="0", allow_hosts=("127.0.0.1",))) as client:
        server.limit = (5, 1.0)
        sender = feishu_channel(Hook(client=client, channel_id="team", url=server.url, timeout_s=5))
        of = Channel("team", sender, concurrency=1, rng=Random(1))
        outcomes = []
        for number in range(11):
            async with of.turn():
                delivery = a_delivery(number, body=f'{{"n":{number}}}')
                outcomes.append(await sender.send(delivery, attempted_at=datetime.now(UTC)))
    assert [type(outcome) for outcome in outcomes] == [Delivered] * 11
    assert [body["n"] for body in server.bodies] == list(range(11))


async def test_a_channel_that_rests_holds_up_no_other_and_can_be_left_at_once() -> None:
    resting, other = PacedSender((1, 0.0)), PacedSender((1, 0.0))
    resting.pace.rest(asyncio.get_running_loop().time(), 600.0)
    waiting = asyncio.create_task(turns(channel(resting), 1))
    await turns(channel(other), 3)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_rest_is_told_with_its_reason_until_the_next_answer() -> None:
    sender = PacedSender((1, 0.0))
    of = channel(sender)
    of.rests("busy")
    assert of.state.state == "good"
    sender.pace.rest(asyncio.get_running_loop().time(), 600.0)
    of.rests("DingTalk 130101: send too fast")
    assert (of.state.state, of.state.answer) == ("waiting", "DingTalk 130101: send too fast")
    assert of.state.next_probe_at > datetime.now(UTC).isoformat()
    of.answered()
    assert of.state.state == "good"


async def test_what_waited_for_its_turn_does_not_go_out_once_the_channel_is_stopped() -> None:
    sender = PacedSender((1, 0.05))
    of = channel(sender)
    await turns(of, 1)
    waiting = asyncio.create_task(turns(of, 1))
    await asyncio.sleep(0)
    of.stop("disabled", "the receiver asked for no more")
    # Its time comes, and passes: only a person opens a stopped channel again.
    done, _ = await asyncio.wait({waiting}, timeout=0.2)
    assert not done
    of.resume()
    assert len(await waiting) == 1
