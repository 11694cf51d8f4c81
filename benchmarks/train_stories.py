"""Labelled pairs to monitor/stories/weights.json, with its cross-validated figures and the precision-recall curve.

    python -m benchmarks.train_stories pairs.jsonl > weights.json       figures and curve go to stderr

A ridge logistic regression over `monitor.stories.compare.Likeness`, twice: without the encoder, which judges within one
language, and with it, which judges across two. Thresholds come of scores out of fold, so that they hold for pairs that
were not trained on. Needs numpy alone, which comes with the encoder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.cli.pairs import Pair, read_pairs
from monitor.model import Watchlist
from monitor.stories.compare import Likeness, compare, is_across
from monitor.stories.lexicon import name_finder
from monitor.stories.meaning import nearness
from monitor.stories.profile import Profile, subject_of
from monitor.stories.traits import traits_of

FOLDS = 10
REPEATS = 10
#: What each weight's square costs: found by the same cross-validation, flat from 10 to 60.
RIDGE = 30.0
#: Precision at caution 0, 0.1, ... 1 within the pairs trained on.
PRECISIONS = {
    "one_language": (0.75, 0.78, 0.81, 0.84, 0.87, 0.91, 0.93, 0.95, 0.965, 0.98, 1.0),
    "two_languages": (0.75, 0.78, 0.81, 0.84, 0.87, 0.9, 0.91, 0.93, 0.955, 0.98, 1.0),
}
#: Of no use across languages, where nearly every pair of the training set names its subject.
_WITHIN_ONE_LANGUAGE = ("subject",)
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """All pairs as numbers."""

    #: One row a pair: the likeness, and the encoder's cosine last.
    values: Numbers
    same: NDArray[np.bool_]
    across: NDArray[np.bool_]


def main() -> None:
    """Train on the file named on the command line."""
    rows = rows_of(list(read_pairs(Path(sys.argv[1]))))
    lexical, across = scores(rows, with_meaning=False), scores(rows, with_meaning=True)
    steps = {}
    for name, table, chosen in (
        ("one_language", lexical, ~rows.across),
        ("two_languages", across, rows.across),
    ):
        _tell(name, table[:, chosen], rows.same[chosen])
        steps[name] = _thresholds(table[:, chosen].mean(axis=0), rows.same[chosen], PRECISIONS[name])
    record = {
        "lexical": _written(rows, with_meaning=False),
        "across": _written(rows, with_meaning=True),
        **steps,
    }
    print(msgspec.json.format(msgspec.json.encode(record), indent=1).decode())


def rows_of(pairs: Sequence[Pair]) -> Rows:
    """Compare each pair."""
    names = name_finder({})
    values, across = [], []
    for pair in pairs:
        subject = subject_of(Watchlist(id=pair.watchlist, name=""), names)
        a, b = (Profile(traits_of(item, names), subject) for item in (pair.a, pair.b))
        values.append((*compare(a, b), nearness(a.traits.written, b.traits.written)))
        across.append(is_across(a, b))
    return Rows(np.array(values), np.array([pair.same for pair in pairs]), np.array(across))


def scores(rows: Rows, *, with_meaning: bool) -> Numbers:
    """Return each pair's probability from a model that was trained without it: a row a repetition."""
    values = _values(rows, with_meaning=with_meaning)
    table = np.zeros((REPEATS, len(values)))
    for repeat in range(REPEATS):
        fold = _folds(rows, np.random.default_rng(repeat))
        for number in range(FOLDS):
            held_out = fold == number
            predict = fit(values[~held_out], rows.same[~held_out])[0]
            table[repeat, held_out] = predict(values[held_out])
    return table


def _values(rows: Rows, *, with_meaning: bool) -> Numbers:
    """Return what a model sees: the likeness, or all but what is of use in one language only, and the encoder's word."""
    if not with_meaning:
        return rows.values[:, :-1]
    unused = [Likeness._fields.index(name) for name in _WITHIN_ONE_LANGUAGE]
    values = rows.values.copy()
    values[:, unused] = 0.0
    return values


def _folds(rows: Rows, random: np.random.Generator) -> NDArray[np.int64]:
    """Deal the pairs of each language group and label into folds of one size."""
    fold = np.zeros(len(rows.same), dtype=np.int64)
    for same in (False, True):
        for across in (False, True):
            places = random.permutation(np.flatnonzero((rows.same == same) & (rows.across == across)))
            fold[places] = np.arange(len(places)) % FOLDS
    return fold


def fit(values: Numbers, same: NDArray[np.bool_]) -> tuple[Callable[[Numbers], Numbers], Numbers, float]:
    """Fit a ridge logistic regression by Newton's method; return what predicts, the weights and the bias."""
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    design = np.column_stack([(values - mean) / spread, np.ones(len(values))])
    cost = np.append(np.full(values.shape[1], RIDGE), 0.0)
    found = np.zeros(design.shape[1])
    for _ in range(30):
        likely = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (same - likely) - cost * found
        bend = (design.T * (likely * (1 - likely))) @ design + np.diag(cost)
        found = found + np.linalg.solve(bend, slope)
    weights = found[:-1] / spread
    bias = float(found[-1] - weights @ mean)
    return (lambda rows: 1 / (1 + np.exp(-(rows @ weights + bias)))), weights, bias


def curve(likely: Numbers, same: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers]:
    """Return thresholds, from the highest, with the precision and recall at each."""
    order = np.argsort(-likely)
    right = np.cumsum(same[order])
    return likely[order], right / np.arange(1, len(order) + 1), right / max(1, same.sum())


def _thresholds(likely: Numbers, same: NDArray[np.bool_], precisions: Sequence[float]) -> list[float]:
    """Return for each precision the lowest threshold that reaches it, never falling from one step to the next."""
    thresholds, precision, _ = curve(likely, same)
    found, highest = [], 0.0
    for least in precisions:
        reached = np.flatnonzero(precision >= least)
        last = reached[-1] if len(reached) else 0
        below = thresholds[last + 1] if last + 1 < len(thresholds) else 0.0
        highest = max(highest, float(thresholds[last] + below) / 2)
        found.append(round(highest, 4))
    return found


def _written(rows: Rows, *, with_meaning: bool) -> dict[str, object]:
    values = _values(rows, with_meaning=with_meaning)
    _, weights, bias = fit(values, rows.same)
    of = {name: round(float(weight), 4) for name, weight in zip(Likeness._fields, weights, strict=False)}
    return {"bias": round(bias, 4), "meaning": round(float(weights[-1]), 4) if with_meaning else 0.0, "of": of}


def _tell(name: str, table: Numbers, same: NDArray[np.bool_]) -> None:
    """Print recall at each precision, with its spread over the repetitions."""
    print(f"{name}: {len(same)} pairs, {int(same.sum())} of one event", file=sys.stderr)
    print("| precision | recall | spread | F1 |", file=sys.stderr)
    for least in (0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.95, 0.98):
        recalls = np.array([_recall(likely, same, least) for likely in table])
        recall = recalls.mean()
        print(
            f"| {least} | {recall:.3f} | {recalls.std():.3f} | {2 * least * recall / (least + recall):.3f} |",
            file=sys.stderr,
        )


def _recall(likely: Numbers, same: NDArray[np.bool_], least: float) -> float:
    _, precision, recall = curve(likely, same)
    reached = recall[precision >= least]
    return float(reached.max()) if len(reached) else 0.0


if __name__ == "__main__":
    main()
