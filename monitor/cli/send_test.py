"""`news-monitor send-test`: does a channel work?"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, load_or_exit
from monitor.errors import DeliveryError


def send_test(
    channel: Annotated[str, typer.Argument(help="Id of the channel.")], settings: SettingsFile = DEFAULT_SETTINGS
) -> None:
    """Send a test alert through a channel, now, and show what it was answered. The service need not run.

    Exit code 1: it was not delivered to every recipient.

    Example: news-monitor send-test mailbox
    """
    from monitor.alerts.outcome import Delivered
    from workers.trial import send_trial
    from workers.wiring import Place

    loaded = load_or_exit(settings).settings
    try:
        sent = asyncio.run(send_trial(loaded, Place(settings, os.environ), channel, now=datetime.now(UTC)))
    except DeliveryError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for delivery, outcome in sent:
        arrived = isinstance(outcome, Delivered)
        typer.echo(
            f"{delivery.recipient}: {'delivered' if arrived else 'not delivered'}: {outcome.answer}", err=not arrived
        )
    if not all(isinstance(outcome, Delivered) for _, outcome in sent):
        raise typer.Exit(1)
