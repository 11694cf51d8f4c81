"""What several commands share: the option that names the settings file, and loading it or ending with the reasons."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import SettingsError
from monitor.settings.load import Loaded, load
from monitor.settings.load import refusal as refused

#: Exit code of a command that refuses what it was given.
REFUSED = 2

SettingsFile = Annotated[
    Path,
    typer.Option("--settings", "-s", envvar="MONITOR_SETTINGS", metavar="FILE", help="The settings file."),
]
DEFAULT_SETTINGS = Path("settings.toml")


def load_or_exit(path: Path) -> Loaded:
    """Return the settings; where they are not valid, print every problem to stderr and end the command."""
    try:
        return load(path, environ=os.environ)
    except SettingsError as error:
        raise refusal(error) from error


def usable_or_exit(path: Path) -> Loaded:
    """Return the settings as `load_or_exit` does; end the command, too, where a watchlist or its examples fail."""
    from workers.watchlist_check import WatchlistCheck

    loaded = load_or_exit(path)
    if problems := WatchlistCheck().problems(loaded.settings):
        raise refusal(refused(path, problems, loaded.places))
    return loaded


def refusal(error: SettingsError) -> typer.Exit:
    """Print every problem to stderr and return the exit to raise."""
    for problem in error.problems:
        typer.echo(problem, err=True)
    return typer.Exit(REFUSED)


def ended(reason: str) -> typer.Exit:
    """Print to stderr why a command refuses what it was given, and return the exit to raise."""
    typer.echo(reason, err=True)
    return typer.Exit(REFUSED)
