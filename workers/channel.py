"""How one channel is doing, and who may try it: good, waiting for a probe, or stopped (disabled, or paused).

While a channel is at fault all its deliveries wait; after a pause that grows from 5 s to 5 min one of them goes out as
a probe, and what it is answered decides for all. Where its receiver limits how fast it may be sent to, each waits for
its turn here, before its attempt begins: so nothing is refused, nothing counted, and no other channel held up. Holds no
delivery itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random

from monitor.alerts.channels import Sender, pace_of
from monitor.alerts.retry import probe_after_s
from monitor.queue.registry import ChannelState


class Channel:
    """One configured way out, as this notifier sees it."""

    def __init__(self, channel_id: str, sender: Sender, *, concurrency: int, rng: Random) -> None:
        self.id = channel_id
        self.sender = sender
        self._rng = rng
        self._pace = pace_of(sender)
        self._slots = asyncio.Semaphore(concurrency)
        self._probing = asyncio.Lock()
        self._open = asyncio.Event()
        self._open.set()
        self._failures = 0
        self._probe_at = datetime.now(UTC)
        self._stopped = False
        self._state = ChannelState(channel_id, "good", datetime.now(UTC).isoformat())

    @property
    def state(self) -> ChannelState:
        """What `status` shows of it."""
        return self._state

    @property
    def good(self) -> bool:
        """Whether deliveries may go out without being a probe."""
        return self._open.is_set()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until one more attempt may be made, as one of many or as the one probe; then make it in the block."""
        while True:
            if self.good:
                async with self._slot():
                    if self.good:  # the wait for a slot and for the pace can be long
                        yield
                        return
                continue
            async with self._probing:
                if not self.good and await self._until_probe():
                    async with self._slot():
                        if not self._stopped:
                            yield
                            return

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Wait until one more attempt may be under way, and until the receiver may be sent to again."""
        clock = asyncio.get_running_loop().time
        async with self._slots:
            while (wait_s := self._pace.wait_s(clock())) > 0:  # noqa: ASYNC110 -- a time, not an event, is waited for
                await asyncio.sleep(wait_s)
            self._pace.sent(clock())
            yield

    async def _until_probe(self) -> bool:
        """Wait for the next probe's time; False where the channel turned good before."""
        while not self.good:
            left_s = (self._probe_at - datetime.now(UTC)).total_seconds()
            if left_s <= 0 and not self._stopped:
                return True
            try:
                # A stopped channel has no time of its own: only a person opens it again.
                async with asyncio.timeout(None if self._stopped else left_s):
                    await self._open.wait()
            except TimeoutError:
                continue
        return False

    def answered(self) -> None:
        """The channel works: let everything go, unless it was stopped while that was under way."""
        if self._stopped:
            return
        if self._failures or self._state.state != "good":
            self._say("good")
        self._failures = 0
        self._open.set()

    def rests(self, answer: str) -> None:
        """Say so where the receiver asked for a rest, which the pace keeps: nothing is wrong, but nothing goes out."""
        rest_s = self._pace.rest_s(asyncio.get_running_loop().time())
        if rest_s > 0 and not self._stopped:
            until = datetime.now(UTC) + timedelta(seconds=rest_s)
            self._say("waiting", answer, until.isoformat(timespec="seconds"))

    def at_fault(self, answer: str) -> None:
        """The channel cannot take anything now: wait, and probe."""
        if self._stopped or (not self.good and datetime.now(UTC) < self._probe_at):
            return  # others that were under way fail of the same cause: one failure
        self._failures += 1
        self._probe_at = datetime.now(UTC) + timedelta(seconds=probe_after_s(self._failures, self._rng))
        self._open.clear()
        self._say("waiting", answer, self._probe_at.isoformat(timespec="seconds"))

    def stop(self, state: str, answer: str) -> None:
        """Let nothing out until `resume`; `state` says why: "disabled" or "paused"."""
        if self._state.state != state or self._state.answer != answer:
            self._say(state, answer)
        self._stopped = True
        self._open.clear()

    def resume(self) -> None:
        """Undo `stop`: try again from the start."""
        if self._stopped:
            self._stopped = False
            self._failures = 0
            self._open.set()
            self._say("good")

    def _say(self, state: str, answer: str = "", next_probe_at: str = "") -> None:
        since = self._state.since if self._state.state == state else datetime.now(UTC).isoformat(timespec="seconds")
        self._state = ChannelState(self.id, state, since, answer, next_probe_at)
