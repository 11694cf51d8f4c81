"""How a process of the service is started: its command, and an environment in which it takes little memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Role = Literal["poller", "matcher", "notifier", "web"]
#: What `python -m workers` can be.
Process = Role | Literal["supervisor", "queue"]

#: For glibc: give memory back, and keep no heaps for threads that a worker hardly has. Some 2 MB for each process.
_THRIFT = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}


def command(process: Process, settings: Path, *, supervised: bool = False, takes_over: str = "") -> list[str]:
    """Write the command that starts a process on a settings file.

    `supervised` where its standard input is held by a supervisor, with which it ends; `takes_over` names the dead
    worker whose work it continues.
    """
    # -P: whatever lies in the folder that we were started from is none of ours.
    words = [sys.executable, "-P", "-m", "workers", process, "--settings", str(settings)]
    return [*words, *(["--supervised"] if supervised else []), *(["--takes-over", takes_over] if takes_over else [])]


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a process: ours, and what saves memory unless its user says otherwise."""
    return {**_THRIFT, **environ}
