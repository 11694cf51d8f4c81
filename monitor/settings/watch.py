"""Tells when the files of the settings have changed: edited, replaced by rename, swapped by a link, added or removed.

The file system's own messages wake it; what counts is whether the files' hashes differ from those that were loaded, so
that a touched file says nothing and a change between load and start of the watch is not missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Protocol

from watchfiles import awatch

#: Messages that come so close together are one change (an editor's temporary file, rename and permissions).
_QUIET_MS = 50
_LONGEST_MS = 100
#: Network file systems send no messages, and folders that did not exist yet none either: look so often by ourselves.
_LOOK_MS = 1_000


class Watched(Protocol):
    """What is watched; a `monitor.settings.load.Loader` is one."""

    files: Mapping[Path, str]

    def look(self) -> Mapping[Path, str]:
        """Return the hashes of the files as they are now; `files` has them as they were loaded."""

    def folders(self) -> set[Path]:
        """Return the folders in which a change can change the settings."""


async def changes(watched: Watched, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield whenever the files are no longer as they were last loaded, until `stop` is set.

    Whoever iterates loads them; where that fails, the next yield comes with the next change.
    """
    while not stop.is_set():
        folders = watched.folders()
        async with aclosing(_stirs(folders, stop)) as stirs:
            async for _ in stirs:
                if await asyncio.to_thread(watched.look) != watched.files:
                    yield
                if watched.folders() != folders:
                    break


async def _stirs(folders: Iterable[Path], stop: asyncio.Event) -> AsyncGenerator[None]:
    """Yield whenever something happened in one of the folders, and once in a while without that."""
    try:
        async for _ in awatch(
            *folders,
            watch_filter=None,
            debounce=_LONGEST_MS,
            step=_QUIET_MS,
            stop_event=_Stop(stop),
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            recursive=False,
        ):
            yield
    except (OSError, RuntimeError):
        # A folder has vanished, or the system has no watches left (fs.inotify.max_user_watches); watchfiles raises
        # a RuntimeError of its own for some of these.
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_MS / 1_000)
        yield


class _Stop(asyncio.Event):
    """The caller's event as `awatch` may have it, which sets it itself when it is cancelled."""

    def __init__(self, stop: asyncio.Event) -> None:
        super().__init__()
        self._stop = stop

    def is_set(self) -> bool:
        return super().is_set() or self._stop.is_set()
