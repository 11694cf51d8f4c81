"""A small judge of JSON by the keywords that docs/alert.schema.json uses; any other keyword is an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "alert.schema.json").read_text("utf-8"))
_TYPES = {"object": dict, "array": list, "string": str, "integer": int}
_SAID = {"$schema", "$defs", "title", "description", "format"}


def faults(value: Any, schema: dict[str, Any] = SCHEMA, at: str = "$") -> Iterator[str]:
    """Name each place where `value` breaks the schema."""
    for keyword, wanted in schema.items():
        if keyword not in _SAID:
            yield from _judge(keyword, wanted, value, schema, at)


def _judge(keyword: str, wanted: Any, value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    match keyword:
        case "if":
            branch = schema.get("else" if any(faults(value, wanted, at)) else "then", {})
            yield from faults(value, branch, at)
        case "then" | "else":
            pass
        case "$ref":
            yield from faults(value, SCHEMA["$defs"][wanted.removeprefix("#/$defs/")], at)
        case "properties":
            for name, part in wanted.items():
                if name in value:
                    yield from faults(value[name], part, f"{at}.{name}")
        case "items":
            for number, entry in enumerate(value):
                yield from faults(entry, wanted, f"{at}[{number}]")
        case _:
            if not _holds(keyword, wanted, value):
                yield f"{at}: {keyword} {wanted}"


def _holds(keyword: str, wanted: Any, value: Any) -> bool:
    checks: dict[str, Callable[[], bool]] = {
        "type": lambda: isinstance(value, _TYPES[wanted]),
        "required": lambda: set(wanted) <= set(value),
        "const": lambda: value == wanted,
        "enum": lambda: value in wanted,
        "pattern": lambda: re.search(wanted, value) is not None,
        "minLength": lambda: len(value) >= wanted,
        "maxLength": lambda: len(value) <= wanted,
        "minItems": lambda: len(value) >= wanted,
        "maxItems": lambda: len(value) <= wanted,
        "minimum": lambda: value >= wanted,
    }
    return checks[keyword]()
