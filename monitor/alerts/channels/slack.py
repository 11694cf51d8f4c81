"""Posts blocks to an incoming webhook of Slack, which answers by status and one word.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; one message a second
(https://docs.slack.dev/apis/web-api/rate-limits).
"""

from __future__ import annotations

from typing import Final

from monitor.alerts.channels.posting import ChatChannel, Hook, Reply, of_status
from monitor.alerts.outcome import ChannelAtFault, Delivered, Later, Outcome

#: (messages, seconds).
RATES: Final = ((1, 1.0),)
_OK = "ok"
#: Refusals with status 400 that no other message would escape.
_OF_THE_CHANNEL: Final = frozenset({"invalid_token", "no_active_hooks", "user_not_found", "team_disabled", "no_team"})
_TOO_MANY_REQUESTS = 429
_WAIT_S = 30.0


def slack_channel(hook: Hook) -> ChatChannel:
    """Return the channel of one webhook, which leads to one channel of a workspace."""
    return ChatChannel(hook, service="Slack", rates=RATES, read=_outcome)


def _outcome(reply: Reply) -> Outcome:
    if reply.status == 200 and reply.text == _OK:
        return Delivered("Slack: ok")
    if reply.status == _TOO_MANY_REQUESTS:
        return Later(f"HTTP 429: {reply.text}", reply.retry_after_s or _WAIT_S)
    if reply.text in _OF_THE_CHANNEL:
        return ChannelAtFault(f"HTTP {reply.status}: {reply.text}")
    return of_status(reply)
