"""The command line: one file per command group, put together here."""

from __future__ import annotations

import typer

from monitor.cli import dead, feeds, links, overrides, run, settings, stories, watchlists, webhook
from monitor.cli.check import check
from monitor.cli.demo import demo
from monitor.cli.evaluate import evaluate
from monitor.cli.feedback import feedback
from monitor.cli.match import explain, match
from monitor.cli.send_test import send_test
from monitor.cli.silence import mute, pause, unsubscribe
from monitor.cli.status import status

app = typer.Typer(
    name="news-monitor",
    help="Watch news feeds and be told what matters to you.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (demo, check, run.run, status, send_test, match, explain, feedback, mute, pause, unsubscribe)
for command in COMMANDS:
    app.command()(command)
app.command("eval")(evaluate)
app.add_typer(feeds.app, name="feeds")
app.add_typer(watchlists.app, name="watchlists")
app.add_typer(stories.app, name="stories")
app.add_typer(dead.app, name="dead")
app.add_typer(overrides.app, name="overrides")
app.add_typer(settings.app, name="settings")
app.add_typer(webhook.app, name="webhook")
app.add_typer(links.app, name="links")
for role in (run.queue, run.poller, run.matcher, run.notifier, run.web):
    app.command(rich_help_panel="One role alone")(role)
