"""`news-monitor demo`: the whole service at work on sample feeds, for about a minute."""

from __future__ import annotations

import asyncio
import sys
from importlib.util import find_spec
from typing import Annotated

import typer
from rich.console import Console

from monitor.errors import StoreError


def demo(
    seconds: Annotated[float, typer.Option(min=5, max=3600, help="How long it publishes and waits.")] = 60,
    plain: Annotated[bool, typer.Option("--plain", help="Print lines in place of the live view.")] = False,
) -> None:
    """See the whole service at work, for about a minute, on feeds and receivers of its own.

    Shows each item as it is published and each alert as it arrives, checks them all, and leaves nothing behind.

    Ctrl-C ends it at once. Exit code 1: an alert was missing, or there was one too many.

    Example: news-monitor demo --seconds 30
    """
    _require_parts()
    from monitor.demo.run import run_demo

    raise typer.Exit(asyncio.run(run_demo(Console(), seconds=seconds, plain=plain)))


def _require_parts() -> None:
    """Say what to install where a part is missing, before anything is started."""
    from monitor.queue.server import find_binary

    if find_spec("aiosmtpd") is None:
        _give_up("the demonstration needs aiosmtpd: pip install 'news-monitor[demo]'")
    try:
        find_binary()
    except StoreError as error:
        _give_up(str(error))


def _give_up(reason: str) -> None:
    print(f"news-monitor demo: {reason}", file=sys.stderr)  # noqa: T201 -- the command's answer
    raise typer.Exit(2)
