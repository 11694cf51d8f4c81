"""Compiles Jinja2 templates, shipped ones and the user's own, so that they can neither reach our objects nor files.

A template is the operator's, its texts are strangers': HTML escapes whatever it is given, and what a template may call
is what Jinja2's sandbox lets it. A name that does not exist is an error, not an empty place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from monitor.alerts.excerpt import Line
from monitor.errors import SettingsError

__all__ = ["Template", "compiled", "shipped"]

#: How a template of the user's own names the one that it changes: {% extends "shipped/mail.html" %}.
_SHIPPED = "shipped"


@cache
def shipped(name: str) -> Template:
    """Return a template of ours by its file's name: no sandbox, which would cost a third of the time."""
    return _prepared(Environment, _ours()).get_template(name)


def compiled(name: str, sources: Mapping[str, str]) -> Template:
    """Return one of the user's templates, which may include and extend each other and ours.

    Raises SettingsError, with file and line, where it is none.
    """
    loader = ChoiceLoader([DictLoader(sources), PrefixLoader({_SHIPPED: _ours()})])
    try:
        return _prepared(ImmutableSandboxedEnvironment, loader).get_template(name)
    except TemplateSyntaxError as error:
        raise SettingsError(name, f"{error.name or name}, line {error.lineno}: {error.message}") from error
    except TemplateError as error:
        raise SettingsError(name, f"{name}: {type(error).__name__}: {error}") from error


def _ours() -> DictLoader:
    folder = files("monitor.alerts").joinpath("templates")
    return DictLoader({name: folder.joinpath(name).read_text("utf-8") for name in ("mail.html", "mail.txt")})


def _prepared(kind: type[Environment], loader: BaseLoader) -> Environment:
    environment = kind(
        loader=loader,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        auto_reload=False,
        keep_trailing_newline=True,
    )
    environment.filters.update(marks=_marks, stars=_stars, tojson=_json)
    return environment


def _marks(line: Line) -> Markup:
    """Write a line as HTML. `<b>`, since Outlook knows no `<mark>`: evidence is bold where nothing can be coloured."""
    pieces = (f'<b class="hit">{escape(piece.text)}</b>' if piece.marked else str(escape(piece.text)) for piece in line)
    return Markup("".join(pieces))  # noqa: S704  # each piece was escaped


def _stars(line: Line) -> str:
    """Write a line as plain text."""
    return "".join(f"*{piece.text}*" if piece.marked else piece.text for piece in line)


def _json(value: Any) -> str:
    """Write a value as JSON. Jinja2's own filter escapes for HTML, which no receiver undoes."""
    return json.dumps(value, ensure_ascii=False)
