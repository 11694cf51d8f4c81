"""The line on which each key of a TOML text stands, for error messages.

`tomllib` gives no line numbers, so after an error the text is scanned a second time. The scan trusts that the text is
valid TOML (`tomllib` has read it); it keeps no values and is not used where all is well.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

#: Where in the settings: ("feeds", 3, "url"). Numbers count from 0.
Key = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r'\s*("(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+)\s*(\.?)')
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n#]+")


def toml_lines(text: str) -> dict[Key, int]:
    """Return the line (from 1) of every table, key and array element of a valid TOML text."""
    return _Scan(text).document()


def last_line_of(text: str, name: str) -> int | None:
    """Return the last line of the last table of this name in a valid TOML text, comments after it not counted."""
    scan = _Scan(text)
    scan.document()
    return scan.last_lines.get(name)


def table_lines(text: str, name: str, number: int) -> tuple[int, int] | None:
    """Return first and last line of one `[[name]]` entry of a valid TOML text, comments after it not counted.

    None where it does not stand in lines of its own.
    """
    return _Scan(text).entry_lines(name, number)


def line_of(lines: dict[Key, int], key: Key) -> int | None:
    """Return the line of a key, or of the nearest thing around it that has one."""
    while key and key not in lines:
        key = key[:-1]
    return lines.get(key)


class _Scan:
    """A cursor over the text; each method consumes one construct and notes where its parts begin."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.ends = [found.start() for found in re.finditer("\n", self.text)]
        self.lines: dict[Key, int] = {}
        #: Where the last table of each name, with all that belongs to it, ends.
        self.last_lines: dict[str | int, int] = {}
        #: How many `[[tables]]` of each name have begun.
        self.counts: dict[Key, int] = {}

    def document(self) -> dict[Key, int]:
        table: Key = ()
        while self._skip_blank() < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._assignment(table)
            if table:
                self.last_lines[table[0]] = self._line(self.at)
        return self.lines

    def entry_lines(self, name: str, number: int) -> tuple[int, int] | None:
        table: Key = ()
        first = last = 0
        while self._skip_blank() < len(self.text):
            start = self.at
            if self.text[start] == "[":
                table = self._header()
            else:
                self._assignment(table)
            if table[:2] == (name, number):
                first = first or self._line(start)
                last = self._line(self.at - 1)
        return (first, last) if first else None

    def _header(self) -> Key:
        start, many = self.at, self.text.startswith("[[", self.at)
        self.at += 1 + many
        *outer, last = self._names()
        self.at += 1 + many
        key = (*self._inside((), outer), last)
        if many:
            self.counts[key] = self.counts.get(key, 0) + 1
        key = self._inside(key[:-1], [last])
        self._note(key, start)
        return key

    def _inside(self, key: Key, names: list[str]) -> Key:
        """A name of an array of tables means its latest table (TOML 1.0, Array of Tables)."""
        for name in names:
            key = (*key, name)
            if key in self.counts:
                key = (*key, self.counts[key] - 1)
        return key

    def _assignment(self, table: Key) -> None:
        start = self.at
        key = (*table, *self._names())
        self._note(key, start)
        self.at += 1  # "="
        self._value(key)

    def _names(self) -> list[str]:
        names, more = [], True
        while more and (found := _KEY_PART.match(self.text, self.at)):
            self.at = found.end()
            names.append(_name(found[1]))
            more = bool(found[2])
        return names

    def _value(self, key: Key) -> None:
        self._skip_blank()
        self._note(key, self.at)
        if self.text.startswith("[", self.at):
            self._array(key)
        elif self.text.startswith("{", self.at):
            self._inline_table(key)
        else:
            found = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else self.at + 1

    def _array(self, key: Key) -> None:
        self.at += 1
        index = 0
        while self._skip_blank() < len(self.text) and self.text[self.at] != "]":
            self._value((*key, index))
            index += 1
            self._skip_comma()
        self.at += 1

    def _inline_table(self, key: Key) -> None:
        self.at += 1
        while self._skip_blank() < len(self.text) and self.text[self.at] != "}":
            self._assignment(key)
            self._skip_comma()
        self.at += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self.text.startswith(",", self.at):
            self.at += 1

    def _skip_blank(self) -> int:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _note(self, key: Key, at: int) -> None:
        for length in range(1, len(key) + 1):
            self.lines.setdefault(key[:length], self._line(at))

    def _line(self, at: int) -> int:
        return bisect_right(self.ends, at - 1) + 1


def _name(written: str) -> str:
    return str(tomllib.loads(f"name = {written}")["name"]) if written[0] in "\"'" else written
