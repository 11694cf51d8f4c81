"""`news-monitor watchlists suggest`: edits of a watchlist, proposed from what readers said of its alerts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
import typer

from monitor.cli.chosen import Chosen, chosen_or_exit
from monitor.cli.options import refusal
from monitor.cli.rehearse import many
from monitor.cli.store import with_store
from monitor.errors import SettingsError
from monitor.model import Feedback, Watchlist
from monitor.queue.feedback import FeedbackBook
from monitor.settings.examples import NewExamples, add_examples
from monitor.settings.schema import ExampleSettings
from monitor.text.frequency import knows_english, zipf
from monitor.watchlists.examples import broken_examples
from monitor.watchlists.suggest import Judged, Suggestion, judged_items, suggest

#: Titles that are shown of what a clause would drop, and characters of each.
_TITLES = 3
_TITLE = 80
#: ✗ below which there is nothing to tell apart, and how many of either kind often tell words from chance.
_FEWEST_IRRELEVANT = 2
_ENOUGH = 20
#: Titles that one call writes into either list of examples.
_MOST_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a watchlist's feedback comes to."""

    watchlist: Watchlist
    said: Sequence[Feedback]
    judged: Sequence[Judged]
    suggestions: Sequence[Suggestion]
    #: Titles that hold as examples today, and those that would not.
    examples: NewExamples
    unfit: NewExamples


def propose(watchlist_id: str, settings: Path, *, as_json: bool, write: bool) -> None:
    """Print the proposals; write the titles into the watchlist's examples where that is asked for."""
    chosen = chosen_or_exit(settings, watchlist_id)
    said = with_store(settings, lambda store: FeedbackBook(store).of(watchlist_id))
    proposed = _proposed(chosen, said)
    if as_json:
        typer.echo(json.dumps(_record(proposed), ensure_ascii=False, indent=2))
    else:
        for line in _told(proposed):
            typer.echo(line)
    if write:
        typer.echo(_written(proposed, settings), err=as_json)


def _proposed(chosen: Chosen, said: Sequence[Feedback]) -> Proposed:
    (watchlist,), entry = chosen.watchlists.values(), chosen.entries[0][1]
    if not knows_english():
        typer.echo("common English words are not known here: pip install 'news-monitor[lint]'", err=True)
    judged = judged_items(watchlist, said)
    suggestions = suggest(watchlist, judged, frequency=zipf, examples=_held(watchlist, entry.examples))
    fit, unfit = _examples(watchlist, said, entry.examples)
    return Proposed(watchlist, said, judged, suggestions, fit, unfit)


# Examples.


def _held(watchlist: Watchlist, known: ExampleSettings) -> list[str]:
    """Give the examples that match today, as they should: no edit may break them."""
    broken = {each.title for each in broken_examples(watchlist, match=known.match, no_match=())}
    return [title for title in known.match if title not in broken]


def _examples(
    watchlist: Watchlist, said: Sequence[Feedback], known: ExampleSettings
) -> tuple[NewExamples, NewExamples]:
    """Give the judged titles that are no examples yet, the last ones: those that hold alone, and those that do not."""
    latest = {_title(each): each.verdict for each in said if len(each.items) == 1}
    fresh = {
        title: verdict for title, verdict in latest.items() if title and title not in (*known.match, *known.no_match)
    }
    match, no_match = ([title for title, verdict in fresh.items() if verdict == kind] for kind in ("yes", "no"))
    broken = {each.title for each in broken_examples(watchlist, match=match, no_match=no_match)}
    fit, unfit = (
        NewExamples(
            *(tuple(t for t in titles if (t in broken) is bad)[-_MOST_EXAMPLES:] for titles in (match, no_match))
        )
        for bad in (False, True)
    )
    return fit, unfit


def _title(said: Feedback) -> str:
    return " ".join(said.items[0].item.title.split())


def _written(proposed: Proposed, settings: Path) -> str:
    try:
        count = add_examples(settings, proposed.watchlist.id, proposed.examples, environ=os.environ)
    except SettingsError as error:
        raise refusal(error) from error
    left = len(proposed.unfit.match) + len(proposed.unfit.no_match)
    why = f"; {many(left, 'title')} left out, since by the title alone the watchlist decides otherwise" if left else ""
    hint = ": edit it first, for example by a clause from above" if proposed.unfit.no_match else ""
    return f"{many(count, 'example')} written into {settings}{why}{hint}"


# What is said.


