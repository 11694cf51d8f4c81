"""The templates that the user wrote, compiled: of mails, and of webhooks whose receivers dictate their body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from monitor.alerts.sandbox import Template


def _unheard(complaint: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class MailTemplates:
    """Those of one folder; None where it has none and ours is used."""

    html: Template | None = None
    text: Template | None = None
    #: Is told, in one line, what was wrong with a template when it was used.
    complain: Callable[[str], None] = _unheard


@dataclass(frozen=True, slots=True)
class OwnTemplates:
    """All of the settings in force, by what the settings call them."""

    #: By folder (`[mail] templates`).
    mails: Mapping[str, MailTemplates] = field(default_factory=dict)
    #: By file (`body_template`).
    bodies: Mapping[str, Template] = field(default_factory=dict)
    complain: Callable[[str], None] = _unheard

    def mail(self, folder: str | None) -> MailTemplates:
        """Return the templates of a folder; none where nothing is set, or it could not be read."""
        return self.mails.get(folder or "", MailTemplates())


#: Nothing of the user's own.
SHIPPED = OwnTemplates()
