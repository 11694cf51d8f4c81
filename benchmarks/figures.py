"""What a benchmark found: figures, some with a bar that they have to meet, as lines of a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    name: str
    value: float
    unit: str
    #: What it must be at most or at least; None: reported only.
    bar: float | None = None
    sense: Literal["at most", "at least"] = "at most"

    @property
    def passed(self) -> bool:
        """Whether it meets its bar, if it has one."""
        if self.bar is None:
            return True
        return self.value <= self.bar if self.sense == "at most" else self.value >= self.bar


def table(figures: Iterable[Figure]) -> str:
    """Lay figures out as lines: name, value, bar, verdict."""
    return "\n".join(_line(figure) for figure in figures)


def _line(figure: Figure) -> str:
    line = f"  {figure.name:<66} {_number(figure.value):>9} {figure.unit:<8}"
    if figure.bar is None:
        return line.rstrip()
    return f"{line} {figure.sense} {_number(figure.bar)} {figure.unit}: {'PASS' if figure.passed else 'FAIL'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 1)
    return ordered[max(0, int(rank) - 1)]
