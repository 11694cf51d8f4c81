"""Posts markdown to a custom robot of DingTalk, signed where the robot asks for it.

https://open.dingtalk.com/document/robots/custom-robot-access: 20 messages a minute, else none for 10 minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from monitor.alerts.channels.posting import ChatChannel, Codes, Hook, Reply, of_code
from monitor.alerts.outcome import Outcome

#: (messages, seconds), with a little room for what the network delays.
RATES: Final = ((20, 62.0),)
_PENALTY_S = 600.0
_UNCHECKED = (
    "the robot's security settings: the signing secret, this machine's clock or address, or a keyword, which "
    "“News monitor” would be"
)

CODES: Final = Codes(
    later={-1: 10.0, 130101: _PENALTY_S, 410100: _PENALTY_S},
    channel={
        # Of a month, in the free edition: alerts wait for the next one, where the ladder would have given them up.
        90030: "the calls that the organisation may make are used up",
        300001: "the address is no robot's",
        300005: "the address is no robot's",
        310000: _UNCHECKED,
        400101: "the address is no robot's",
        400102: "the robot is switched off",
        400106: "the robot was removed from the group",
    },
    gone={400013: "the group was dissolved"},
    # Missing or unknown parameters and types; links, words, pictures and contents that DingTalk forbids; too long.
    message=frozenset({40035, 43004, 400105, 101002, 430101, 430102, 430103, 430104, 460101}),
)


def dingtalk_channel(hook: Hook) -> ChatChannel:
    """Return the channel of one robot of one group."""
    return ChatChannel(hook, service="DingTalk", rates=RATES, read=_outcome, prepare=_signed)


def _signed(hook: Hook, body: str, at: datetime) -> tuple[str, str]:
    """Sign the address as the robot's guide says: HMAC-SHA256 of time and secret, with the secret as the key."""
    url, secret = hook.url, hook.secret
    if not secret:
        return url, body
    timestamp = str(int(at.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    fields = urlencode({"timestamp": timestamp, "sign": base64.b64encode(digest).decode()})
    return f"{url}{'&' if '?' in url else '?'}{fields}", body


def _outcome(reply: Reply) -> Outcome:
    return of_code(reply, reply.fields.get("errcode"), str(reply.fields.get("errmsg", "")), CODES)
