"""`news-monitor overrides`: what the running service, or a reader, decided against the settings, and its undoing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile
from monitor.cli.store import with_store
from monitor.queue.registry import Registry
from monitor.queue.reversal import undo as undo_override

app = typer.Typer(
    help="What was decided against the settings, e.g. a feed that has moved, or a mute.", no_args_is_help=True
)


@app.command("list")
def list_(
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List the overrides in force.

    Example: news-monitor overrides list
    """
    overrides = with_store(settings, lambda store: Registry(store).overrides(now=datetime.now(UTC)))
    for each in overrides:
        end = f", until {each.until[:16]} UTC" if each.until else ""
        line = f"{each.id}  since {each.decided_at[:16]} UTC{end}: {each.reason}"
        typer.echo(msgspec.json.encode(each).decode() if as_json else line)
    if not overrides and not as_json:
        typer.echo("no overrides")


@app.command()
def undo(
    override: Annotated[str, typer.Argument(help="Its id, as `overrides list` shows it.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Undo an override: what it held back goes on.

    Example: news-monitor overrides undo channel-disabled:ops-hook
    """
    if not with_store(settings, lambda store: undo_override(store, override)):
        typer.echo(
            f"override: {override}: there is none of that id; `news-monitor overrides list` shows them", err=True
        )
        raise typer.Exit(1)
    typer.echo(f"{override}: undone")
