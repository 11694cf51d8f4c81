"""What the web is told: one record, and who gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the few words that go with it."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Receiver(Protocol):
    """What is behind the callbacks."""

    @property
    def max_body_bytes(self) -> int:
        """The largest push that is read."""
        ...

    async def ask(self, feed_id: str, token: str, query: Mapping[str, str]) -> Answer:
        """Answer a hub that asks whether we meant it, or tells that it will not."""
        ...

    async def admit(self, feed_id: str, token: str) -> Answer | None:
        """Say why a push by this callback is not even read; None where it is."""
        ...

    async def push(self, feed_id: str, token: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """Take a push; the answer comes once it is committed."""
        ...

    async def ready(self) -> str:
        """Say why no work can be done, "" where it can."""
        ...
