"""Other programs that poll feeds, each used as its users do: newsboat, rss2email, and the library `reader`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol
from xml.sax.saxutils import quoteattr


@dataclass(frozen=True, slots=True)
class Spent:
    """What polling all feeds once took, and its processor time."""

    seconds: float
    cpu_s: float


class Program(Protocol):
    """Something that polls the feeds at /0, /1, ... of a server."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def threads(self) -> Sequence[int]:
        """Numbers of threads that are worth a try."""

    async def poll(self, threads: int) -> Spent:
        """Poll all feeds once."""

    async def entries(self) -> int:
        """Count the entries that it knows."""

    async def close(self) -> None:
        """End it."""


class Newsboat:
    """`newsboat -x reload` with a configuration and a cache of its own."""

    name = "newsboat"
    threads = (1, 4)

    def __init__(self, folder: Path, address: str, feeds: int) -> None:
        self._folder = folder
        (folder / "urls").write_text("".join(f"{address}/{number}\n" for number in range(feeds)), "utf-8")

    async def poll(self, threads: int) -> Spent:
        """Start it, let it reload all feeds, and end."""
        (self._folder / "config").write_text(f"reload-threads {threads}\n", "utf-8")
        return await self._run("reload")

    async def start(self) -> Spent:
        """Start it, let it read its cache, and end: what a reload takes besides."""
        return await self._run("print-unread")

    async def entries(self) -> int:
        """Count the rows of its cache."""
        with closing(sqlite3.connect(self._folder / "cache.db")) as cache:
            return int(cache.execute("SELECT count(*) FROM rss_item").fetchone()[0])

    async def close(self) -> None:
        """Nothing is left running."""

    async def _run(self, command: str) -> Spent:
        files = ("-u", "urls", "-c", "cache.db", "-C", "config")
        return await asyncio.to_thread(_run, ["newsboat", "-q", *files, "-x", command], self._folder)


class Rss2email:
    """`r2e run --no-send`: it polls one feed after the other, and makes no mail of what is new."""

    name = "rss2email"
    threads = (1,)

    def __init__(self, folder: Path, address: str, feeds: int) -> None:
        self._folder = folder
        rows = (
            f'<outline type="rss" text="feed-{number}" xmlUrl={quoteattr(f"{address}/{number}")}/>'
            for number in range(feeds)
        )
        (folder / "feeds.opml").write_text(f'<opml version="2.0"><body>{"".join(rows)}</body></opml>', "utf-8")
        for words in (["new", "reader@example.org"], ["opmlimport", "feeds.opml"]):
            _run([*self._command, *words], folder)

    async def poll(self, threads: int) -> Spent:
        """Start it, let it poll all feeds, and end."""
        return await asyncio.to_thread(_run, [*self._command, "run", "--no-send"], self._folder)

    async def entries(self) -> int:
        """Count the entries in its data file."""
        known = json.loads((self._folder / "data.json").read_text("utf-8"))
        return sum(len(feed["seen"]) for feed in known["feeds"])

    async def close(self) -> None:
        """Nothing is left running."""

    @property
    def _command(self) -> list[str]:
        return ["r2e", "-c", "config", "-d", "data.json"]


class ReaderLibrary:
    """`reader` with a database of its own, in a process that stays (`benchmarks.reader_process`)."""

    name = "reader"
    threads = (1, 4)

    def __init__(self, folder: Path, address: str, feeds: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.reader_process", str(folder / "reader.db"), address, str(feeds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._entries = 0

    async def poll(self, threads: int) -> Spent:
        """Let it update all feeds."""
        told = json.loads(await asyncio.to_thread(self._ask, threads))
        self._entries = told["entries"]
        return Spent(told["seconds"], told["cpu_s"])

    async def entries(self) -> int:
        """Give the count that it told with its last update."""
        return self._entries

    async def close(self) -> None:
        """Let its input end, and wait for it."""
        await asyncio.to_thread(self._process.communicate)

    def _ask(self, threads: int) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{threads}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


def missing() -> dict[str, str]:
    """Name what is not installed, and how to install it."""
    commands = {"newsboat": "newsboat", "rss2email": "r2e"}
    lacking = {
        name: f"on Debian: apt-get install {name}" for name, command in commands.items() if not shutil.which(command)
    }
    return lacking if find_spec("reader") else {**lacking, "reader": "pip install --constraint constraints.txt reader"}


def _run(words: Sequence[str], folder: Path) -> Spent:
    """Run a program to its end in a folder that is its home too."""
    started = time.perf_counter()
    process = subprocess.Popen(
        words,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{' '.join(words)} ended with {process.returncode}"
    return Spent(time.perf_counter() - started, used.ru_utime + used.ru_stime)
