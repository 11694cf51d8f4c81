"""Where the demonstration stands, how it can end, and all that a view of it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from monitor.demo.ledger import Ledger
from monitor.demo.samples import Sample


class Ending(Enum):
    """Why the demonstration ended."""

    #: Everything was published and waited for.
    FINISHED = auto()
    #: Ctrl-C, or the terminal was closed.
    INTERRUPTED = auto()
    #: The service ended although nobody had asked it to.
    SERVICE_ENDED = auto()
    #: The service did not become ready in time.
    NEVER_STARTED = auto()


@dataclass(slots=True)
class Progress:
    """How far the demonstration is; times are seconds since the epoch."""

    #: Length of the demonstration.
    seconds: float
    #: Publications planned.
    planned: int
    #: When the service was ready; None until then.
    started_at: float | None = None

    def elapsed_s(self, now: float) -> float:
        """Return the seconds since the start, 0 before it."""
        return 0.0 if self.started_at is None else now - self.started_at


@dataclass(frozen=True, slots=True)
class Scene:
    """What is being shown."""

    ledger: Ledger
    progress: Progress
    samples: Mapping[str, Sample]
    #: Names of the watchlists by id, in the order of the settings.
    watchlists: Mapping[str, str]