def _told(proposed: Proposed) -> Iterator[str]:
    relevant = sum(each.relevant for each in proposed.judged)
    yield f"{proposed.watchlist.id}: {relevant} ✓ and {len(proposed.judged) - relevant} ✗ that it still matches"
    if settled := len(proposed.said) - len(proposed.judged):
        yield f"{many(settled, 'verdict')} left out: of digests, or of what it matches no more"
    if not proposed.suggestions:
        yield from _nothing(relevant, len(proposed.judged) - relevant)
    for number, each in enumerate(proposed.suggestions, 1):
        yield from _told_one(number, each)


def _nothing(relevant: int, irrelevant: int) -> Iterator[str]:
    """Say what is missing."""
    if irrelevant >= _FEWEST_IRRELEVANT:
        yield "nothing to propose: no word tells what is relevant from what is not"
        if irrelevant < _ENOUGH or relevant < _ENOUGH:
            yield f"more of both may tell: {_ENOUGH} ✓ and {_ENOUGH} ✗ often do"
        return
    yield f"nothing to propose: it takes {_FEWEST_IRRELEVANT} ✗ at least; {_ENOUGH} ✗ and as many ✓ often tell"
    yield "how to judge alerts: by their ✓ and ✗ links, where web.public_url is set; or by"
    yield "  news-monitor feedback ALERT yes|no    (ALERT: a webhook's id, or a mail's Message-ID)"


def _told_one(number: int, each: Suggestion) -> Iterator[str]:
    yield ""
    yield f"{number}. {each.clause}"
    kept = sum(one.relevant for one in each.kept)
    noise = len(each.kept) - kept
    yield f"   would have dropped {len(each.spares)} ✗ and {len(each.loses)} ✓, and kept {kept} ✓ and {noise} ✗"
    yield from (f"   {line}" for line in _ready(each))
    for mark, some in (("✓", each.loses), ("✗", each.spares)):
        yield from (f"   drops {mark} {_short(one)}" for one in some[:_TITLES])
        if len(some) > _TITLES:
            yield f"   drops {mark} and {len(some) - _TITLES} more"
    yield from (f"   breaks the example {title}: with that one the edit is refused" for title in each.breaks[:_TITLES])
    if each.is_weak:
        sure = len(each.weak) < len(each.words)
        yield f"   may be chance: {', '.join(word.text for word in each.weak) if sure else 'few items were judged'}"
    if each.kind == "and":
        yield "   asks for words seen so far: news in other words would be dropped too"


def _ready(each: Suggestion) -> Iterator[str]:
    """Write the edit as it would stand in the settings: of the three lists, the one that changes."""
    edited = each.edited
    if edited.query:
        yield f"query = {tomlkit.item(edited.query).as_string()}"
    else:
        name = "exclude" if each.kind == "not" else "context"
        yield f"{name} = {tomlkit.item(list(getattr(edited, name))).as_string()}"


def _short(one: Judged) -> str:
    title = " ".join(one.item.title.split())
    return title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"


def _record(proposed: Proposed) -> dict[str, Any]:
    relevant = sum(each.relevant for each in proposed.judged)
    return {
        "watchlist": proposed.watchlist.id,
        "version": proposed.watchlist.version,
        "judged": {"relevant": relevant, "irrelevant": len(proposed.judged) - relevant},
        "left_out": len(proposed.said) - len(proposed.judged),
        "suggestions": [_suggestion(each) for each in proposed.suggestions],
        "examples": {"match": list(proposed.examples.match), "no_match": list(proposed.examples.no_match)},
        "no_examples_yet": {"match": list(proposed.unfit.match), "no_match": list(proposed.unfit.no_match)},
    }


def _suggestion(each: Suggestion) -> dict[str, Any]:
    edited = each.edited
    form = {"query": edited.query} if edited.query else {}
    lists = {name: list(getattr(edited, name)) for name in ("terms", "context", "exclude") if getattr(edited, name)}
    return {
        "kind": each.kind,
        "clause": each.clause,
        "words": [
            {"word": word.text, "also": list(word.also), "z": round(word.z, 3), "chance": round(word.chance, 4)}
            | {"relevant": word.first if each.kind == "and" else word.second}
            | {"irrelevant": word.second if each.kind == "and" else word.first}
            for word in each.words
        ],
        "may_be_chance": each.is_weak,
        "breaks": list(each.breaks),
        "edited": form or lists,
        "drops": _sides(each.dropped),
        "keeps": _sides(each.kept),
    }


def _sides(judged: Sequence[Judged]) -> dict[str, list[str]]:
    return {
        "relevant": [one.item.title for one in judged if one.relevant],
        "irrelevant": [one.item.title for one in judged if not one.relevant],
    }
