"""Labelled pairs to monitor/stories/weights.json, with its cross-validated figures and the precision-recall curve.

    python -m benchmarks.train_stories pairs.jsonl [stream.jsonl] > weights.json       figures and curve go to stderr

The first file's pairs are chosen so that likeness does not give the label away. The second's are what a stream of news
brings, where most pairs that look alike are two events of one subject: they teach the model to keep apart what the
first file hardly shows.

A ridge logistic regression over `monitor.stories.compare.Likeness`, twice: without the encoder, which judges within one
language, and with it, which judges across two. The curve is drawn from scores out of fold: it holds for pairs that were
not trained on. Needs numpy alone, which comes with the encoder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
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
#: What a pair of the stream counts for: more of it, and what was chosen to be hard is no longer told apart.
STREAM = 0.25
#: Least probability for "same" at caution 0, 0.1, ... 1; in the middle, where the printed curve meets the bar. Written
#: down, since the lowest threshold that reaches some precision jumps with a pair more or less.
THRESHOLDS = {
    "one_language": (0.25, 0.3, 0.36, 0.42, 0.475, 0.53, 0.6, 0.68, 0.75, 0.84, 0.95),
    "two_languages": (0.18, 0.22, 0.26, 0.3, 0.34, 0.385, 0.46, 0.56, 0.68, 0.8, 0.93),
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
    #: Whether it is of the stream.
    stream: NDArray[np.bool_]

    @property
    def worth(self) -> Numbers:
        """What each pair counts for."""
        return np.where(self.stream, STREAM, 1.0)


def main() -> None:
    """Train on the files named on the command line."""
    rows = rows_of(*(list(read_pairs(Path(path))) for path in sys.argv[1:]))
    lexical, across = scores(rows, with_meaning=False), scores(rows, with_meaning=True)
    for name, table, of in (("one_language", lexical, ~rows.across), ("two_languages", across, rows.across)):
        _tell(name, table, rows.same, of & ~rows.stream)
        _tell(f"{name}, of the stream", table, rows.same, of & rows.stream)
    record = {
        "lexical": _written(rows, with_meaning=False),
        "across": _written(rows, with_meaning=True),
        **THRESHOLDS,
    }
    print(msgspec.json.format(msgspec.json.encode(record), indent=1).decode())


def rows_of(chosen: Sequence[Pair], stream: Sequence[Pair] = ()) -> Rows:
    """Compare each pair."""
    names = name_finder({})
    values, across = [], []
    for pair in (*chosen, *stream):
        subject = subject_of(Watchlist(id=pair.watchlist, name=""), names)
        a, b = (Profile(traits_of(item, names), subject) for item in (pair.a, pair.b))
        values.append((*compare(a, b), nearness(a.traits.written, b.traits.written)))
        across.append(is_across(a, b))
    same = np.array([pair.same for pair in (*chosen, *stream)])
    return Rows(np.array(values), same, np.array(across), np.arange(len(same)) >= len(chosen))


def scores(rows: Rows, *, with_meaning: bool) -> Numbers:
    """Return each pair's probability from a model that was trained without it: a row a repetition."""
    values = _values(rows, with_meaning=with_meaning)
    table = np.zeros((REPEATS, len(values)))
    for repeat in range(REPEATS):
        fold = _folds(rows, np.random.default_rng(repeat))
        for number in range(FOLDS):
            held_out = fold == number
            predict = fit(values[~held_out], rows.same[~held_out], rows.worth[~held_out])[0]
            table[repeat, held_out] = predict(values[held_out])
    return table


def _values(rows: Rows, *, with_meaning: bool) -> Numbers:
    """Return what a model sees: the likeness; or, without what is of use in one language only, it and the cosine."""
    if not with_meaning:
        return rows.values[:, :-1]
    unused = [Likeness._fields.index(name) for name in _WITHIN_ONE_LANGUAGE]
    values = rows.values.copy()
    values[:, unused] = 0.0
    return values


def _folds(rows: Rows, random: np.random.Generator) -> NDArray[np.int64]:
    """Deal the pairs of each file, language group and label into folds of one size."""
    fold = np.zeros(len(rows.same), dtype=np.int64)
    for kind in product((False, True), repeat=3):
        of_kind = (rows.stream == kind[0]) & (rows.same == kind[1]) & (rows.across == kind[2])
        places = random.permutation(np.flatnonzero(of_kind))
        fold[places] = np.arange(len(places)) % FOLDS
    return fold


def fit(
    values: Numbers, same: NDArray[np.bool_], worth: Numbers
) -> tuple[Callable[[Numbers], Numbers], Numbers, float]:
    """Fit a ridge logistic regression by Newton's method; return what predicts, the weights and the bias."""
    mean = np.average(values, axis=0, weights=worth)
    spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=worth)) + 1e-9
    design = np.column_stack([(values - mean) / spread, np.ones(len(values))])
    cost = np.append(np.full(values.shape[1], RIDGE), 0.0)
    found = np.zeros(design.shape[1])
    for _ in range(30):
        likely = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (worth * (same - likely)) - cost * found
        bend = (design.T * (worth * likely * (1 - likely))) @ design + np.diag(cost)
        found = found + np.linalg.solve(bend, slope)
    weights = found[:-1] / spread
    bias = float(found[-1] - weights @ mean)
    return (lambda rows: 1 / (1 + np.exp(-(rows @ weights + bias)))), weights, bias


def _written(rows: Rows, *, with_meaning: bool) -> dict[str, object]:
    values = _values(rows, with_meaning=with_meaning)
    _, weights, bias = fit(values, rows.same, rows.worth)
    of = {name: round(float(weight), 4) for name, weight in zip(Likeness._fields, weights, strict=False)}
    return {"bias": round(bias, 4), "meaning": round(float(weights[-1]), 4) if with_meaning else 0.0, "of": of}


def _tell(name: str, table: Numbers, labels: NDArray[np.bool_], of: NDArray[np.bool_]) -> None:
    """Print precision and recall at each step of caution, each with its spread over the repetitions."""
    if not of.any():
        return
    table, same = table[:, of], labels[of]
    print(f"\n{name}: {len(same)} pairs, {int(same.sum())} of one event", file=sys.stderr)
    print("| caution | threshold | precision | recall | F1 |\n|---|---|---|---|---|", file=sys.stderr)
    for step, threshold in enumerate(THRESHOLDS[name.partition(",")[0]]):
        said = table >= threshold
        right = (said & same).sum(axis=1)
        precision, recall = right / said.sum(axis=1), right / same.sum()
        f1 = 2 * right / (said.sum(axis=1) + same.sum())
        cells = (f"{each.mean():.3f} ± {each.std():.3f}" for each in (precision, recall, f1))
        print(f"| {step / 10} | {threshold} | {' | '.join(cells)} |", file=sys.stderr)


if __name__ == "__main__":
    main()
