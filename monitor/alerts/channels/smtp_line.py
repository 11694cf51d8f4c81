"""One connection to a mail server, opened when there is something to send and kept while there is more.

One whose conversation was cut short, cancelled or not understood is dropped, never used for another message.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiosmtplib

from monitor.alerts.channels.smtp import Account, RefusedError, open_session, transmit

#: Seconds that a goodbye may take.
_QUIT_S = 2.0


class Line:
    """A connection that takes one message after the other."""

    def __init__(self, account: Account, *, idle_s: float) -> None:
        """Close an unused connection after `idle_s` seconds."""
        self._account = account
        self._idle_s = idle_s
        self._smtp: aiosmtplib.SMTP | None = None
        self._turn = asyncio.Lock()
        self._idle: asyncio.Task[None] | None = None

    async def send(self, message: bytes, *, sender: str, recipient: str) -> tuple[int, str]:
        """Send one message to one recipient and return the server's yes; raise RefusedError where there is none."""
        async with self._turn:
            self._stop_idling()
            try:
                smtp = await self._session()
                return await transmit(smtp, message, sender=sender, recipient=recipient)
            except RefusedError as refused:
                if refused.code is None:
                    self._drop()
                raise
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
