"""Posts cards to a custom bot of Feishu or Lark, signed where the bot asks for it.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: 100 messages a minute, 5 a second, 20 KB each.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

from monitor.alerts.channels.posting import Codes, Hook, Poster, Reply, of_code, with_fields
from monitor.alerts.outcome import Outcome
from monitor.alerts.pace import Pace
from monitor.model import Delivery

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


class FeishuChannel:
    """One bot of one group."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._poster = Poster(hook, service="Feishu", rates=RATES)

    @property
    def pace(self) -> Pace:
        """How fast the service lets us send."""
        return self._poster.pace

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Post the card once; time and signature belong to the attempt."""
        signed = _signature(self._hook.secret, attempted_at) if self._hook.secret else {}
        return await self._poster.post(
            self._hook.url, with_fields(delivery.body, signed), at=attempted_at, read=_outcome
        )

    async def close(self) -> None:
        """Do nothing: the connections are the client's."""


def _signature(secret: str, at: datetime) -> dict[str, str]:
    """Sign as the bot's guide says: HMAC-SHA256 of nothing, with time and secret as the key."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def _outcome(reply: Reply) -> Outcome:
    code = reply.fields.get("code", reply.fields.get("StatusCode"))
    said = str(reply.fields.get("msg", reply.fields.get("StatusMessage", "")))
    if code == _MALFORMED and _TOO_MANY in said.lower():
        # The gateway's limit has the code of a malformed request.
        return of_code(reply, code, said, Codes(later={_MALFORMED: _WAIT_S}))
    return of_code(reply, code, said, CODES)
