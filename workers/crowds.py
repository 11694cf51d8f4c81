"""How many polls of each host are under way in this process: no host holds more than its share of the places.

A host that hangs, with many feeds, would else hold them all. What is over the share goes back for a moment; the longer
the host leaves its polls without an end, the longer the moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

#: Most that one host gets of the places.
_PART = 8
#: How long the first feeds over a host's share wait, and any of them at most, seconds.
_MOMENT_S = 0.5
_LONGEST_S = 20.0


@dataclass(slots=True)
class _Crowd:
    under_way: int = 0
    #: Feeds sent away since a poll of the host last ended.
    sent_away: int = 0


def share(concurrency: int, per_host: int) -> int:
    """Give the places that one host may take: as many as may ask it at once, in any case."""
    return max(per_host, concurrency // _PART)


class Crowds:
    """The polls under way, by host."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._hosts: dict[str, _Crowd] = {}

    def __len__(self) -> int:
        """Count the hosts that are in use."""
        return len(self._hosts)

    def enter(self, host: str, *, share: int) -> float:
        """Take a place at a host, which its poll gives back with `leave`.

        Returns 0, or the seconds after which to try again where the host has its share already.
        """
        crowd = self._hosts.get(host)
        if crowd is None:
            crowd = self._hosts[host] = _Crowd()
        if crowd.under_way < share:
            crowd.under_way += 1
            return 0.0
        crowd.sent_away += 1
        wait_s = min(_MOMENT_S * (1 + crowd.sent_away / share), _LONGEST_S)
        # They should not all come back together.
        return wait_s * self._rng.uniform(0.5, 1)

    def leave(self, host: str) -> None:
        """Give a place back."""
        crowd = self._hosts[host]
        crowd.under_way -= 1
        crowd.sent_away = 0
        if not crowd.under_way:
            del self._hosts[host]
