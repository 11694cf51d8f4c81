"""What alerts are written with beside what the settings say themselves: signed links, templates of the user's own.

Both stand in files of the host that makes the alerts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.alerts.links import Links
from monitor.alerts.own_templates import SHIPPED, OwnTemplates
from monitor.settings.schema import Settings
from workers.links import links_of
from workers.templates import Templates
from workers.wiring import Place


def _shipped() -> OwnTemplates:
    return SHIPPED


@dataclass(frozen=True, slots=True)
class Stationery:
    """That of one version of the settings."""

    #: None: alerts carry no links.
    links: Links | None = None
    #: Gives those in force now.
    templates: Callable[[], OwnTemplates] = _shipped


def stationery_of(settings: Settings, place: Place) -> Stationery:
    """Read it. Never fails: what cannot be read is said in the log, and alerts go without."""
    templates = Templates(place.folder)
    templates.apply(settings)
    return Stationery(links_of(settings, place), templates.now)
