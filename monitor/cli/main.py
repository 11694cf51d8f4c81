"""The command line: one file per command group, put together here."""

from __future__ import annotations

import typer

from monitor.cli import feeds, run
from monitor.cli.check import check
from monitor.cli.demo import demo

app = typer.Typer(
    name="news-monitor",
    help="Watch news feeds and be told what matters to you.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for role in (run.run, run.queue, run.poller, run.matcher, run.notifier):
    app.command()(role)
app.command()(demo)
app.command()(check)
app.add_typer(feeds.app, name="feeds")
