"""Starts the world outside (`benchmarks.world_process`, or another such process) and tells it what to do."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class World:
    """The process, as a benchmark sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, do: str, **arguments: Any) -> Any:
        """Let it do one thing, and return what it answers."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        if not (line := await self._process.stdout.readline()):
            raise RuntimeError(f"the process of the servers ended while it was to {do}")
        return json.loads(line)


@asynccontextmanager
async def world(module: str = "benchmarks.world_process") -> AsyncIterator[World]:
    """Run the process for the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=16 * 1024**2,
    )
    try:
        yield World(process)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()
