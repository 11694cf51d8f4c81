"""Run all benchmarks or those named, one after the other, and print their tables; exit 1 where a bar is missed."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import platform
import subprocess
import sys
import time
from contextlib import redirect_stderr
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import psutil

from benchmarks.figures import table
from monitor.queue.server import find_binary
from workers.logs import configure_logs

#: In the order in which they run.
NAMES = (
    "unchanged",
    "fresh",
    "commits",
    "hot",
    "matching",
    "memory",
    "reload",
    "latency",
    "delivery",
    "hundred_thousand",
    "peers",
    "percolate",
    "watchlists",
    "bulk",
    "corpus",
    "stories",
)


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(NAMES)}")
    names = parser.parse_args().names or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(NAMES)}")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        _log_to(nowhere)
        print(_machine())
        passed = [_run(name) for name in names]
    return 0 if all(passed) else 1


def _log_to(file: TextIO) -> None:
    """Let log lines be made and written as in service, but not here."""
    with redirect_stderr(file):
        configure_logs("bench")


def _run(name: str) -> bool:
    module = importlib.import_module(f"benchmarks.{name}")
    print(f"\n{name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
    started = time.perf_counter()
    figures = asyncio.run(module.run())
    print(table(figures))
    print(f"  ({time.perf_counter() - started:.0f} s; load average {os.getloadavg()[0]:.1f})", flush=True)
    return all(figure.passed for figure in figures)


def _machine() -> str:
    version = subprocess.run([find_binary(), "--version"], capture_output=True, text=True, check=True).stdout
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} cores, {_processor()}, "
        f"{psutil.virtual_memory().total / 1024**3:.0f} GiB; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}; {' '.join(version.split()[:3])}; "
        f"load average {os.getloadavg()[0]:.1f} before"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    sys.exit(main())
