"""`news-monitor links`: the key that signs the links in alerts."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_SETTINGS, SettingsFile, ended, load_or_exit, refusal
from monitor.errors import SettingsError
from monitor.settings.signing_keys import rotate as put_new_key
from workers.wiring import is_embedded

app = typer.Typer(help="The key that signs the links in alerts.", no_args_is_help=True)


@app.command()
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="Former keys may be known to others: their links work no more.")
    ] = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Sign with a new key from the next start on; links that the former ones signed still work.

    For the key that the service has made for itself in redis.data_dir. A key that the settings name is rotated there:
    the old one becomes web.former_signing_key_env (or _file).

    Example: news-monitor links rotate
    """
    loaded = load_or_exit(settings).settings
    if loaded.web.signing_key_env or loaded.web.signing_key_file:
        raise ended(
            "the settings name the signing key: put a new one there, the old one into web.former_signing_key_env "
            "(or _file), and restart the service on every machine"
        )
    if not is_embedded(loaded.redis):
        raise ended("with a Redis of your own the settings name the signing key: web.signing_key_env (or _file)")
    try:
        former = put_new_key(settings.absolute().parent / loaded.redis.data_dir, forget=forget)
    except SettingsError as error:
        raise refusal(error) from error
    keys = "key" if former == 1 else "keys"
    kept = "older links work no more" if forget else f"links of {former} former {keys} still work"
    typer.echo(f"a new key signs once the service is restarted; {kept}")
