"""What is published, in which order and when, and which watchlists must tell of it: plan.toml to Publications. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from monitor.demo.samples import Sample
from monitor.net.urls import canonical_url

#: The first item appears so long after the service is ready.
FIRST_S = 0.5
#: Time kept at the end for the last alerts.
TAIL_S = 6.0


@dataclass(frozen=True, slots=True)
class Publication:
    """One entry of one feed appears."""

    feed: str
    entry: str
    title: str
    #: The canonical address, by which two feeds' copies of one article are the same.
    url: str
    #: Ids of the watchlists that must tell of it.
    alerts: tuple[str, ...]
    #: Why nobody must, where nobody must.
    silent: str


def load_plan(samples: Mapping[str, Sample]) -> tuple[Publication, ...]:
    """Return all publications in order."""
    text = files("monitor.demo").joinpath("samples/plan.toml").read_text("utf-8")
    return tuple(_publication(entry, samples) for entry in tomllib.loads(text)["publications"])


def times(count: int, *, seconds: float) -> list[float]:
    """Spread `count` publications evenly over `seconds`, less the time that the last alerts may take."""
    end = seconds - min(TAIL_S, seconds / 3)
    step = (end - FIRST_S) / max(count - 1, 1)
    return [FIRST_S + number * step for number in range(count)]


def old_news(sample: Sample, plan: Sequence[Publication]) -> list[str]:
    """Return the ids of a feed's entries that the plan does not publish: they are listed from the start."""
    planned = {publication.entry for publication in plan if publication.feed == sample.id}
    return [id_ for id_ in sample.articles if id_ not in planned]


def _publication(entry: Mapping[str, Any], samples: Mapping[str, Sample]) -> Publication:
    article = samples[entry["feed"]].articles[entry["entry"]]
    return Publication(
        feed=entry["feed"],
        entry=entry["entry"],
        title=article.title,
        url=canonical_url(article.url),
        alerts=tuple(entry.get("alerts", ())),
        silent=entry.get("silent", ""),
    )
