"""`news-monitor watchlists`: list them, show what one means, hint at mistakes, and try them before they alert."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from monitor.cli.chosen import chosen_or_exit
from monitor.cli.console import console
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, load_or_exit
from monitor.cli.rehearse import look_back, many, run_examples
from monitor.model import Watchlist
from monitor.settings.schema import WatchlistSettings
from monitor.text.frequency import knows_english, zipf
from monitor.watchlists.lint import lint as hints
from workers.wiring import watchlist_of

app = typer.Typer(help="List, show, hint at and try watchlists.", no_args_is_help=True)

WatchlistId = Annotated[str, typer.Argument(metavar="ID", help="The watchlist's id.")]
OneOrAll = Annotated[str | None, typer.Argument(metavar="[ID]", help="One watchlist; otherwise all that are on.")]


@app.command("list")
def list_watchlists(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for programs.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """List the watchlists.

    Example: news-monitor watchlists list
    """
    loaded = load_or_exit(settings).settings
    rows = [_row(each, watchlist_of(each, loaded.entities)) for each in loaded.watchlists]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        console(highlight=False).print(_table(rows))


def _row(entry: WatchlistSettings, watchlist: Watchlist) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "version": watchlist.version,
        "enabled": entry.enabled,
        "channels": list(entry.channels),
        "examples": len(entry.examples.match) + len(entry.examples.no_match),
    }


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table("id", "name", "version", "on", box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("channels", overflow="fold")
    table.add_column("examples", justify="right")
    for row in rows:
        on = "yes" if row["enabled"] else "no"
        channels = ", ".join(row["channels"])
        table.add_row(row["id"], row["name"] or "", row["version"], on, channels, str(row["examples"]))
    return table


@app.command()
def show(
    watchlist: WatchlistId,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Show what a watchlist means: its query (three lists as the query that they are), entities and examples.

    And how well it does: what readers said of its alerts, by version, and what is muted, paused or unsubscribed, as
    far as the service's Redis can be asked.

    Example: news-monitor watchlists show alexandr-wang
    """
    from monitor.cli.show_watchlist import show_watchlist

    show_watchlist(watchlist, settings, as_json=as_json)


@app.command()
def lint(watchlist: OneOrAll = None, settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Hint at what a watchlist's author hardly means; ends with 1 where there is a hint.

    Terms that can never match, or that add nothing; common words that suffice alone; a NOT that kills an example.

    Example: news-monitor watchlists lint
    """
    chosen = chosen_or_exit(settings, watchlist)
    if not knows_english():
        typer.echo("common English words are not known here: pip install 'news-monitor[lint]'", err=True)
    found = [
        f"{each.id}: {hint.text}"
        for _, each in chosen.entries
        for hint in hints(chosen.watchlists[each.id], examples=each.examples.match, frequency=zipf)
    ]
    for line in found:
        typer.echo(line)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{many(len(chosen.entries), 'watchlist')}: no hints")


@app.command("test")
def try_out(
    watchlist: OneOrAll = None,
    since: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Try the items of the last 24h, 7d, ... that Redis still has.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Run the examples; or show with --since what would have matched, without alerting anybody.

    Ends with 1 where an example does not hold. --since needs the running service's Redis; how long items are kept there
    says redis.keep_items.

    Example: news-monitor watchlists test --since 24h qwen-distillation
    """
    chosen = chosen_or_exit(settings, watchlist)
    if since is None:
        run_examples(chosen, as_json=as_json)
    else:
        look_back(settings, chosen, since, as_json=as_json)


@app.command()
def suggest(
    watchlist: WatchlistId,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Add the judged titles to the watchlist's examples in the settings file.")
    ] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Propose edits from what readers said: NOT clauses of words against it, AND clauses of words for it.

    Each is tried with the matcher on the items that were judged, and says what it would have dropped and kept. The
    query stays as it is; with --write, titles that it decides rightly become examples, which later edits must pass.

    Example: news-monitor watchlists suggest avocado
    """
    from monitor.cli.suggest import propose

    propose(watchlist, settings, as_json=as_json, write=write)
