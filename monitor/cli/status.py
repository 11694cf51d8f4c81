"""`news-monitor status`: how the service is doing, for people or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli.console import console, new_table, print_rows
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile
from monitor.cli.store import with_store
from monitor.cli.waiting import show_waiting

_STYLES = {
    "good": "green",
    "failing": "red",
    "waiting": "yellow",
    "disabled": "red",
    "paused": "yellow",
    "not in settings": "yellow",
    "silent": "yellow",
}
#: Feeds shown where not all are asked for: those with trouble first.
_FEEDS_SHOWN = 20
#: Feeds named of a host that has asked to wait.
_WAITING_SHOWN = 10


def status(
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    all_feeds: Annotated[bool, typer.Option("--all-feeds", help="List every feed, not only 20.")] = False,
) -> None:
    """Show queues, feeds, channels, workers, and the settings that each of them runs.

    Example: news-monitor status --json | jq .channels
    """
    from workers.report import report, settings_in_force

    async def gather(store: Any) -> tuple[dict[str, Any], str]:
        in_force = await settings_in_force(store)
        return asdict(await report(store)), in_force.alerts.time_zone if in_force else "UTC"

    told, zone = with_store(settings, gather)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
        return
    _show(console(), told, ZoneInfo(zone), len(told["feed_rows"]) if all_feeds else _FEEDS_SHOWN)


def _show(out: Console, told: dict[str, Any], zone: ZoneInfo, feeds_shown: int) -> None:
    def time(text: str) -> str:
        return datetime.fromisoformat(text).astimezone(zone).strftime("%m-%d %H:%M:%S") if text else "–"

    _show_settings(out, told, time)
    out.print(_workers(told["workers"], told["settings"]["version"], time))
    out.print(_queues(told))
    if told["channels"]:
        _show_channels(out, told["channels"], time)
    _show_feeds(out, told, time, feeds_shown)
    _show_held_hosts(out, told["held_hosts"], time)
    show_waiting(out, told, time)
    for each in told["overrides"]:
        out.print("[yellow]override[/] ", end="")
        # As it is: what stands between colons is no emoji here, and a receiver's words are no markup.
        out.print(Text(f"{each['id']}: {each['reason']} (news-monitor overrides undo {each['id']})"))


def _show_settings(out: Console, told: dict[str, Any], time: Callable[[str], str]) -> None:
    settings = told["settings"]
    if not settings["version"]:
        out.print("[yellow]no settings are in force yet[/]")
    else:
        origin, published = settings["origin"], time(settings["published_at"])
        out.print(f"settings version {settings['version']} of {origin}, since {published}", highlight=False)
    for each in settings["refused"]:
        out.print(f"[red]refused[/] {each['origin']} ({time(each['refused_at'])}): ", end="")
        out.print(Text(each["reason"]))


def _workers(rows: list[dict[str, Any]], version: int, time: Callable[[str], str]) -> Table:
    table = new_table("worker", "host", "pid", "settings", "doing")
    for row in rows:
        runs = f"version {row['settings_version']}" if row["settings_version"] else "–"
        outdated = row["settings_version"] not in (0, version)
        doing = f"silent since {time(row['beat_at'])}" if row["silent"] else row["settings_error"] or row["doing"]
        table.add_row(
            row["role"],
            row["host"],
            str(row["pid"]),
            Text(runs, style="yellow" if outdated else ""),
            Text(doing, style="red" if row["silent"] or row["settings_error"] else ""),
        )
    return table


def _queues(told: dict[str, Any]) -> Table:
    table = new_table("queue", "waiting", "in work", "")
    for row in told["queues"]:
        limit = f"of {row['limit']} at most" if "limit" in row else ""
        table.add_row(f"{row['stream']} → {row['group']}", str(row["waiting"]), str(row["pending"]), limit)
    letters = told["dead_letters"]
    table.add_row("dead letters", Text(str(letters), style="red" if letters else ""), "", _hint(letters))
    judged = told["feedback"]["alerts"]
    table.add_row("alerts judged", str(sum(judged.values())), "", f"of {told['feedback']['limit']} a watchlist at most")
    used, limit = told["memory"]["used_bytes"], told["memory"]["limit_bytes"]
    of = f"of {limit / 2**20:.0f} MB" if limit else "no limit set"
    table.add_row("memory", f"{used / 2**20:.1f} MB", "", of)
    return table


def _hint(letters: int) -> str:
    return "news-monitor dead list" if letters else ""


def _show_channels(out: Console, rows: list[dict[str, Any]], time: Callable[[str], str]) -> None:
    columns = ("channel", "state", "open", "delivered", "retried", "dead", "last answer")
    print_rows(out, columns, [_channel(row, time) for row in rows])


def _channel(row: dict[str, Any], time: Callable[[str], str]) -> tuple[str | Text, ...]:
    probe = f" (next probe {time(row['next_probe_at'])})" if row["next_probe_at"] else ""
    counts = (str(row[name]) for name in ("open", "delivered", "retried", "dead"))
    return row["id"], _state(row["state"]), *counts, Text(row["answer"] + probe)


def _show_feeds(out: Console, told: dict[str, Any], time: Callable[[str], str], most: int) -> None:
    states = ", ".join(f"{count} {state}" for state, count in sorted(told["feeds"].items())) or "none"
    out.print(f"feeds: {states}", highlight=False)
    rows = sorted(told["feed_rows"], key=lambda row: (-row["failures"], row["state"] == "good", row["id"]))
    if rows:
        columns = ("feed", "state", "polled", "next poll", "seen after", "trouble")
        print_rows(out, columns, [_feed(row, time) for row in rows[:most]])
    if len(rows) > most:
        out.print(f"… and {len(rows) - most} more (--all-feeds)", highlight=False)


def _feed(row: dict[str, Any], time: Callable[[str], str]) -> tuple[str | Text, ...]:
    times = (time(row["polled_at"]), time(row["next_due_at"]))
    latency = "–" if row["latency_s"] is None else str(timedelta(seconds=round(row["latency_s"])))
    return row["id"], _state(row["state"]), *times, latency, Text(_trouble(row, time))


def _show_held_hosts(out: Console, rows: list[dict[str, Any]], time: Callable[[str], str]) -> None:
    """Print the hosts that answered 429 or 503 with a Retry-After."""
    if rows:
        print_rows(out, ("host asked to wait", "until", "feeds that wait"), [_held_host(row, time) for row in rows])


def _held_host(row: dict[str, Any], time: Callable[[str], str]) -> tuple[str | Text, ...]:
    more = len(row["feeds"]) - _WAITING_SHOWN
    rest = f" and {more} more (--json)" if more > 0 else ""
    return row["host"], time(row["until"]), Text(", ".join(row["feeds"][:_WAITING_SHOWN]) + rest)


def _trouble(row: dict[str, Any], time: Callable[[str], str]) -> str:
    failures = f" ({row['failures']} in a row)" if row["failures"] > 1 else ""
    missed = f"items may have been missed before {time(row['missed_at'])}" if row["missed_at"] else ""
    return "; ".join(filter(None, (row["last_error"] and row["last_error"] + failures, missed)))


def _state(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, ""))
