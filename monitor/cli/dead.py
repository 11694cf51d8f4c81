"""`news-monitor dead`: what was given up, why, and another try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from monitor.cli.console import console
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile
from monitor.cli.store import with_store
from monitor.queue.letters import DeadLetters

app = typer.Typer(help="Dead letters: what was given up, and another try.", no_args_is_help=True)

LetterId = Annotated[str, typer.Argument(help="Its id, as `dead list` shows it.")]


@app.command("list")
def list_(
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """List dead letters, the newest first.

    Example: news-monitor dead list
    """
    letters = with_store(settings, lambda store: DeadLetters(store).list())
    if as_json:
        for letter in letters:
            typer.echo(msgspec.json.encode(letter).decode())
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("id", "kind", "at (UTC)", "channel"):
        table.add_column(column, no_wrap=True)  # an id in two parts cannot be copied
    table.add_column("reason", overflow="fold")
    for letter in letters:
        table.add_row(letter.id, letter.kind, letter.at[:16], letter.channel, Text(letter.reason))
    console().print(table if letters else "no dead letters")


@app.command()
def show(letter: LetterId, settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Show one dead letter with all that is known of it.

    Example: news-monitor dead show a03-1764000000000-0
    """
    found = with_store(settings, lambda store: DeadLetters(store).show(letter))
    if found is None:
        raise _missing(letter)
    told, fields = found
    known = {"id": told.id, "kind": told.kind, "at": told.at, "reason": told.reason, **_unpacked(fields)}
    for name, value in known.items():
        typer.echo(f"{name}: {value}")


@app.command()
def replay(
    letters: Annotated[list[str] | None, typer.Argument(help="Their ids, as `dead list` shows them.")] = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    everything: Annotated[bool, typer.Option("--all", help="Replay every dead letter.")] = False,
) -> None:
    """Put dead letters back to work: an item is matched again, a delivery starts a fresh ladder.

    Example: news-monitor dead replay --all
    """

    async def replay_each(store: Any) -> list[tuple[str, bool]]:
        dead = DeadLetters(store)
        ids = [letter.id for letter in await dead.list()] if everything else letters or []
        return [(each, await dead.replay(each)) for each in ids]

    if not letters and not everything:
        raise typer.BadParameter("name the dead letters to replay, or give --all")
    replayed = with_store(settings, replay_each)
    for each, done in replayed:
        typer.echo(f"{each}: {'back to work' if done else 'no such dead letter'}", err=not done)
    if not all(done for _, done in replayed):
        raise typer.Exit(1)


def _unpacked(fields: Mapping[str, str]) -> dict[str, str]:
    """Show what a buried item's stream entry held, names and values in turn, as fields of its own."""
    entry = msgspec.json.decode(fields.get("payload", "[]"), type=list[str])
    rest = {name: value for name, value in fields.items() if name != "payload"}
    return rest | dict(zip(entry[::2], entry[1::2], strict=True))


def _missing(letter: str) -> typer.Exit:
    typer.echo(f"dead letter: {letter}: there is none of that id; `news-monitor dead list` shows them", err=True)
    return typer.Exit(1)
