"""The processes of a running service by name: what each weighs (PSS; USS where there is none) and has computed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil


def processes(*roots: int) -> Iterator[tuple[str, psutil.Process]]:
    """Yield name and process of these process ids and of all their descendants; "matcher 2" is a second of its kind."""
    seen: dict[str, int] = {}
    for root in map(psutil.Process, roots):
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):  # gone since
                name = _name(process.cmdline())
                seen[name] = seen.get(name, 0) + 1
                yield (f"{name} {seen[name]}" if seen[name] > 1 else name), process


def weights(*roots: int) -> dict[str, int]:
    """Weigh each process, bytes."""
    weighed: dict[str, int] = {}
    for name, process in processes(*roots):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            memory = process.memory_full_info()
            weighed[name] = int(getattr(memory, "pss", memory.uss))
    return weighed


def seconds_used(*roots: int) -> dict[str, float]:
    """Read the processor time that each process has used so far."""
    used: dict[str, float] = {}
    for name, process in processes(*roots):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            times = process.cpu_times()
            used[name] = times.user + times.system
    return used


def _name(words: list[str]) -> str:
    title = Path(words[0].split()[0]).name
    if title.startswith(("valkey-", "redis-")):
        return "Valkey" if title.endswith("-server") else title
    if "monitor.feeds.reading.parser_process" in words:
        return "parser"
    return words[words.index("workers") + 1] if "workers" in words else " ".join(words)
