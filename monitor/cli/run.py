"""`news-monitor run`, and each role alone: checks the settings, then becomes the process that does the work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, refusal, usable_or_exit
from monitor.errors import SettingsError
from monitor.settings.connection import load_redis
from workers.command import Process, command, environment


def run(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run the whole service: the embedded server where none is set, poller, matchers and notifier, and the web role
    where web.public_url is set.

    Example: news-monitor run --settings /etc/news-monitor/settings.toml
    """
    usable_or_exit(settings)
    _become("supervisor", settings)


def queue(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run the embedded server alone, for roles that run as services of their own.

    Example: news-monitor queue
    """
    _become("queue", settings)


def poller(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run one poller alone. Several can run at once.

    Example: news-monitor poller
    """
    _become("poller", settings)


def matcher(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run one matcher alone. Run one per core.

    Example: news-monitor matcher
    """
    _become("matcher", settings)


def notifier(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run one notifier alone. Several share the work.

    Example: news-monitor notifier
    """
    _become("notifier", settings)


def web(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Serve hubs' callbacks and the links of alerts alone, and /healthz and /readyz.

    Example: news-monitor web
    """
    _become("web", settings)


def _become(process: Process, settings: Path) -> NoReturn:
    """Turn into a process of the service, which needs no more of `[redis]` than that it can be read."""
    try:
        load_redis(settings, environ=os.environ)
    except SettingsError as error:
        raise refusal(error) from error
    words = command(process, settings)
    # The command line's own libraries would be a quarter of the process' memory.
    os.execve(words[0], words, environment(os.environ))  # noqa: S606 -- our own interpreter, no shell
