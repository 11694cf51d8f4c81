"""Verdicts beside labels to precision, recall and F1, and the table that shows such figures."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table


@dataclass(slots=True)
class Tally:
    """How often verdict and label agreed."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def count(self, *, label: bool, verdict: bool) -> None:
        """Count one item."""
        if label:
            self.tp, self.fn = self.tp + verdict, self.fn + (not verdict)
        else:
            self.fp, self.tn = self.fp + verdict, self.tn + (not verdict)

    @property
    def precision(self) -> float:
        """The share of what matched that should have; 1 where nothing matched."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """The share of what should have matched that did; 1 where nothing should."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp + self.fp + self.fn else 1.0

    def record(self) -> dict[str, float]:
        """Give it for programs."""
        counts = {"tp": self.tp, "fp": self.fp, "fn": self.fn, "tn": self.tn}
        return {**counts, "precision": self.precision, "recall": self.recall}


def table_of_figures(*columns: str) -> Table:
    """Begin a table of names, in the first column, and of figures in the others."""
    table = Table(columns[0], box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table
