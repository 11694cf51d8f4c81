"""`news-monitor stories eval`: labelled pairs to how well stories are gathered, and which pairs come out wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from monitor.cli.console import console
from monitor.cli.open_stories import list_stories
from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended, load_or_exit
from monitor.cli.pairs import Pair, read_pairs
from monitor.cli.tally import Tally, table_of_figures
from monitor.model import Watchlist
from monitor.settings.schema import Settings
from monitor.stories.compare import is_across
from monitor.stories.lexicon import name_finder
from monitor.stories.profile import Profile, subject_of
from monitor.stories.similar import Verdict, judge
from monitor.stories.traits import traits_of
from workers.wiring import watchlist_of

app = typer.Typer(help="Stories: the items of one watchlist that tell of one event.", no_args_is_help=True)


@app.callback()
def stories() -> None:
    """Stories: the items of one watchlist that tell of one event."""


@dataclass(slots=True)
class Kind:
    """How often the pairs of one kind come out right."""

    pairs: int = 0
    right: int = 0

    @property
    def share(self) -> float:
        """The share that comes out right."""
        return self.right / self.pairs


@dataclass(slots=True)
class Score:
    """All pairs, by language and by kind, and those that came out wrong."""

    overall: Tally = field(default_factory=Tally)
    languages: dict[str, Tally] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    wrong: list[dict[str, Any]] = field(default_factory=list)


class Judge:
    """Judges pairs as the service would: with the settings' entities, window and caution, for the pair's watchlist."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = name_finder(settings.entities)
        self._subject = cache(self._read_subject)

    def profiles(self, pair: Pair) -> tuple[Profile, Profile]:
        """Make both items ready for comparison."""
        subject = self._subject(pair.watchlist)
        a, b = (Profile(traits_of(item, self._names), subject) for item in (pair.a, pair.b))
        return a, b

    def judge(self, a: Profile, b: Profile) -> Verdict:
        """Say whether two items would be gathered; never where they lie further apart than the window."""
        stories = self._settings.stories
        if abs(a.traits.published - b.traits.published) > stories.window:
            return Verdict(False, 0.0, (f"more than {stories.window / 3600:g} hours apart",))
        return judge(a, b, caution=stories.caution)

    def _read_subject(self, watchlist_id: str) -> frozenset[str]:
        """Return a watchlist's subject; of one that the settings lack, what its id says."""
        known = (each for each in self._settings.watchlists if each.id == watchlist_id)
        entry = next(known, None)
        watchlist = watchlist_of(entry, self._settings.entities) if entry else Watchlist(id=watchlist_id, name="")
        return subject_of(watchlist, self._names)


app.command("list")(list_stories)


@app.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled pairs as JSON lines, also .gz; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Measure on labelled pairs whether items of one event are gathered, and others kept apart.

    A line has `a` and `b`, items as `match` reads them with `published_at`; `same`, true where both tell of one event;
    `kind`, by which they are counted; and `watchlist`, which need not be in the settings. Without a settings file the
    defaults hold.

    Example: news-monitor stories eval pairs.jsonl --json
    """
    judged, score = Judge(_settings_of(settings)), Score()
    for pair in read_pairs(file):
        a, b = judged.profiles(pair)
        _count(score, pair, judged.judge(a, b), "two languages" if is_across(a, b) else "one language")
    if not score.kinds:
        raise ended(f"{file}: holds no pair")
    if as_json:
        typer.echo(msgspec.json.encode(_record(score)).decode())
    else:
        _print(score)


def _settings_of(path: Path) -> Settings:
    return Settings() if path == DEFAULT_SETTINGS and not path.exists() else load_or_exit(path).settings


def _count(score: Score, pair: Pair, verdict: Verdict, language: str) -> None:
    kind = score.kinds.setdefault(pair.kind, Kind())
    kind.pairs += 1
    kind.right += verdict.same == pair.same
    for tally in (score.overall, score.languages.setdefault(language, Tally())):
        tally.count(label=pair.same, verdict=verdict.same)
    if verdict.same != pair.same:
        score.wrong.append(_wrong(pair, verdict))


def _wrong(pair: Pair, verdict: Verdict) -> dict[str, Any]:
    return {
        "line": pair.line,
        "kind": pair.kind,
        "watchlist": pair.watchlist,
        "expected": pair.same,
        "probability": round(verdict.probability, 3),
        "reasons": verdict.reasons,
        "a": pair.a.title,
        "b": pair.b.title,
    }


def _record(score: Score) -> Mapping[str, Any]:
    return {
        "pairs": sum(kind.pairs for kind in score.kinds.values()),
        **_shares(score.overall),
        "by_language": {name: {**tally.record(), "f1": tally.f1} for name, tally in score.languages.items()},
        "by_kind": {
            name: {"pairs": kind.pairs, "right": kind.right, "share": kind.share} for name, kind in score.kinds.items()
        },
        "wrong": score.wrong,
    }


def _shares(tally: Tally) -> dict[str, float]:
    return {"precision": tally.precision, "recall": tally.recall, "f1": tally.f1}


def _print(score: Score) -> None:
    out = console(highlight=False)
    out.print(_languages(score))
    out.print(_kinds(score))
    for wrong in score.wrong:
        should = "should be one story" if wrong["expected"] else "should be two stories"
        out.print(Text(f"\nline {wrong['line']}  {wrong['kind']}, {should} ({wrong['probability']:.2f})"))
        for line in (wrong["a"], wrong["b"], "; ".join(wrong["reasons"])):
            out.print(Text(f"  {line}"), soft_wrap=True)


def _languages(score: Score) -> Table:
    table = table_of_figures("", "pairs", "precision", "recall", "F1")
    for name, tally in (*score.languages.items(), ("overall", score.overall)):
        pairs = tally.tp + tally.fp + tally.fn + tally.tn
        table.add_row(name, str(pairs), f"{tally.precision:.3f}", f"{tally.recall:.3f}", f"{tally.f1:.3f}")
    return table


def _kinds(score: Score) -> Table:
    table = table_of_figures("kind", "pairs", "right", "share")
    for name, kind in sorted(score.kinds.items()):
        table.add_row(name, str(kind.pairs), str(kind.right), f"{kind.share:.3f}")
    return table
