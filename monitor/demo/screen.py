"""Draws the live view: header, published items on the left, alerts on the right, a hint at the foot. Pure.

Every mark is a sign as well as a colour, so that nothing is lost under NO_COLOR; newest entries stand on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from rich import box
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from monitor.demo.ledger import WAYS, Published, Subject, Way
from monitor.demo.plan import Publication
from monitor.demo.progress import Scene

#: Ways whose latency is shown, in the order of their columns.
_TIMED: tuple[Way, ...] = ("mail", "webhook")
_COLOURS = ("cyan", "green", "magenta", "yellow")
_UNEXPECTED = Text("✗", style="bold red")
#: After so many seconds without an alert, silence counts as silence.
_SETTLED_S = 2.0
#: More rows than any terminal shows.
_MAX_ROWS = 60


def draw(scene: Scene, now: float) -> Layout:
    """Return the whole screen as it stands at `now`."""
    body = Layout(name="body")
    body.split_row(
        Layout(_pane("Published", _published(scene, now)), ratio=11),
        Layout(_pane("Alerts received", _alerts(scene)), ratio=10),
    )
    screen = Layout()
    screen.split_column(
        Layout(_header(scene, now), size=3),
        body,
        Layout(Text(" Ctrl-C ends the demonstration at once", style="dim"), size=1),
    )
    return screen


def _header(scene: Scene, now: float) -> RenderableType:
    progress, ledger = scene.progress, scene.ledger
    elapsed = progress.elapsed_s(now)
    top = _line(Text(" news-monitor demo", style="bold"), Text(_stage(scene, now)))
    due = len(ledger.expected())
    counts = "  ".join(f"{way} {len(ledger.latencies(way))}/{due}" for way in WAYS)
    middle = _line(Text(f" published {len(ledger.published)}/{progress.planned}"), Text(f"received: {counts} "))
    bar = ProgressBar(total=progress.seconds, completed=min(elapsed, progress.seconds))
    return Group(top, middle, bar)


def _stage(scene: Scene, now: float) -> str:
    progress = scene.progress
    if progress.started_at is None:
        return "the service is starting " + "·" * (int(2 * now) % 4) + " "
    left = progress.seconds - progress.elapsed_s(now)
    return f"{left:.0f} s left " if left > 0 else "waiting for the last alerts … "


def _line(left: Text, right: Text) -> Table:
    grid = Table.grid(expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_row(left, right)
    return grid


def _pane(title: str, content: RenderableType) -> Panel:
    return Panel(content, title=title, title_align="left", border_style="dim", box=box.ROUNDED, padding=(0, 1))


def _published(scene: Scene, now: float) -> Table:
    table = Table.grid(expand=True, padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for event in islice(reversed(scene.ledger.published), _MAX_ROWS):
        publication = event.publication
        source = scene.samples[publication.feed].title
        table.add_row(_sign(event, scene, now), Text(publication.title, style="bold" if publication.alerts else ""))
        table.add_row("", Text.assemble((f"{source} ", "dim"), *_outlook(publication, scene)))
    return table


def _sign(event: Published, scene: Scene, now: float) -> Text:
    """Return whether what should follow from an item has followed: ✓ yes, ✗ something else did, → or · not yet."""
    publication, ledger = event.publication, scene.ledger
    if any(receipt.subject.url == publication.url for receipt in ledger.unexpected()):
        return Text("✗", style="bold red")
    if publication.alerts:
        subjects = [Subject(id_, publication.url) for id_ in publication.alerts]
        arrived = all(subject in ledger.latencies(way) for subject in subjects for way in WAYS)
        return Text("✓", style="green") if arrived else Text("→")
    return Text("✓" if now - event.at > _SETTLED_S else "·", style="dim")


def _outlook(publication: Publication, scene: Scene) -> tuple[str | tuple[str, str] | Text, ...]:
    if publication.alerts:
        return "→ ", Text(" + ").join(_name(id_, scene) for id_ in publication.alerts)
    return ((f"· silent: {publication.silent}", "dim"),)


def _name(id_: str, scene: Scene) -> Text:
    ids = list(scene.watchlists)
    colour = _COLOURS[ids.index(id_) % len(_COLOURS)] if id_ in ids else "red"
    return Text(scene.watchlists.get(id_, id_), style=colour)


def _alerts(scene: Scene) -> Group:
    due = scene.ledger.expected()
    latencies = {way: scene.ledger.latencies(way) for way in _TIMED}
    rows: list[RenderableType] = [_columns(Text(""), (Text(way, style="dim") for way in _TIMED))]
    subjects = dict.fromkeys(receipt.subject for receipt in scene.ledger.receipts)
    for subject in islice(reversed(subjects), _MAX_ROWS):
        figures = (_seconds(latencies[way].get(subject)) for way in _TIMED) if subject in due else (_UNEXPECTED, Text())
        rows.append(_columns(_name(subject.watchlist, scene), figures))
        rows.append(Text(scene.ledger.title(subject.url), style="dim", no_wrap=True, overflow="ellipsis"))
    return Group(*rows)


def _columns(name: Text, figures: Iterable[Text]) -> Table:
    grid = Table.grid(expand=True, padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for _ in _TIMED:
        grid.add_column(width=7, justify="right", no_wrap=True)
    grid.add_row(name, *figures)
    return grid


def _seconds(latency: float | None) -> Text:
    return Text("…", style="dim") if latency is None else Text(f"{latency:.2f} s")
