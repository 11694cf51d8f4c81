"""The command line: one file per command group, put together here."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="news-monitor",
    help="Watch news feeds and be told what matters to you.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
