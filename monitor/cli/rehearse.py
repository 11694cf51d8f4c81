"""What watchlists would do, before they alert: to their examples, and to the items that Redis still has."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from pydantic import TypeAdapter, ValidationError

from monitor.cli.chosen import Chosen
from monitor.cli.match import record, shown
from monitor.cli.options import ended
from monitor.cli.store import with_store
from monitor.model import Item, Match
from monitor.queue.lookback import items_since
from monitor.queue.store import Store
from monitor.settings.problems import Problem
from monitor.settings.values import Span
from monitor.watchlists.match import find_matches
from workers.watchlist_check import example_problems

Found = tuple[Item, Match]


def many(count: int, noun: str) -> str:
    """Write a number of things."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# Examples.


def run_examples(chosen: Chosen, *, as_json: bool) -> None:
    """Print the examples that come out otherwise, and end the command with 1 where there is one."""
    entries, entities = chosen.entries, chosen.loaded.settings.entities
    broken = [problem for number, each in entries for problem in example_problems(number, each, entities)]
    count = sum(len(each.examples.match) + len(each.examples.no_match) for _, each in entries)
    if as_json:
        names = {number: each.id for number, each in entries}
        faults = [_fault(problem, names) for problem in broken]
        _print({"watchlists": len(entries), "examples": count, "faults": faults})
    else:
        for line in chosen.loaded.places.shown(broken):
            typer.echo(line)
        typer.echo(f"{many(len(entries), 'watchlist')}, {many(count, 'example')}: {many(len(broken), 'fault')}")
    if broken:
        raise typer.Exit(1)


def _fault(problem: Problem, names: Mapping[int, str]) -> dict[str, Any]:
    _, watchlist, _, kind, number = problem.key
    title, reason = problem.value, problem.text
    return {"watchlist": names[int(watchlist)], "list": kind, "number": number, "title": title, "reason": reason}


# What would have matched.


def look_back(path: Path, chosen: Chosen, since: str, *, as_json: bool) -> None:
    """Print what would have matched in a span of time until now; end the command where that is no span."""
    seconds = _span_or_exit(since)
    seen, found = with_store(path, lambda store: _matches_since(store, chosen, seconds))
    if as_json:
        matches = [_match_record(*each) for watchlist in chosen.watchlists for each in found.get(watchlist, [])]
        _print({"since_s": seconds, "items": seen, "matches": matches})
        return
    zone = ZoneInfo(chosen.loaded.settings.alerts.time_zone)
    for watchlist_id in chosen.watchlists:
        matched = found.get(watchlist_id, [])
        if matched or len(chosen.watchlists) == 1:
            typer.echo(f"{watchlist_id}: {len(matched)} of {many(seen, 'item')} of the last {since}")
        _print_matches(matched, zone)
    if not found and len(chosen.watchlists) != 1:
        typer.echo(f"no matches in {many(seen, 'item')} of the last {since}")


def _print_matches(matched: Sequence[Found], zone: ZoneInfo) -> None:
    for item, match in matched:
        typer.echo(f"  {_when(item.seen_at, zone)}  {' '.join(item.title.split())}  {item.url}".rstrip())
        typer.echo(f"    {'  '.join(shown(each, item) for each in match.evidence)}")


async def _matches_since(store: Store, chosen: Chosen, seconds: float) -> tuple[int, dict[str, list[Found]]]:
    """Count the items of the last seconds, and give those of each watchlist, oldest first."""
    seen, found = 0, defaultdict(list)
    async for item in items_since(store, seconds_ago=seconds):
        seen += 1
        for match in find_matches(item, chosen.compiled):
            found[match.watchlist].append((item, match))
    for matched in found.values():
        matched.sort(key=lambda each: each[0].seen_at)
    return seen, found


def _match_record(item: Item, match: Match) -> dict[str, Any]:
    told = {"title": item.title, "url": item.url, "seen_at": item.seen_at.isoformat()}
    return {**record(item, match), **told}


def _span_or_exit(text: str) -> float:
    try:
        return float(TypeAdapter(Span).validate_python(text))
    except ValidationError as error:
        raise ended(f"--since {text}: {error.errors()[0]['msg']}") from error


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _print(told: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
