"""The templates of the user's own: read from their files, compiled, and tried on alerts that tell of nothing.

They are read where alerts are made, whenever the settings are applied. What is broken is left out there, with a line in
the log, and an alert is told by the shipped one; `news-monitor check` refuses it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from monitor.alerts.content_type import content_type_of
from monitor.alerts.hook_body import templated
from monitor.alerts.mail_body import HTML, TEXT
from monitor.alerts.own_templates import SHIPPED, MailTemplates, OwnTemplates
from monitor.alerts.payload import alert_payload, details, notice_payload
from monitor.alerts.render import notice_view, view_of
from monitor.alerts.sandbox import Template, compiled
from monitor.alerts.specimen import specimen_notice, specimens
from monitor.errors import DeliveryError, SettingsError
from monitor.settings.channels import EmailChannel, WebhookChannel
from monitor.settings.locate import Key
from monitor.settings.problems import Problem
from monitor.settings.schema import Settings

#: Least seconds between two looks at the files.
_LOOK_S = 2.0
_NOW = datetime(2026, 7, 10, 6, 3, 5, tzinfo=UTC)

log = structlog.get_logger()


def _warn(complaint: str) -> None:
    log.error("template failed", problem=complaint)


@dataclass
class _Found:
    """What was read, by what the settings call it, and what is wrong with it."""

    mails: dict[str, MailTemplates] = field(default_factory=dict)
    bodies: dict[str, Template] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_templates(settings: Settings, folder: Path, *, complain: Callable[[str], None] = _warn) -> OwnTemplates:
    """Return the templates that the settings name, but for those that are broken: of these `complain` is told."""
    found = _read(settings, folder, complain)
    for problem in found.problems:
        complain(f"{problem.value}: {problem.text}; the shipped one is used")
    return OwnTemplates(found.mails, found.bodies, complain)


class Templates:
    """The templates of the settings in force, read anew within seconds when a file has changed."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the settings file."""
        self._folder = folder
        self._settings: Settings | None = None
        self._read = SHIPPED
        self._stamps: list[tuple[str, int]] = []
        self._look_at = 0.0

    def apply(self, settings: Settings) -> None:
        """Read those of new settings."""
        self._settings = settings
        self._stamps = _stamps(settings, self._folder)
        self._read = read_templates(settings, self._folder)

    def now(self) -> OwnTemplates:
        """Return what is in force."""
        if self._stamps and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _LOOK_S
            assert self._settings is not None  # noqa: S101 -- who has stamps has settings
            if _stamps(self._settings, self._folder) != self._stamps:
                self.apply(self._settings)
        return self._read


def _stamps(settings: Settings, folder: Path) -> list[tuple[str, int]]:
    """Return what changes when a template is edited; nothing where the settings name none."""
    folders = [folder / name for name, _ in _mail_folders(settings)]
    files = [each / name for each in folders for name in _names(each)]
    files += [folder / str(channel.body_template) for channel, _ in _webhooks(settings)]
    return sorted((str(path), _changed_ns(path)) for path in (*folders, *files))


def _names(folder: Path) -> list[str]:
    try:
        return [file.name for file in folder.iterdir()]
    except OSError:
        return []


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def template_problems(settings: Settings, folder: Path) -> list[Problem]:
    """Return what is wrong with the templates that the settings name."""
    return _read(settings, folder, _warn).problems


def _read(settings: Settings, folder: Path, complain: Callable[[str], None]) -> _Found:
    found = _Found()
    for name, key in _mail_folders(settings):
        try:
            found.mails[name] = _mail_templates(folder / name, complain)
        except SettingsError as error:
            found.problems.append(Problem(error.cause, key, name))
    for channel, key in _webhooks(settings):
        try:
            found.bodies[str(channel.body_template)] = _body_template(folder, channel, settings)
        except SettingsError as error:
            found.problems.append(Problem(error.cause, key, channel.body_template))
    return found


def _mail_folders(settings: Settings) -> Iterator[tuple[str, Key]]:
    if settings.mail.templates:
        yield settings.mail.templates, ("mail", "templates")
    for number, channel in enumerate(settings.channels):
        if isinstance(channel, EmailChannel) and channel.mail and channel.mail.templates:
            yield channel.mail.templates, ("channels", number, "mail", "templates")


def _webhooks(settings: Settings) -> Iterator[tuple[WebhookChannel, Key]]:
    for number, channel in enumerate(settings.channels):
        if isinstance(channel, WebhookChannel) and channel.body_template:
            yield channel, ("channels", number, "body_template")


def _mail_templates(folder: Path, complain: Callable[[str], None]) -> MailTemplates:
    """Read a folder. Raises SettingsError where it has no template, or one that fails on an alert of any type."""
    try:
        sources = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.suffix in (".html", ".txt")}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(folder), f"cannot be read: {_words(error)}") from error
    if not sources.keys() & {HTML, TEXT}:
        raise SettingsError(str(folder), f"there is neither {HTML} nor {TEXT} in it")
    views = [*(view_of(alert, time_zone="UTC") for alert in specimens(_NOW)), notice_view(specimen_notice(_NOW))]
    tried = {
        name: _tried(name, sources, ({"mail": view} for view in views)) for name in (HTML, TEXT) if name in sources
    }
    return MailTemplates(tried.get(HTML), tried.get(TEXT), complain)


def _body_template(folder: Path, channel: WebhookChannel, settings: Settings) -> Template:
    """Read a webhook's template. Raises SettingsError where it fails on what the channel may have to tell."""
    path = folder / str(channel.body_template)
    try:
        template = compiled(path.name, {path.name: path.read_text("utf-8")})
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), f"cannot be read: {_words(error)}") from error
    payloads = [alert_payload(alert, next(details(alert))) for alert in specimens(_NOW)]
    if settings.alerts.operator_channel == channel.id:
        payloads.append(notice_payload(specimen_notice(_NOW)))
    for payload in payloads:
        try:
            templated(template, payload, content_type=content_type_of(channel))
        except DeliveryError as error:
            raise SettingsError(str(path), f"fails on {payload['type']}: {error.cause}") from error
    return template


def _tried(name: str, sources: Mapping[str, str], contexts: Iterable[Mapping[str, object]]) -> Template:
    template = compiled(name, sources)
    for context in contexts:
        try:
            template.render(context)
        except Exception as error:  # a template can raise whatever it likes
            raise SettingsError(name, f"{name} fails: {_words(error)}") from error
    return template


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}"
