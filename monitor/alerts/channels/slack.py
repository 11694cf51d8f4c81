"""Posts blocks to an incoming webhook of Slack, which answers by status and one word.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; one message a second
(https://docs.slack.dev/apis/web-api/rate-limits).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from monitor.alerts.channels.posting import Hook, Poster, Reply, of_status
from monitor.alerts.outcome import ChannelAtFault, Delivered, Later, Outcome
from monitor.alerts.pace import Pace
from monitor.model import Delivery

#: (messages, seconds).
RATES: Final = ((1, 1.0),)
_OK = "ok"
#: Refusals with status 400 that no other message would escape.
_OF_THE_CHANNEL: Final = frozenset({"invalid_token", "no_active_hooks", "user_not_found", "team_disabled", "no_team"})
_TOO_MANY_REQUESTS = 429
_WAIT_S = 30.0


class SlackChannel:
    """One webhook, which leads to one channel."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._poster = Poster(hook, service="Slack", rates=RATES)

    @property
    def pace(self) -> Pace:
        """How fast the service lets us send."""
        return self._poster.pace

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Post the message once."""
        return await self._poster.post(self._hook.url, delivery.body, at=attempted_at, read=_outcome)

    async def close(self) -> None:
        """Do nothing: the connections are the client's."""


def _outcome(reply: Reply) -> Outcome:
    if reply.status == 200 and reply.text == _OK:
        return Delivered("Slack: ok")
    if reply.status == _TOO_MANY_REQUESTS:
        return Later(f"HTTP 429: {reply.text}", reply.retry_after_s or _WAIT_S)
    if reply.text in _OF_THE_CHANNEL:
        return ChannelAtFault(f"HTTP {reply.status}: {reply.text}")
    return of_status(reply)
