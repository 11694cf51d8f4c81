"""Reads `bad_settings.txt`: settings that are refused, each with every line that says why.

## a sentence that names the case
the lines of settings.toml
@ name of a further file, whose lines follow
$ VARIABLE=value
>> a line of the answer; "…" at its end stands for words that are not ours
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Refused:
    """One case."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    answer: list[str] = field(default_factory=list)


def read_cases() -> list[Refused]:
    """Return the cases of the table."""
    text = Path(__file__).with_name("bad_settings.txt").read_text("utf-8")
    return [_case(block) for block in text.split("\n## ")[1:]]


def _case(block: str) -> Refused:
    name, *lines = block.splitlines()
    case, file = Refused(name), "settings.toml"
    case.files[file] = ""
    for line in lines:
        if line.startswith(">> "):
            case.answer.append(line[3:])
        elif line.startswith("$ "):
            variable, _, value = line[2:].partition("=")
            case.environ[variable] = value
        elif line.startswith("@ "):
            file = line[2:]
            case.files[file] = ""
        else:
            case.files[file] += line + "\n"
    return case
