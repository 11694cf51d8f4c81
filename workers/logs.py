"""How log lines look: one structured line per unit of work, `time level event key=value …`, on standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(role: str) -> None:
    """Send our log, and warnings of the libraries, to standard error; colours on a terminal only."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=terminal, pad_event_to=0)
            if terminal
            else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event", "role"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
