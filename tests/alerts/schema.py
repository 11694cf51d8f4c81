"""Judges JSON by docs/alert.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "alert.schema.json").read_text("utf-8"))
Draft202012Validator.check_schema(SCHEMA)
_JUDGE = Draft202012Validator(SCHEMA)


def faults(value: Any) -> Iterator[str]:
    """Name each place where `value` breaks the schema."""
    for error in _JUDGE.iter_errors(value):
        yield f"{error.json_path}: {error.message[:200]}"


def undocumented(value: Any, schema: dict[str, Any] = SCHEMA, at: str = "$") -> Iterator[str]:
    """Name each field that the schema does not know."""
    if isinstance(value, list):
        for entry in value:
            yield from undocumented(entry, schema.get("items", {}), f"{at}[]")
    if isinstance(value, dict):
        known = _properties(schema)
        for name, inner in value.items():
            if name in known:
                yield from undocumented(inner, known[name], f"{at}.{name}")
            else:
                yield f"{at}.{name}"


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    found = dict(schema.get("properties", {}))
    if reference := schema.get("$ref"):
        found |= _properties(SCHEMA["$defs"][reference.removeprefix("#/$defs/")])
    for part in schema.get("allOf", ()):
        found |= _properties(part)
    return {name: _resolved(each) for name, each in found.items()}


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if reference := schema.get("$ref"):
        return {**SCHEMA["$defs"][reference.removeprefix("#/$defs/")], **schema}
    if "items" in schema:
        return {**schema, "items": _resolved(schema["items"])}
    return schema
