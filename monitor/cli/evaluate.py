"""`news-monitor eval`: labelled items to precision, recall and F1 of each watchlist, and why the wrong are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from monitor.cli.chosen import Chosen, OneWatchlist, chosen_or_exit, unknown_watchlist
from monitor.cli.console import console
from monitor.cli.items import Items, Told
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended
from monitor.cli.tally import Tally, table_of_figures
from monitor.watchlists.explain import explain
from monitor.watchlists.match import find_matches


@dataclass(slots=True)
class Score:
    """All tallies, and the items that came out wrong."""

    watchlists: dict[str, Tally] = field(default_factory=dict)
    wrong: list[dict[str, Any]] = field(default_factory=list)

    @property
    def overall(self) -> Tally:
        """All watchlists together, each label counted once."""
        tallies = self.watchlists.values()
        return Tally(*(sum(getattr(each, name) for each in tallies) for name in ("tp", "fp", "fn", "tn")))


def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled items as JSON lines, also .gz; - reads standard input.")],
    watchlist: OneWatchlist = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Measure watchlists on labelled items: precision, recall, F1, and each wrong item with its explanation.

    A line is an item as `match` reads it, with labels such as {"qwen": true, "avocado": false, "tbd-lab": null}; null
    is not scored. Precision is 1 where nothing matched, recall is 1 where nothing should.

    Example: news-monitor eval labelled.jsonl --json
    """
    chosen = chosen_or_exit(settings, watchlist)
    lines, score = Items(file, labelled=True), Score()
    for told in lines:
        if watchlist is None:
            _check_labels(told, chosen, name=lines.name)
        _score(told, chosen, score)
    if not score.watchlists:
        raise ended(f"{lines.name}: no item has a label for {watchlist or 'any watchlist'}")
    if as_json:
        typer.echo(msgspec.json.encode(_record(score)).decode())
    else:
        _print(score)
    lines.end()


def _check_labels(told: Told, chosen: Chosen, *, name: str) -> None:
    known = {each.id for each in chosen.loaded.settings.watchlists}
    for label in sorted(told.labels.keys() - chosen.watchlists.keys()):
        said = f'the watchlist "{label}" is switched off' if label in known else unknown_watchlist(label, known)
        raise ended(f"{name}:{told.line}: labels: {said} (--watchlist ID scores one and passes over the others)")


def _score(told: Told, chosen: Chosen, score: Score) -> None:
    labels = {each: label for each, label in told.labels.items() if label is not None and each in chosen.watchlists}
    matched = {each.watchlist for each in find_matches(told.item, chosen.compiled)}
    for watchlist_id, label in labels.items():
        verdict = watchlist_id in matched
        score.watchlists.setdefault(watchlist_id, Tally()).count(label=label, verdict=verdict)
        if verdict != label:
            lines = explain(told.item, chosen.watchlists[watchlist_id]).lines
            score.wrong.append(
                {
                    "id": told.item.key,
                    "watchlist": watchlist_id,
                    "expected": label,
                    "title": told.item.title,
                    "explanation": lines,
                }
            )


def _record(score: Score) -> Mapping[str, Any]:
    return {
        "watchlists": {watchlist_id: tally.record() for watchlist_id, tally in score.watchlists.items()},
        "overall": score.overall.record(),
        "wrong": score.wrong,
    }


def _print(score: Score) -> None:
    out = console(highlight=False)
    out.print(_table([*score.watchlists.items(), ("overall", score.overall)]))
    for wrong in score.wrong:
        should = "should match and does not" if wrong["expected"] else "matches and should not"
        out.print(Text(f"\n{wrong['id']}  {wrong['watchlist']} {should}: {wrong['title']}"), soft_wrap=True)
        for line in wrong["explanation"]:
            out.print(Text(f"  {line}"), soft_wrap=True)


def _table(rows: Iterable[tuple[str, Tally]]) -> Table:
    table = table_of_figures("watchlist", "tp", "fp", "fn", "tn", "precision", "recall", "F1")
    for name, tally in rows:
        counts = (str(count) for count in (tally.tp, tally.fp, tally.fn, tally.tn))
        shares = (f"{share:.3f}" for share in (tally.precision, tally.recall, tally.f1))
        table.add_row(name, *counts, *shares)
    return table
