"""Sends messages by SMTP, one per recipient, over one connection that is kept while there is something to send.

A connection whose conversation was cut short, cancelled or not understood is dropped, never used for another message.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

import aiosmtplib

from monitor.alerts.channels.smtp import Account, RefusedError, open_session, transmit
from monitor.alerts.outcome import Outcome, of_smtp
from monitor.alerts.sender import parse_address
from monitor.errors import DeliveryError
from monitor.model import Delivery

#: Seconds that a goodbye may take.
_QUIT_S = 2.0


class EmailChannel:
    """One account at one mail server; deliveries go one after the other."""

    def __init__(self, account: Account, *, channel_id: str, sender: str, idle_s: float = 30.0) -> None:
        """Raise DeliveryError where `sender` is no address; an unused connection is closed after `idle_s` seconds.

        `sender` is the envelope's: the server of a recipient tells it, and nobody else, what could not be delivered.
        """
        address = parse_address(sender)
        if address is None:
            raise DeliveryError(channel_id, f"the sender {sender!r} is no mail address")
        self._account = account
        self._sender = address[1]
        self._idle_s = idle_s
        self._smtp: aiosmtplib.SMTP | None = None
        self._turn = asyncio.Lock()
        self._idle: asyncio.Task[None] | None = None

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Hand the message to the mail server and read its answers."""
        async with self._turn:
            self._stop_idling()
            try:
                return await self._attempt(delivery)
            except RefusedError as refused:
                if refused.code is None:
                    self._drop()
                return of_smtp(refused.code, refused.text, refused.stage)
            except BaseException:
                self._drop()
                raise
            finally:
                if self._smtp:
                    self._idle = asyncio.create_task(self._quit_when_idle())

    async def close(self) -> None:
        """Say goodbye to the mail server."""
        async with self._turn:
            self._stop_idling()
            await self._quit()

    async def _attempt(self, delivery: Delivery) -> Outcome:
        message = delivery.body.encode("ascii")
        smtp = await self._session()
        code, text = await transmit(smtp, message, sender=self._sender, recipient=delivery.recipient)
        return of_smtp(code, text, "data")

    async def _session(self) -> aiosmtplib.SMTP:
        if self._smtp:
            try:
                # Shows that the server has not hung up, and makes it forget a message that it refused.
                await self._smtp.rset()
                return self._smtp
            except (aiosmtplib.SMTPException, OSError):
                self._drop()
        self._smtp = await open_session(self._account)
        return self._smtp

    async def _quit_when_idle(self) -> None:
        await asyncio.sleep(self._idle_s)
        async with self._turn:
            await self._quit()

    def _stop_idling(self) -> None:
        if self._idle:
            self._idle.cancel()
            self._idle = None

    async def _quit(self) -> None:
        try:
            if self._smtp:
                with suppress(aiosmtplib.SMTPException, OSError):
                    await self._smtp.quit(timeout=_QUIT_S)
        finally:
            self._drop()

    def _drop(self) -> None:
        if self._smtp:
            self._smtp.close()
            self._smtp = None
