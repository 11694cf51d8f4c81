"""Puts messages into a Maildir folder on this machine; a delivery that is there already is not written again.

The file's name is derived from the delivery's id, so a repeat after a crash is seen in `new/` or, once a reader has
moved and flagged it, in `cur/`. Each message is on the disk before it is called delivered.
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from pathlib import Path

from monitor.alerts.outcome import ChannelAtFault, Delivered, Outcome
from monitor.model import Delivery

#: The mailbox itself and its three folders.
_FOLDERS = ("", "tmp", "new", "cur")


class MailboxChannel:
    """A Maildir folder, made where it is missing, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
        """Write the message unless it is there; a full disk or a folder that refuses it is the channel's fault."""
        try:
            written = await asyncio.to_thread(_deliver, self._path, delivery)
        except OSError as error:
            return ChannelAtFault(f"cannot write to the mailbox: {error.strerror or error}")
        return Delivered("written" if written else "was there already")

    async def close(self) -> None:
        """Do nothing: no file stays open."""


def _deliver(mailbox: Path, delivery: Delivery) -> bool:
    """Write the message durably; False where it was there already."""
    for name in _FOLDERS:
        (mailbox / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    if _is_there(mailbox, delivery.id):
        return False
    draft = mailbox / "tmp" / f"{delivery.id}.{os.getpid()}"
    try:
        _write(draft, delivery.body)
        draft.replace(mailbox / "new" / delivery.id)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(mailbox / "new")
    return True


def _is_there(mailbox: Path, name: str) -> bool:
    # A reader moves new/NAME to cur/NAME:2,FLAGS.
    return (mailbox / "new" / name).exists() or any((mailbox / "cur").glob(f"{name}*"))


def _write(path: Path, body: str) -> None:
    # A Maildir holds messages with the line ends of its machine.
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(body.replace("\r\n", "\n"))
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
