"""What is wrong with the settings, in words: what was written, what is allowed, and the nearest valid name.

Turns pydantic's errors into `Problem`s and a `Problem` into one line. It never shows a secret: not the value of a key
that is named like one, nor the secret part of an address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.settings.locate import Key
from monitor.settings.secrets import masked_url, names_secret

#: Longest value that is shown whole.
_SHOWN_CHARACTERS = 60

#: pydantic's error types, in words of what is allowed. Those that are not here say it themselves (`values`).
_ALLOWED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a table",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "model_type": "a table",
    "string_type": "a text in quotes",
    "string_too_short": "a text that is not empty",
    "too_short": "at least one",
    "tuple_type": 'a list such as ["one", "two"]',
    "greater_than": "more than {gt:.12g}",
    "greater_than_equal": "at least {ge:.12g}",
    "less_than_equal": "at most {le:.12g}",
    "finite_number": "a finite number",
}


class _Absent:
    """The value of a key that is missing, or that must not be shown."""


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, before it is known on which line."""

    text: str
    #: Where: in the file `path` where that is set, else in the settings as a whole.
    key: Key = ()
    value: object = ABSENT
    path: Path | None = None
    line: int | None = None
    #: Another place that the text speaks of as "{other}".
    other: Key | None = None


def problems_of(error: ValidationError, *, model: type[BaseModel], raw: Any, key: Key = ()) -> list[Problem]:
    """Return what pydantic found wrong with `raw`, which was to become `model`; `key` is where `raw` stands."""
    details = error.errors(include_url=False)
    # Of a list whose elements are all wrong pydantic also says that it is too short.
    return [_problem(d, model, raw, key) for d in details if d["type"] != "too_short" or not _value_at(raw, d["loc"])]


def unknown_key(name: str, known: Set[str], value: object) -> tuple[str, object]:
    """Return what to say of a key that its table does not know, and its value as it may be shown."""
    if f"{name}_env" in known:
        return f"a secret does not stand in the settings: write {name}_env or {name}_file", ABSENT
    if names_secret(name):
        return f"a secret does not stand in the settings: {_remedy(name, known)}", ABSENT
    return f"unknown key, {did_you_mean(name, known)}", value


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return "did you mean x?" for the nearest of the names, else "known are x, y" or that there is none."""
    known = sorted(names)
    near = get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    shown = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
    return f"allowed: {shown}" if known else "there is none yet"


def choice(value: object, choices: Sequence[str]) -> str:
    """Return what may be chosen, and the nearest of it."""
    allowed = ", ".join(f'"{choice}"' for choice in choices)
    near = get_close_matches(str(value).lower(), choices, n=1)
    return f"one of {allowed}" + (f'; did you mean "{near[0]}"?' if near else "")


def shown_line(problem: Problem, *, place: str, key: Key, other: str) -> str:
    """Return the problem as one line: place, key, value and what is allowed."""
    named = shown_key(key) + ("" if problem.value is ABSENT else f" = {_shown_value(problem.value)}")
    text = problem.text.replace("{other}", other)
    return ": ".join(part for part in (place, named, text) if part)


def shown_key(key: Key) -> str:
    """Return `feeds[3].url` for ("feeds", 3, "url")."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_shown_name(part)}" for part in key).removeprefix(".")


def _shown_name(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else json.dumps(name, ensure_ascii=False)


def _problem(detail: ErrorDetails, model: type[BaseModel], raw: Any, outer: Key) -> Problem:
    key: Key = detail["loc"]
    context = detail.get("ctx", {})
    if "key" in context:
        key = (*key, context["key"])
    value = safe_value(key, _value_at(raw, key))
    if detail["type"] == "extra_forbidden":
        text, value = unknown_key(str(key[-1]), set(_model_at(model, key).model_fields), value)
    elif detail["type"] == "missing":
        text = "is missing"
    elif detail["type"] == "literal_error":
        text = choice(value, _choices_at(model, key))
    elif detail["type"] == "inline_secret":
        text = f"{detail['msg']}: put the whole address into {key[-1]}_env or {key[-1]}_file"
    elif detail["type"] in ("variable", "secret_header", "header_value"):
        text, value = detail["msg"], ABSENT
    else:
        text = _ALLOWED.get(detail["type"], "").format_map(context) or detail["msg"]
    return Problem(text, (*outer, *key), value)


def _remedy(name: str, known: Set[str]) -> str:
    """Return where a table takes a secret of a name that it does not know."""
    if "password_env" in known and name.lower().startswith("p"):
        return "write password_env or password_file"
    if "secret_headers" in known:
        return "write secret_headers with value_env, or the whole address as url_env"
    if "url_env" in known:
        return "write the whole address as url_env or url_file"
    return "name the variable that holds it where it is needed, such as password_env in [mail]"


def _model_at(model: type[BaseModel], key: Key) -> type[BaseModel]:
    """Return the model of the table that holds a key."""
    for part in key[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _choices_at(model: type[BaseModel], key: Key) -> tuple[str, ...]:
    return tuple(_choices_in(_model_at(model, key).model_fields[str(key[-1])].annotation))


def _choices_in(annotation: Any) -> Iterator[str]:
    """Yield what a key may say; one that may be unset has its choices a level deeper."""
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _choices_in(part)


def _value_at(raw: Any, key: Key) -> object:
    for part in key:
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return raw


def safe_value(key: Key, value: object) -> object:
    """Return the value as it may be shown."""
    if any(isinstance(part, str) and names_secret(part) for part in key) or isinstance(value, dict):
        return ABSENT
    return masked_url(value) if isinstance(value, str) and "://" in value else value


def _shown_value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
