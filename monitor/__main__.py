"""`python -m monitor` is `news-monitor`; workers start one another this way."""

from monitor.cli.main import app

app()
