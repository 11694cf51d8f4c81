"""The command line: one file per command group, each imported when it is typed: `--help` alone needs them all."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

#: What is typed -> the function that does it, or the group of a module.
COMMANDS = {
    "demo": "demo.demo",
    "check": "check.check",
    "run": "run.run",
    "status": "status.status",
    "send-test": "send_test.send_test",
    "match": "match.match",
    "explain": "match.explain",
    "eval": "evaluate.evaluate",
    "feedback": "feedback.feedback",
    "mute": "silence.mute",
    "pause": "silence.pause",
    "unsubscribe": "silence.unsubscribe",
    **{name: f"{name}.app" for name in ("feeds", "watchlists", "stories", "dead", "overrides", "settings")},
    **{name: f"{name}.app" for name in ("links", "webhook")},
}
ROLES = {role: f"run.{role}" for role in ("queue", "poller", "matcher", "notifier", "web")}


class Commands(MutableMapping[str, Any]):
    """The commands by name; whoever asks for one has its module imported."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _loaded(name, {**COMMANDS, **ROLES}[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*COMMANDS, *ROLES))

    def __len__(self) -> int:
        return len(COMMANDS) + len(ROLES)


class Group(TyperGroup):
    """The top of the command line."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": Commands()})


def _loaded(name: str, place: str) -> Any:
    module, _, attribute = place.partition(".")
    found = getattr(import_module(f"monitor.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_group(found)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command(rich_help_panel="One role alone" if name in ROLES else None)(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    name="news-monitor",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def news_monitor() -> None:
    """Watch news feeds and be told what matters to you."""
