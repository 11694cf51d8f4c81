"""`news-monitor check`: are these settings good? Reads them and starts nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, refusal, usable_or_exit
from monitor.settings.checks import warnings
from monitor.settings.load import refusal as refused
from monitor.settings.schema import Settings


def check(
    named: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The settings file, as --settings.")] = None,
    settings_file: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Check a settings file, the files it includes and the MONITOR__ variables, without starting anything.

    Runs the examples of the watchlists, and tries the templates, too. Prints every problem with its file and line, and
    ends with 2 where there is one.

    Example: news-monitor check /etc/news-monitor/settings.toml
    """
    from workers.searches import left_out
    from workers.senders import Senders
    from workers.templates import template_problems
    from workers.wiring import Place

    file = named or settings_file
    loaded = usable_or_exit(file)
    settings = loaded.settings
    if problems := template_problems(settings, file.absolute().parent):
        raise refusal(refused(file, problems, loaded.places))
    unusable = asyncio.run(Senders(Place(file, os.environ)).faults(settings))
    for warning in (*warnings(settings, environ=os.environ, base=file.parent), *unusable, *left_out(settings)):
        typer.echo(f"{file}: warning: {warning}", err=True)
    typer.echo(f"{file}: {_counted(settings)}: good")


def _counted(settings: Settings) -> str:
    counts = {"feed": settings.feeds, "channel": settings.channels, "watchlist": settings.watchlists}
    return ", ".join(f"{len(entries)} {noun}{'' if len(entries) == 1 else 's'}" for noun, entries in counts.items())
