"""Where a problem stands: its file and line, found only once there is a problem.

A key of the settings as a whole ("the 1,204th watchlist") becomes a file, a key within that file, and a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from monitor.settings.environment import PREFIX
from monitor.settings.locate import Key, line_of, toml_lines
from monitor.settings.parse import Source, entry_lines
from monitor.settings.problems import Problem, shown_line

_ENTRIES = ("feeds", "watchlists")


class Places:
    """The files that the settings came from, the settings file first, and the variables that override them."""

    def __init__(
        self, sources: Sequence[Source], variables: Mapping[Key, str], *, read: Callable[[Path], bytes]
    ) -> None:
        self._sources = sources
        self._readable = {source.path for source in sources if source.readable}
        self._variables = variables
        self._read = read
        self._lines: dict[Path, dict[Key, int]] = {}

    def shown(self, problems: Iterable[Problem]) -> tuple[str, ...]:
        """Return every problem as one line that begins with its place, in the order of the places."""
        order = {source.path: number for number, source in enumerate(self._sources)}
        lines = []
        for problem in problems:
            path, line, key = self._place(problem)
            other = self._other(problem.other) if problem.other else ""
            text = shown_line(problem, place=_shown_place(path, line), key=key, other=other)
            lines.append((order.get(path, -1) if path else -1, line or 0, text))
        return tuple(text for _file, _line, text in sorted(lines))

    def _place(self, problem: Problem) -> tuple[Path | None, int | None, Key]:
        """Return file (None: the environment), line and the key as it is written there."""
        if variable := self._variable(problem):
            return None, None, (variable,)
        path, key = (problem.path, problem.key) if problem.path else self._within_file(problem.key)
        line = problem.line or line_of(self._lines_of(path), key)
        # In JSONL the line is the entry.
        return path, line, key[2:] if path.suffix == ".jsonl" and key[:1] and key[0] in _ENTRIES else key

    def _variable(self, problem: Problem) -> str | None:
        if problem.key[:1] == (PREFIX,):
            return str(problem.key[1])
        return None if problem.path else self._variables.get(problem.key)

    def _other(self, key: Key) -> str:
        path, local = self._within_file(key)
        return _shown_place(path, line_of(self._lines_of(path), local))

    def _within_file(self, key: Key) -> tuple[Path, Key]:
        """Return the file that contributed an entry, and the entry's key there."""
        if len(key) > 1 and key[0] in _ENTRIES and isinstance(key[1], int):
            index = key[1]
            for source in self._sources:
                count = len(source.feeds if key[0] == "feeds" else source.watchlists)
                if index < count:
                    return source.path, (key[0], index, *key[2:])
                index -= count
        return self._sources[0].path, key

    def _lines_of(self, path: Path) -> dict[Key, int]:
        if path not in self._lines:
            self._lines[path] = self._scanned(path) if path in self._readable else {}
        return self._lines[path]

    def _scanned(self, path: Path) -> dict[Key, int]:
        try:
            text = self._read(path).decode("utf-8-sig")
            return entry_lines(text) if path.suffix == ".jsonl" else toml_lines(text)
        except (OSError, ValueError, RecursionError):
            return {}  # it has changed since it was read: the file's name has to do


def _shown_place(path: Path | None, line: int | None) -> str:
    if path is None:
        return "environment"
    return str(path) if line is None else f"{path}:{line}"
