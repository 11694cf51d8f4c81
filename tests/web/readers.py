"""A reader that knows one token of each kind, and remembers what was done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from monitor.web.answers import Sight

HOSTILE = "<script>alert(1)</script>\"' & {watchlist} $body"
SIGHTS = {
    "yes": Sight("ask", "yes", "Qwen", "千问发布新模型", said="no", opposite="no"),
    "no": Sight("ask", "no", HOSTILE, HOSTILE, opposite='"><b>'),
    "mute": Sight("ask", "mute", "Qwen", "千问发布新模型", "team", "a@example.org"),
    "unsubscribe": Sight("ask", "unsubscribe", "qwen", channel="team", recipient="a@example.org"),
    "trial": Sight("ask", "mute", "test", "This is a test", "team", "a@example.org", is_trial=True),
    "expired": Sight("expired"),
    "gone": Sight("gone"),
    "later": Sight("later"),
}


@dataclass
class ReaderOfAll:
    """A `Reader` without a service behind it."""

    acted: list[str] = field(default_factory=list)

    async def look(self, token: str) -> Sight:
        return SIGHTS.get(token, Sight("bad"))

    async def act(self, token: str) -> Sight:
        self.acted.append(token)
        sight = await self.look(token)
        return replace(sight, state="done") if sight.state == "ask" else sight
