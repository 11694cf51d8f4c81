"""How fast a receiver may be sent to: so many messages per span, and a rest where it asked for one. No clock.

A pace belongs to one channel in one process. Times are seconds of any clock that does not jump.
"""

from __future__ import annotations

from collections import deque


class Pace:
    """Remembers when messages went out, and says how long the next one has to wait."""

    def __init__(self, *rates: tuple[int, float]) -> None:
        """Allow at most `count` messages in any span of `per_s` seconds, for each (count, per_s)."""
        self._rates = rates
        self._sent: deque[float] = deque(maxlen=max((count for count, _ in rates), default=1))
        self._rests_until = float("-inf")

    def wait_s(self, now: float) -> float:
        """Return the seconds until the next message may go; 0: now."""
        due = [self._sent[-count] + per_s for count, per_s in self._rates if len(self._sent) >= count]
        return max(self.rest_s(now), *(at - now for at in due), 0.0)

    def rest_s(self, now: float) -> float:
        """Return how much is left of the rest that the receiver asked for."""
        return max(0.0, self._rests_until - now)

    def sent(self, now: float) -> None:
        """Note that a message goes out."""
        self._sent.append(now)

    def rest(self, now: float, for_s: float) -> None:
        """Let nothing out for so long, since the receiver asked for it; a longer rest stays."""
        self._rests_until = max(self._rests_until, now + for_s)
