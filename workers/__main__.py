"""`python -m workers ROLE`: how the supervisor starts a role, without the memory of the whole command line."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from monitor.errors import MonitorError
from monitor.settings.connection import load_redis
from workers.logs import configure_logs
from workers.roles import Start, work
from workers.wiring import Place


def main() -> int:
    """Read the arguments and work until the stop; 2 where the settings file cannot even say where Redis is."""
    parser = argparse.ArgumentParser(prog="python -m workers")
    parser.add_argument("role", choices=["poller", "matcher", "notifier", "web"])
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--takes-over", default="", help="name of a dead worker to succeed")
    arguments = parser.parse_args()
    configure_logs(arguments.role)
    try:
        redis = load_redis(arguments.settings, environ=os.environ)
        start = Start(Place(arguments.settings, dict(os.environ)), redis, arguments.takes_over, supervised=True)
        asyncio.run(work(arguments.role, start))
    except MonitorError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- the last word of a process without a log line for it
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
