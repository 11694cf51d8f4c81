"""What commands that look into a running service share: connect, do, say plainly why not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import typer

from monitor.cli.options import refusal
from monitor.errors import MonitorError, SettingsError, StoreError
from monitor.queue.store import Store
from monitor.settings.connection import load_redis
from workers.wiring import Place, is_embedded, open_store

T = TypeVar("T")


def with_store(path: Path, do: Callable[[Store], Awaitable[T]]) -> T:
    """Run `do` on the service's store; print the reason and end the command where that cannot be."""
    done = if_store(path, do)
    if isinstance(done, Unreachable):
        typer.echo(done.reason, err=True)
        raise typer.Exit(1)
    return done


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why the service's store cannot be asked."""

    reason: str


def if_store(path: Path, do: Callable[[Store], Awaitable[T]]) -> T | Unreachable:
    """Run `do` on the service's store; give the reason where that cannot be. Ends the command at bad settings."""
    try:
        redis = load_redis(path, environ=os.environ)
    except SettingsError as error:
        raise refusal(error) from error

    async def connected() -> T | Unreachable:
        try:
            store = await open_store(redis, Place(path, os.environ))
        except StoreError as error:
            hint = "; is the service running? (news-monitor run)" if is_embedded(redis) and error.temporary else ""
            return Unreachable(f"{error}{hint}")
        try:
            return await do(store)
        finally:
            await store.close()

    try:
        return asyncio.run(connected())
    except MonitorError as error:
        return Unreachable(str(error))
