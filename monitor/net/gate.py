"""Turns at each host: so many requests at once, and a pause between the starts of two.

First come, first served at one host; no host waits for another. A host that nobody uses leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Host:
    running: int = 0
    #: Loop time before which no request may start.
    free_at: float = 0.0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    #: Set while the pause is all that somebody waits for, or all that keeps the host in memory.
    timer: asyncio.TimerHandle | None = None


class HostGate:
    """Lets requests through to their hosts."""

    def __init__(self, *, at_once: int, delay_s: float) -> None:
        self._at_once = at_once
        self._delay_s = delay_s
        self._hosts: dict[str, _Host] = {}

    def __len__(self) -> int:
        """Count the hosts that are in use or in their pause."""
        return len(self._hosts)

    async def enter(self, name: str) -> None:
        """Wait for a turn at a host; whoever got one must `leave`."""
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host()
        if host.waiting or not self._may_start(host):
            await self._wait(name, host)
        else:
            self._start(host)

    def leave(self, name: str) -> None:
        """Give a turn back."""
        host = self._hosts[name]
        host.running -= 1
        self._advance(name, host)

    def _may_start(self, host: _Host) -> bool:
        return host.running < self._at_once and (not self._delay_s or _now() >= host.free_at)

    def _start(self, host: _Host) -> None:
        host.running += 1
        if self._delay_s:
            host.free_at = _now() + self._delay_s

    async def _wait(self, name: str, host: _Host) -> None:
        turn = asyncio.get_running_loop().create_future()
        host.waiting.append(turn)
        self._advance(name, host)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                host.waiting.remove(turn)
            else:
                # The turn was given in the same moment: pass it on.
                host.running -= 1
            self._advance(name, host)
            raise

    def _advance(self, name: str, host: _Host) -> None:
        """Give the next turns; set a timer where only the pause is missing; forget a host at rest."""
        while host.waiting and self._may_start(host):
            self._start(host)
            host.waiting.popleft().set_result(None)
        if self._delay_s and host.timer is None and host.running < self._at_once and host.free_at > _now():
            host.timer = asyncio.get_running_loop().call_at(host.free_at, self._pause_over, name, host)
        if not host.running and not host.waiting and host.timer is None:
            self._hosts.pop(name, None)

    def _pause_over(self, name: str, host: _Host) -> None:
        host.timer = None
        self._advance(name, host)


def _now() -> float:
    return asyncio.get_running_loop().time()
