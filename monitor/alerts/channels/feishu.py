"""Posts cards to a custom bot of Feishu or Lark, signed where the bot asks for it.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: 100 messages a minute, 5 a second, 20 KB each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

from monitor.alerts.channels.posting import ChatChannel, Codes, Hook, Reply, of_code, with_fields
from monitor.alerts.outcome import Outcome

#: (messages, seconds), with a little room for what the network delays.
RATES: Final = ((5, 1.2), (100, 62.0))
_MALFORMED = 9499
_TOO_MANY = "too many"
_WAIT_S = 60.0

CODES: Final = Codes(
    later={11232: _WAIT_S},
    channel={
        19001: "the address is no bot's: it may have been removed from the group",
        19007: "the bot is switched off",
        19021: "the signing secret does not fit, or the clock of this machine is wrong",
        19022: "the bot's list of addresses does not have this machine's",
        19024: "the bot wants a keyword: make it “News monitor”, or let it ask for a signature",
    },
    message=frozenset({_MALFORMED}),
)


def feishu_channel(hook: Hook) -> ChatChannel:
    """Return the channel of one bot of one group."""
    return ChatChannel(hook, service="Feishu", rates=RATES, read=_outcome, prepare=_signed)


def _signed(hook: Hook, body: str, at: datetime) -> tuple[str, str]:
    """Sign the body as the bot's guide says: HMAC-SHA256 of nothing, with time and secret as the key."""
    secret = hook.secret
    if not secret:
        return hook.url, body
    timestamp = str(int(at.timestamp()))
    digest = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return hook.url, with_fields(body, {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()})


def _outcome(reply: Reply) -> Outcome:
    code = reply.fields.get("code", reply.fields.get("StatusCode"))
    said = str(reply.fields.get("msg", reply.fields.get("StatusMessage", "")))
    if code == _MALFORMED and _TOO_MANY in said.lower():
        # The gateway's limit has the code of a malformed request.
        return of_code(reply, code, said, Codes(later={_MALFORMED: _WAIT_S}))
    return of_code(reply, code, said, CODES)
