"""`news-monitor run`, and each role alone."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, refusal, usable_or_exit
from monitor.errors import MonitorError, SettingsError
from workers.logs import configure_logs
from workers.roles import Start, serve, work
from workers.wiring import Place


def run(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run the whole service: the embedded server where none is set, poller, matchers and notifier, and the web role
    where web.public_url is set.

    Example: news-monitor run --settings /etc/news-monitor/settings.toml
    """
    from workers.supervisor import Supervisor

    start = _start(settings, "supervisor", whole=True)
    _until_stopped(Supervisor(start).run())


def queue(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run the embedded server alone, for roles that run as services of their own.

    Example: news-monitor queue
    """
    start = _start(settings, "queue")
    _until_stopped(serve(start))


def poller(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run one poller alone. Several can run at once.

    Example: news-monitor poller
    """
    _until_stopped(work("poller", _start(settings, "poller")))


def matcher(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run one matcher alone. Run one per core.

    Example: news-monitor matcher
    """
    _until_stopped(work("matcher", _start(settings, "matcher")))


def notifier(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Run one notifier alone. Several share the work.

    Example: news-monitor notifier
    """
    _until_stopped(work("notifier", _start(settings, "notifier")))


def web(settings: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Serve hubs' callbacks alone, and /healthz and /readyz.

    Example: news-monitor web
    """
    _until_stopped(work("web", _start(settings, "web")))


def _start(path: Path, role: str, *, whole: bool = False) -> Start:
    """Read what a process needs to start: the whole file must be good for `run`, `[redis]` for a single role."""
    from monitor.settings.connection import load_redis

    configure_logs(role)
    try:
        redis = usable_or_exit(path).settings.redis if whole else load_redis(path, environ=os.environ)
    except SettingsError as error:
        raise refusal(error) from error
    return Start(Place(path, dict(os.environ)), redis)


def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except MonitorError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        sys.exit(130)
