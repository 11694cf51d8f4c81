"""`python -m workers PROCESS`: the service's processes, without the memory of the whole command line.

Exit codes: 0 after a stop, 1 where Redis can never serve us, 2 where the settings cannot even say where it is.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args

from workers.command import Process, Role

#: Imported by what we use, for what no worker does: colours in the terminal would take 4 MB of each process.
_KEPT_OUT = ("rich",)


def main() -> int:
    """Read the arguments and work until the stop."""
    parser = argparse.ArgumentParser(prog="python -m workers")
    parser.add_argument("process", choices=[*get_args(Role), "supervisor", "queue"])
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--supervised", action="store_true", help="end with whoever holds standard input")
    parser.add_argument("--takes-over", default="", help="name of a dead worker to succeed")
    arguments = parser.parse_args()
    # None is how Python says that a module is not to be had.
    sys.modules.update(cast(dict[str, ModuleType], dict.fromkeys(_KEPT_OUT)))
    return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from monitor.errors import MonitorError, SettingsError
    from monitor.settings.connection import load_redis
    from workers.logs import configure_logs
    from workers.roles import Start
    from workers.wiring import Place

    configure_logs(arguments.process)
    place = Place(arguments.settings, dict(os.environ))
    try:
        redis = load_redis(place.path, environ=place.environ)
        start = Start(replace(place, redis=redis), redis, arguments.takes_over, supervised=arguments.supervised)
        asyncio.run(_work(arguments.process, start))
    except MonitorError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- the last word of a process without a log line for it
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        return 130
    return 0


def _work(process: Process, start: Any) -> Coroutine[Any, Any, None]:
    from workers.roles import serve, work

    if process == "supervisor":
        from workers.supervisor import Supervisor

        return Supervisor(start).run()
    return serve(start) if process == "queue" else work(process, start)


if __name__ == "__main__":
    sys.exit(main())
