"""Sends messages as a bot of Telegram, through the Bot API or a server of one's own that speaks it.

https://core.telegram.org/bots/api#making-requests; one message a second to a chat and 20 a minute to a group
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from monitor.alerts.channels.posting import ChatChannel, Hook, Reply, of_status, with_fields
from monitor.alerts.outcome import ChannelAtFault, ChannelGone, Delivered, Later, MessageAtFault, Outcome
from monitor.alerts.wording import clip, one_line
from monitor.errors import DeliveryError

#: (messages, seconds), with a little room for what the network delays: of a person's chat, and of a group or channel.
RATES_OF_A_PERSON: Final = ((1, 1.0),)
RATES_OF_A_GROUP: Final = ((1, 1.0), (20, 62.0))
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]{10,}")
_WAIT_S = 30.0
_MAX_WAIT_S = 30 * 86400.0
_MAX_TEXT = 300
#: The reader's own wish, said by Telegram with 403.
_ENDED = re.compile(r"blocked by the user|user is deactivated|was kicked|group is deactivated|chat was deleted", re.I)
#: Refusals with 400 that no other message to this chat would escape.
_OF_THE_CHAT = re.compile(
    r"chat not found|chat_id|peer_id_invalid|upgraded to a supergroup|rights to send|write_forbidden|thread not found"
    r"|topic|deactivated|need administrator",
    re.I,
)


def telegram_channel(hook: Hook, *, chat_id: str, thread_id: int | None) -> ChatChannel:
    """Return the channel of one chat that a bot writes to; the hook's address is as `hook_url` makes it."""
    to = {"chat_id": chat_id, "message_thread_id": thread_id}
    known = {name: value for name, value in to.items() if value is not None}

    def addressed(hook: Hook, body: str, _at: datetime) -> tuple[str, str]:
        # Where it goes is the settings' to say, also for a message that was made before.
        return hook.url, with_fields(body, known)

    # Persons have positive numbers.
    rates = RATES_OF_A_PERSON if chat_id.isdigit() else RATES_OF_A_GROUP
    return ChatChannel(hook, service="Telegram", rates=rates, read=_outcome, prepare=addressed)


def hook_url(api_base: str, token: str, *, channel_id: str) -> str:
    """Return where a bot's messages are posted to; raise DeliveryError for a token that is none."""
    if not _TOKEN.fullmatch(token.strip()):
        raise DeliveryError(channel_id, "the bot's token must have the form that @BotFather gives: 123456:ABC-DEF…")
    return f"{api_base.rstrip('/')}/bot{token.strip()}/sendMessage"


def _outcome(reply: Reply) -> Outcome:
    if reply.fields.get("ok") is True:
        return Delivered("Telegram: ok")
    if reply.fields.get("ok") is not False:
        return of_status(reply)
    said, code = str(reply.fields.get("description", "")), reply.fields.get("error_code", reply.status)
    answer = f"Telegram {code}: {clip(one_line(said), _MAX_TEXT)}"
    match code:
        case 429:
            return Later(answer, _retry_after_s(reply))
        case 403 if _ENDED.search(said):
            return ChannelGone(answer)
        case 401 | 403 | 404:
            return ChannelAtFault(answer)
        case 400 if _OF_THE_CHAT.search(said):
            return ChannelAtFault(answer + _moved(reply))
        case int() if 400 <= code < 500:
            return MessageAtFault(answer)
    return Later(answer, reply.retry_after_s)


def _parameter(reply: Reply, name: str) -> int | None:
    parameters = reply.fields.get("parameters")
    found = parameters.get(name) if isinstance(parameters, dict) else None
    return found if isinstance(found, int) else None


def _retry_after_s(reply: Reply) -> float:
    return min(float(_parameter(reply, "retry_after") or reply.retry_after_s or _WAIT_S), _MAX_WAIT_S)


def _moved(reply: Reply) -> str:
    new = _parameter(reply, "migrate_to_chat_id")
    return f" (set chat_id to {new})" if new else ""
