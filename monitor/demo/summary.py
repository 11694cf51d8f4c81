"""The verdict on the ledger: what was published, what arrived how fast, what stayed silent, what went wrong."""

from __future__ import annotations

from collections import Counter
from statistics import median, quantiles

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.demo.ledger import WAYS, Ledger, Subject, Way
from monitor.demo.progress import Ending, Scene

_POLLING = "Latency includes the wait for the next poll: the demonstration polls twice a second."


def has_passed(ledger: Ledger, ending: Ending) -> bool:
    """Tell whether the demonstration showed what it promises; who breaks it off may leave alerts under way."""
    if ending is Ending.FINISHED:
        return ledger.is_complete() and ledger.is_clean()
    return ending is Ending.INTERRUPTED and ledger.is_clean()


def print_summary(console: Console, scene: Scene, ending: Ending) -> None:
    """Print what happened, and the verdict last."""
    ledger = scene.ledger
    console.print()
    if ledger.published:
        console.print(_published(scene), highlight=False)
        console.print(_arrivals(ledger))
        for line in (_POLLING, _signatures(ledger), _silence(scene)):
            console.print(line, highlight=False)
        console.print()
    for verdict in [*_faults(scene, ending), _verdict(ledger, ending)]:
        console.print(verdict)


def _published(scene: Scene) -> str:
    feeds = ", ".join(f"{sample.title} ({sample.form})" for sample in scene.samples.values())
    return f"Published {len(scene.ledger.published)} of {scene.progress.planned} items in {feeds}."


def _arrivals(ledger: Ledger) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Received by")
    for heading in ("alerts", "median latency", "95 %", "longest"):
        table.add_column(heading, justify="right")
    for way in WAYS:
        table.add_row(way, *_figures(ledger, way))
    return table


def _figures(ledger: Ledger, way: Way) -> list[str]:
    latencies = sorted(ledger.latencies(way).values())
    count = f"{len(latencies)} of {len(ledger.expected())}"
    if not latencies:
        return [count, "", "", ""]
    high = quantiles(latencies, n=20, method="inclusive")[-1] if len(latencies) > 1 else latencies[0]
    return [count, *(f"{seconds:.2f} s" for seconds in (median(latencies), high, latencies[-1]))]


def _signatures(ledger: Ledger) -> str:
    verified = sum(receipt.way == "webhook" for receipt in ledger.receipts)
    return f"Signatures verified: {verified} of {verified + ledger.forged} webhooks."


def _silence(scene: Scene) -> str:
    noisy = {receipt.subject.url for receipt in scene.ledger.unexpected()}
    silent = [event.publication for event in scene.ledger.published if not event.publication.alerts]
    reasons = Counter(publication.silent for publication in silent if publication.url not in noisy)
    said = "; ".join(f"{reason} (×{count})" if count > 1 else reason for reason, count in reasons.items())
    return f"Rightly silent on {reasons.total()} of {len(silent)} items that resemble them: {said}."


def _faults(scene: Scene, ending: Ending) -> list[Text]:
    ledger = scene.ledger
    lines = [f"unexpected by {receipt.way}: {_say(receipt.subject, scene)}" for receipt in ledger.unexpected()]
    lines += [f"repeated: {_say(subject, scene)}" for subject in ledger.repeated()]
    if ending is not Ending.INTERRUPTED:
        lines += [f"missing by {way}: {_say(subject, scene)}" for way in WAYS for subject in ledger.missing(way)]
    if ledger.forged:
        lines.append(f"{ledger.forged} webhooks with a wrong signature")
    return [Text(f"✗ {line}", style="red") for line in lines]


def _say(subject: Subject, scene: Scene) -> str:
    name = scene.watchlists.get(subject.watchlist, subject.watchlist)
    return f"{name}: {scene.ledger.title(subject.url)}"


def _verdict(ledger: Ledger, ending: Ending) -> Text:
    if ending is Ending.INTERRUPTED and ledger.is_clean():
        return Text(f"Stopped before the end. {_under_way(ledger)}".rstrip())
    if has_passed(ledger, ending):
        return Text("✓ Every alert arrived, once each way, and nothing else did.", style="green")
    return Text(_FAILED[ending], style="bold red")


def _under_way(ledger: Ledger) -> str:
    waiting = len({subject for way in WAYS for subject in ledger.missing(way)})
    return f"Alerts still under way: {waiting}." if waiting else ""


_FAILED = {
    Ending.FINISHED: "✗ Not all was as it should be.",
    Ending.INTERRUPTED: "✗ Stopped before the end; until then not all was as it should be.",
    Ending.SERVICE_ENDED: "✗ The service ended by itself.",
    Ending.NEVER_STARTED: "✗ The service did not become ready in time.",
}
