"""Shows the demonstration while it runs: live on a terminal, line by line where there is none or where it is asked for.

The live view takes the alternative screen and gives the terminal back as it was.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from monitor.demo.ledger import Published, Receipt
from monitor.demo.progress import Scene
from monitor.demo.screen import draw

#: A smaller terminal gets plain lines.
MIN_WIDTH, MIN_HEIGHT = 60, 16


class Show(Protocol):
    """A view that is entered, refreshed now and then, and left."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def refresh(self) -> None:
        """Show what has happened since."""


def choose_show(console: Console, scene: Scene, *, plain: bool) -> Show:
    """Return the live view for a terminal that can show it, else plain lines."""
    too_small = console.width < MIN_WIDTH or console.height < MIN_HEIGHT
    if plain or not console.is_terminal or console.is_dumb_terminal or too_small:
        return PlainShow(console, scene)
    return LiveShow(console, scene)


class LiveShow:
    """The whole screen, drawn anew at each refresh."""

    def __init__(self, console: Console, scene: Scene) -> None:
        self._scene = scene
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def refresh(self) -> None:
        """Draw the screen."""
        self._live.update(draw(self._scene, time.time()), refresh=True)


class PlainShow:
    """One line for each event."""

    def __init__(self, console: Console, scene: Scene) -> None:
        self._console = console
        self._scene = scene
        self._shown = 0

    def __enter__(self) -> Self:
        self._say("The service is starting.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Print the events since the last time."""
        events = self._scene.ledger.events[self._shown :]
        self._shown += len(events)
        for event in events:
            self._say(event_line(event, self._scene))

    def _say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)


def event_line(event: Published | Receipt, scene: Scene) -> str:
    """Return an event as one line: when, what, from where, which title."""
    at = f"{scene.progress.elapsed_s(event.at):6.1f} s  "
    if isinstance(event, Published):
        publication = event.publication
        names = " + ".join(scene.watchlists[id_] for id_ in publication.alerts)
        outlook = f"should alert: {names}" if names else f"should stay silent: {publication.silent}"
        return f"{at}published  {scene.samples[publication.feed].title}: {publication.title}  [{outlook}]"
    subject = event.subject
    latency = scene.ledger.latencies(event.way).get(subject)
    after = "unexpected" if latency is None else f"after {latency:.2f} s"
    name = scene.watchlists.get(subject.watchlist, subject.watchlist)
    return f"{at}{event.way:<9}  {name}: {scene.ledger.title(subject.url)}  [{after}]"
