"""Sends messages by SMTP, one per recipient, over a few connections that are kept while there is something to send."""

from __future__ import annotations

import asyncio
from datetime import datetime

from monitor.alerts.channels.smtp import Account, RefusedError
from monitor.alerts.channels.smtp_line import Line
from monitor.alerts.outcome import Outcome, of_smtp
from monitor.alerts.sender import parse_address
from monitor.errors import DeliveryError
from monitor.model import Delivery


class EmailChannel:
    """One account at one mail server; no more connections are open there than the settings allow."""

    def __init__(
        self, account: Account, *, channel_id: str, sender: str, connections: int = 1, idle_s: float = 30.0
    ) -> None:
        """Raise DeliveryError where `sender` is no address; an unused connection is closed after `idle_s` seconds.

        `sender` is the envelope's: the server of a recipient tells it, and nobody else, what could not be delivered.
        """
        address = parse_address(sender)
        if address is None:
            raise DeliveryError(channel_id, f"the sender {sender!r} is no mail address")
        self._sender = address[1]
        self._lines = [Line(account, idle_s=idle_s) for _ in range(connections)]
        #: The one used last at the end: few messages keep one connection, and the others close.
        self._free = list(self._lines)
        self._slots = asyncio.Semaphore(connections)

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Hand the message to the mail server and read its answers."""
        async with self._slots:
            line = self._free.pop()
            try:
                message = delivery.body.encode("ascii")
                code, text = await line.send(message, sender=self._sender, recipient=delivery.recipient)
            except RefusedError as refused:
                return of_smtp(refused.code, refused.text, refused.stage)
            finally:
                self._free.append(line)
        return of_smtp(code, text, "data")

    async def close(self) -> None:
        """Say goodbye to the mail server."""
        await asyncio.gather(*(line.close() for line in self._lines))
