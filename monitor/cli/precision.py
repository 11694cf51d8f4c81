"""What readers said of a watchlist's alerts, as `watchlists show` tells it to people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from monitor.model import Feedback
from monitor.watchlists.precision import Measured, by_version, measured


def told(said: Sequence[Feedback], *, version: str) -> Iterator[str]:
    """Say it in lines; `version` is the one that the settings have now."""
    if not said:
        yield "feedback: none yet"
        return
    yield f"feedback: {_line(measured(said))}"
    for each in by_version(said):
        yield f"  version {each.version}{' (now)' if each.version == version else ''}: {_line(each)}"


def record(said: Sequence[Feedback], *, version: str) -> dict[str, Any]:
    """Say it for programs."""
    return {
        **_fields(measured(said)),
        "versions": [
            {"version": each.version, "now": each.version == version, **_fields(each)} for each in by_version(said)
        ],
    }


def _line(each: Measured) -> str:
    low, high = each.interval or (0.0, 1.0)
    share = each.precision or 0.0
    return f"{each.relevant} ✓, {each.irrelevant} ✗: precision {share:.0%} (95 % between {low:.0%} and {high:.0%})"


def _fields(each: Measured) -> dict[str, Any]:
    return {
        "relevant": each.relevant,
        "irrelevant": each.irrelevant,
        "precision": None if each.precision is None else round(each.precision, 4),
        "interval": None if each.interval is None else [round(value, 4) for value in each.interval],
        "said_at": each.said_at.isoformat() if each.said_at else None,
    }
