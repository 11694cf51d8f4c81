"""Posts markdown to a group robot of WeCom.

https://developer.work.weixin.qq.com/document/path/91770: 20 messages a minute, 4096 bytes of markdown each.
"""

from __future__ import annotations

from typing import Final

from monitor.alerts.channels.posting import ChatChannel, Codes, Hook, Reply, of_code
from monitor.alerts.outcome import MessageAtFault, Outcome

#: (messages, seconds), with a little room for what the network delays.
RATES: Final = ((20, 62.0),)
_TOO_LONG = "exceed max length"

CODES: Final = Codes(
    later={-1: 10.0, 45009: 60.0, 45033: 10.0},
    channel={
        93000: "the address is no robot's, or the robot was removed from the group",
        93004: "the robot is switched off",
        93008: "the robot is not in the group",
    },
    # Message types and parameters that are not valid, empty or too long contents, no JSON.
    message=frozenset({40008, 40058, 44004, 45002, 47001}),
)


def wecom_channel(hook: Hook) -> ChatChannel:
    """Return the channel of one robot of one group."""
    return ChatChannel(hook, service="WeCom", rates=RATES, read=_outcome)


def _outcome(reply: Reply) -> Outcome:
    said = str(reply.fields.get("errmsg", ""))
    outcome = of_code(reply, reply.fields.get("errcode"), said, CODES)
    # 93000, the code of a wrong address, was seen for a message that is too long as well.
    return MessageAtFault(outcome.answer) if _TOO_LONG in said else outcome
