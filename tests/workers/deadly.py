"""Starts a role as `python -m workers` does, but dies at once, as of a fault in a library, at what is titled Poison."""

from __future__ import annotations

import os
import sys
from datetime import datetime

import workers.lane
import workers.loop
import workers.matcher
from monitor.alerts.channels.mailbox import MailboxChannel
from monitor.alerts.outcome import Outcome
from monitor.model import Delivery, Item, Match
from monitor.watchlists.compile import Compiled
from workers.__main__ import main

find_matches, send = workers.matcher.find_matches, MailboxChannel.send


def deadly_find(item: Item, compiled: Compiled) -> list[Match]:
    """Die of an item, or match it."""
    if item.title == "Poison for matchers":
        os._exit(9)
    return find_matches(item, compiled)


async def deadly_send(self: MailboxChannel, delivery: Delivery, *, attempted_at: datetime) -> Outcome:
    """Die of a delivery, or make it."""
    if "Subject: Poison for notifiers" in delivery.body:
        os._exit(9)
    return await send(self, delivery, attempted_at=attempted_at)


if __name__ == "__main__":
    # Each death costs the start of a process: suspect what was taken twice.
    workers.loop.TRIES_TOGETHER = workers.lane.TRIES_TOGETHER = 1
    workers.matcher.find_matches = deadly_find  # type: ignore[attr-defined]  # where `matcher` looks it up
    MailboxChannel.send = deadly_send  # type: ignore[method-assign]  # it kills where told to
    sys.exit(main())
