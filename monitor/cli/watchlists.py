"""`news-monitor watchlists`: list them, show what one means, hint at mistakes, and try them before they alert."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from monitor.cli import precision
from monitor.cli.chosen import chosen_or_exit
from monitor.cli.console import console
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, load_or_exit
from monitor.cli.rehearse import look_back, many, run_examples
from monitor.cli.store import Unreachable, if_store
from monitor.model import Feedback, Watchlist
from monitor.queue.feedback import FeedbackBook
from monitor.settings.channels import Channel
from monitor.settings.schema import Settings, WatchlistSettings
from monitor.stories.policy_words import in_words
from monitor.text.frequency import knows_english, zipf
from monitor.watchlists.definition import query_of
from monitor.watchlists.lint import lint as hints
from monitor.watchlists.query import Entity, walk, written
from workers.policies import high_of, policy_of
from workers.searches import search_feeds_of
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

    And how well it does: what readers said of its alerts, by version, as far as the service's Redis can be asked.

    Example: news-monitor watchlists show alexandr-wang
    """
    chosen = chosen_or_exit(settings, watchlist)
    entry, meant = chosen.entries[0][1], chosen.watchlists[watchlist]
    said = if_store(settings, lambda store: FeedbackBook(store).of(watchlist))
    if isinstance(said, Unreachable):
        typer.echo(f"feedback: not known here: {said.reason}", err=True)
    known = None if isinstance(said, Unreachable) else said
    more = _beside(chosen.loaded.settings, entry)
    if as_json:
        typer.echo(json.dumps(_shown(entry, meant, known) | more, ensure_ascii=False, indent=2))
        return
    for line in [*_told(entry, meant, more), *([] if known is None else precision.told(known, version=meant.version))]:
        typer.echo(line)


def _shown(entry: WatchlistSettings, watchlist: Watchlist, said: Sequence[Feedback] | None) -> dict[str, Any]:
    """Give all that the settings say of a watchlist, what it means, and how well it does."""
    return {
        "id": watchlist.id,
        "name": watchlist.name,
        "enabled": entry.enabled,
        "version": watchlist.version,
        "channels": list(watchlist.channels),
        "query": watchlist.query or written(query_of(watchlist)),
        "settings": entry.model_dump(mode="json", exclude_defaults=True),
        "feedback": None if said is None else precision.record(said, version=watchlist.version),
    }


def _beside(settings: Settings, entry: WatchlistSettings) -> dict[str, Any]:
    """Say what is decided with other tables too: when alerts are sent, which are of high severity, what is searched."""
    channels = {each.id: each for each in settings.channels}
    high = high_of(settings.alerts, entry, settings.entities)
    return {
        "sent": {name: _sent(settings, entry, channels[name]) for name in entry.channels},
        "high": high.query if high else None,
        "searches": [each.shown for each in search_feeds_of(settings.model_copy(update={"watchlists": (entry,)}))],
    }


def _sent(settings: Settings, entry: WatchlistSettings, channel: Channel) -> str:
    """Say when the alerts of a watchlist are sent on a channel."""
    when = in_words(policy_of(settings.alerts, entry, channel))
    return when if channel.enabled else f"{when}; the channel is switched off"


def _told(entry: WatchlistSettings, watchlist: Watchlist, beside: Mapping[str, Any]) -> list[str]:
    query = query_of(watchlist)
    entities = {node.name: node for node in walk(query) if isinstance(node, Entity)}
    return [
        f"id: {watchlist.id}",
        f"name: {watchlist.name}",
        *([] if entry.enabled else ["switched off"]),
        f"version: {watchlist.version}",
        f"channels: {', '.join(watchlist.channels) or 'none'}",
        *(f"sent on {channel}: {when}" for channel, when in beside["sent"].items()),
        *([f"high severity: titles that match {beside['high']}"] if beside["high"] else []),
        f"query: {watchlist.query or written(query)}",
        *(f"@{name}: {' OR '.join(map(written, each.aliases))}" for name, each in entities.items()),
        *([f"search: {', '.join(entry.search)}"] if entry.search else []),
        *(f"searched: {address}" for address in beside["searches"]),
        *(f"should match: {title}" for title in entry.examples.match),
        *(f"should not match: {title}" for title in entry.examples.no_match),
    ]


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
