"""`news-monitor webhook`: for those who write a receiver."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from monitor.alerts.signature import SECRET_PREFIX, Call, fault, key_of
from monitor.cli.options import ended
from monitor.errors import SettingsError
from monitor.settings.secrets import read_secret

app = typer.Typer(help="For those who write a receiver of webhooks.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """For those who write a receiver of webhooks."""


@app.command()
def verify(
    delivery_id: Annotated[str, typer.Option("--id", help="Header webhook-id.")],
    timestamp: Annotated[str, typer.Option(help="Header webhook-timestamp.")],
    signature: Annotated[str, typer.Option(help="Header webhook-signature.")],
    body: Annotated[str, typer.Argument(help="File with the body as it came; -: standard input.")] = "-",
    secret_env: Annotated[str | None, typer.Option(help="Environment variable that holds the secret.")] = None,
    secret_file: Annotated[str | None, typer.Option(help="File that holds the secret.")] = None,
    max_age: Annotated[float, typer.Option(help="Seconds that the timestamp may be off.")] = 300.0,
) -> None:
    """Say whether a call's signature is right, or what is wrong with it, as a receiver has to.

    Exit code 1: it is not to be believed.

    Example: news-monitor webhook verify body.json --id dlv_x --timestamp 1783663385 --signature v1,ab= --secret-env KEY
    """
    call = Call(delivery_id, timestamp, signature, _read(body))
    key = _key(secret_env, secret_file)
    if why := fault(call, key, now_s=time.time(), max_age_s=max_age):
        typer.echo(f"not valid: {why}", err=True)
        raise typer.Exit(1)
    typer.echo(f"valid: {call.id}, {len(call.body)} bytes")


def _read(body: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if body == "-" else Path(body).read_bytes()
    except OSError as error:
        raise ended(f"{body}: {error.strerror or error}") from error


def _key(env: str | None, file: str | None) -> bytes:
    try:
        key = key_of(read_secret(env=env, file=file, environ=os.environ, base=Path()))
    except SettingsError as error:
        raise ended(f"{error}; give it by --secret-env or --secret-file") from error
    if key is None:
        raise ended(f'the secret must be "{SECRET_PREFIX}" and base64')
    return key
