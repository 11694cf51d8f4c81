"""Posts markdown to a group robot of WeCom.

https://developer.work.weixin.qq.com/document/path/91770: 20 messages a minute, 4096 bytes of markdown each.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from monitor.alerts.channels.posting import Codes, Hook, Poster, Reply, of_code
from monitor.alerts.outcome import MessageAtFault, Outcome
from monitor.alerts.pace import Pace
from monitor.model import Delivery

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


class WeComChannel:
    """One robot of one group."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._poster = Poster(hook, service="WeCom", rates=RATES)

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
    said = str(reply.fields.get("errmsg", ""))
    outcome = of_code(reply, reply.fields.get("errcode"), said, CODES)
    # 93000, the code of a wrong address, was seen for a message that is too long as well.
    return MessageAtFault(outcome.answer) if _TOO_LONG in said else outcome
