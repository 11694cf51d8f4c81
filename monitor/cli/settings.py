"""`news-monitor settings`: which settings are in force, and putting this host's in force."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import structlog
import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, usable_or_exit
from monitor.cli.store import with_store

app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@app.command()
def publish(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Put this host's settings file in force, also in place of another host's.

    A running service publishes its own file's changes by itself; this is for taking over.

    Example: news-monitor settings publish
    """
    usable_or_exit(settings)
    if not with_store(settings, lambda store: _publish(store, settings)):
        typer.echo(f"settings: {settings}: not put in force; `news-monitor status` shows why", err=True)
        raise typer.Exit(1)
    typer.echo(f"{settings}: in force")


async def _publish(store: Any, path: Path) -> bool:
    from monitor.settings.load import Loader
    from workers.keeper import Keeper
    from workers.life import Life
    from workers.watchlist_check import WatchlistCheck

    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # what the keeper logs, the command says
    loader = Loader(path, environ=os.environ)
    keeper = Keeper(store, loader=loader, problems=WatchlistCheck().problems, life=Life("settings"))
    return await keeper.publish(take_over=True)
