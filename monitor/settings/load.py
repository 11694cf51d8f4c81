"""The settings file, the files it includes and the environment become validated `Settings`.

    settings.toml ──┐
    lists/*.toml  ──┼─► parse (each file, once per content) ─► merge, check as a whole ─► Settings
    lists/*.jsonl ──┘                               MONITOR__* ──┘

Every problem is reported, each with its file, line, value and remedy; there are no half-valid settings. Secrets are not
read here, and whether a watchlist compiles is not asked here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from monitor.errors import SettingsError
from monitor.settings.environment import Overrides, overrides
from monitor.settings.files import Hashes, expand, folders
from monitor.settings.merge import included_patterns, merge
from monitor.settings.parse import Source, parse, unreadable
from monitor.settings.places import Places
from monitor.settings.problems import Problem
from monitor.settings.schema import Settings

#: One mistake in a list of 225,000 entries can make as many problems; nobody reads more than these.
_MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Loaded:
    """Valid settings and what they were made of."""

    settings: Settings
    #: SHA-256 (hex) of every file that was read.
    files: Mapping[Path, str]
    #: SHA-256 (hex) of the files' contents and the overrides: one and the same on every host that reads the same.
    digest: str
    #: Where everything stands, for those who find something wrong that is not told here.
    places: Places = field(compare=False, repr=False)


def load(path: Path, *, environ: Mapping[str, str], draft: bytes | None = None) -> Loaded:
    """Return the settings of a file, the files it includes and the environment; raises SettingsError.

    `draft` is read in place of the settings file's own bytes: what would be, if it held them?
    """
    return Loader(path, environ=environ, draft=draft).load()


class Loader:
    """Loads the same settings again and again; a file, and a line of a JSONL file, is validated once per content."""

    def __init__(self, path: Path, *, environ: Mapping[str, str], draft: bytes | None = None) -> None:
        self.path = path
        #: SHA-256 (hex) by file as of the last `load`, also of one that failed; "" where a file could not be read.
        self.files: Mapping[Path, str] = {}
        self._draft = draft
        self._overrides = overrides(environ)
        self._include: tuple[str, ...] = ()
        self._sources: dict[Path, tuple[str, Source]] = {}
        self._hashes = Hashes()

    def load(self) -> Loaded:
        """Return the settings as the files are now; raises SettingsError with every problem."""
        digest, main = self._read(self.path)
        read = {self.path: (digest, main)}
        if main.readable:
            self._include = included_patterns(main, [])
        paths, missing = expand(self._include, settings=self.path)
        read |= {path: self._read(path) for path in paths}
        self._sources = read
        self.files = {path: digest for path, (digest, _source) in read.items()}
        sources = [source for _digest, source in read.values()]
        settings, problems = merge(sources, self._overrides)
        places = Places(sources, self._overrides.variables, read=self._bytes)
        if settings is None or missing:
            raise refusal(self.path, [*missing, *problems], places)
        return Loaded(settings, self.files, _digest(self.files, self._overrides), places)

    def look(self) -> Mapping[Path, str]:
        """Return what `files` would be if the settings were loaded now: unequal means changed."""
        paths, _missing = expand(self._include, settings=self.path)
        return {path: self._hashes.of(path) for path in (self.path, *paths)}

    def folders(self) -> set[Path]:
        """Return the folders in which a change can change the settings."""
        return folders(self._include, settings=self.path)

    def _read(self, path: Path) -> tuple[str, Source]:
        return read_source(path, read=self._bytes, known=self._sources.get(path))

    def _bytes(self, path: Path) -> bytes:
        return self._draft if self._draft is not None and path == self.path else path.read_bytes()


def read_source(
    path: Path, *, read: Callable[[Path], bytes] = Path.read_bytes, known: tuple[str, Source] | None = None
) -> tuple[str, Source]:
    """Return the SHA-256 of a file and what it contributes; `known` is what this said the last time."""
    try:
        body = read(path)
    except OSError as error:
        return "", unreadable(path, f"cannot be read: {error.strerror}")
    digest = sha256(body).hexdigest()
    if known and known[0] == digest:
        return known
    return digest, parse(path, body, known=known[1].lines if known else {})


def refusal(path: Path, problems: Sequence[Problem], places: Places) -> SettingsError:
    """Return the error that says why settings are refused."""
    lines = places.shown(problems[:_MOST_PROBLEMS])
    if more := len(problems) - len(lines):
        lines = (*lines, f"{path}: and {more} more problems")
    many = f"{len(problems)} problems, the first: " if len(problems) > 1 else ""
    return SettingsError(str(path), many + lines[0], problems=lines)


def _digest(files: Mapping[Path, str], overridden: Overrides) -> str:
    values = sorted((".".join(map(str, key)), value) for key, value in overridden.values.items())
    return sha256(json.dumps([sorted(files.values()), values]).encode()).hexdigest()
