"""Which files make up the settings, and what they hold: patterns to paths, paths to bytes and hashes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from glob import glob
from hashlib import sha256
from pathlib import Path

from monitor.settings.problems import Problem

#: Suffixes that an included file may have.
SUFFIXES = (".toml", ".jsonl")
#: A file changed so recently can change again without a new time stamp (coarse clocks of file systems).
_FRESH_NS = 2_000_000_000


def expand(patterns: Iterable[str], *, settings: Path) -> tuple[list[Path], list[Problem]]:
    """Return the files that the patterns name, sorted and each once, without the settings file itself.

    A pattern may match nothing; a plain path must exist. Patterns are relative to the settings file's folder.
    """
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for index, pattern in enumerate(patterns):
        key = ("include", index)
        paths = [settings.parent / name for name in _matching(pattern, settings.parent)]
        paths = [path for path in paths if path.is_file() and path != settings]
        if not paths and not _is_pattern(pattern):
            problems.append(Problem("no such file", key, pattern))
        wrong = next((path for path in paths if path.suffix not in SUFFIXES), None)
        if wrong:
            problems.append(Problem(f"{wrong.name} is neither .toml nor .jsonl", key, pattern))
        found.update(dict.fromkeys(path for path in paths if path.suffix in SUFFIXES))
    return list(found), problems


def folders(patterns: Iterable[str], *, settings: Path) -> set[Path]:
    """Return the existing folders in which a change can change the settings; links are followed."""
    files, _problems = expand(patterns, settings=settings)
    wanted = {path.parent for path in (settings, *files)} | {path.resolve().parent for path in (settings, *files)}
    for pattern in patterns:
        wanted |= _folders_of(pattern, settings.parent)
    return {folder for folder in wanted if folder.is_dir()}


def _folders_of(pattern: str, base: Path) -> set[Path]:
    """Return the folders in which files of a pattern can stand, and the nearest existing one around them."""
    folder = Path(pattern).parent
    fixed = next(outer for outer in (folder, *folder.parents) if not _is_pattern(str(outer)))
    around = next(outer for outer in (base / fixed, *(base / fixed).parents) if outer.is_dir())
    return {around, *(base / name for name in _matching(str(folder), base))}


def _is_pattern(text: str) -> bool:
    return bool(re.search(r"[*?[]", text))


def _matching(pattern: str, base: Path) -> list[str]:
    # Path.glob takes no absolute pattern and finds hidden files too, such as an editor's.
    return sorted(glob(pattern, root_dir=base, recursive=True))  # noqa: PTH207  # as said above


class Hashes:
    """SHA-256 (hex) of files, computed again only where the file's status has changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], str]] = {}

    def of(self, path: Path) -> str:
        """Return the hash of a file's bytes, "" where it cannot be read."""
        try:
            status = path.stat()
            signature = (status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev)
            known = self._known.get(path)
            if known and known[0] == signature:
                return known[1]
            digest = sha256(path.read_bytes()).hexdigest()
        except OSError:
            return ""
        if time.time_ns() - status.st_mtime_ns > _FRESH_NS:
            self._known[path] = (signature, digest)
        return digest
