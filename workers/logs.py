"""How log lines look: one per unit of work, `time level role event key=value …`, on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_values = structlog.processors.LogfmtRenderer(bool_as_flag=False)


def configure_logs(role: str) -> None:
    """Send our log, and the warnings of libraries, to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # In one write with its line end: all processes of the service share standard error.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format=form)
    # It warns of each run that begins while the one before still works: ours are made to be left out then.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _line(logger: Any, name: str, fields: MutableMapping[str, Any]) -> str:
    """Write what matters to a reader first, the rest as key=value, a traceback below."""
    head = [str(fields.pop(key, "")) for key in ("timestamp", "level", "role", "event")]
    trace = fields.pop("exception", "")
    values = {key: value if isinstance(value, (int, float)) else str(value) for key, value in fields.items()}
    line = f"{head[0]} {head[1]:<7} {head[2]:<10} {head[3]} {_values(logger, name, values)}".rstrip()
    return f"{line}\n{trace}" if trace else line
