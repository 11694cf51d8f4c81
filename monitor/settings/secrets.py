"""Secrets: read where they are used, and hidden wherever an address is shown.

`read_secret` turns the name of an environment variable or of a file into the secret itself. `masked_url` turns an
address into one that can be shown. Nothing here writes a secret anywhere, not even into an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import SplitResult, unquote_plus, urlsplit

from monitor.errors import SettingsError

MASK = "***"

_SECRET_NAME = re.compile(
    r"(^|[-_.])(pass(word|wd|phrase)?|pwd|secret|(access|api|auth|bearer|bot)?[-_]?(key|token)|credentials?"
    r"|auth(orization)?|bearer|sig(nature)?|hmac|session|sid|jwt)s?$",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9]+")
_WORD = re.compile(r"[A-Za-z][a-z]{2,}")


def read_secret(*, env: str | None, file: str | None, environ: Mapping[str, str], base: Path) -> str:
    """Return the secret that an environment variable or a file holds; one newline at its end is not part of it.

    `file` is relative to `base`, the folder of the settings file. Raises SettingsError, without the secret, where
    there is none.
    """
    if env is not None:
        return _of_variable(env, environ)
    if file is not None:
        return _of_file(base / file)
    raise SettingsError("secret", "neither an environment variable nor a file is named")


def _of_variable(name: str, environ: Mapping[str, str]) -> str:
    secret = _without_newline(environ.get(name, ""))
    if not secret:
        raise SettingsError(f"environment variable {name}", "is not set; it must hold the secret")
    return secret


def _of_file(path: Path) -> str:
    try:
        secret = _without_newline(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"secret file {path}", error.strerror or "cannot be read") from error
    except UnicodeDecodeError:
        raise SettingsError(f"secret file {path}", "is not UTF-8 text") from None
    if not secret:
        raise SettingsError(f"secret file {path}", "is empty")
    return secret


def _without_newline(secret: str) -> str:
    return secret.removesuffix("\n").removesuffix("\r")


def names_secret(name: str) -> bool:
    """Tell whether a key or parameter of this name holds a secret, such as `password`, `api_key` or `token`."""
    return bool(_SECRET_NAME.search(name))


@lru_cache(maxsize=4096)  # every poll shows its feed's address
def masked_url(url: str) -> str:
    """Return an address with user, password and whatever looks like a token replaced by "***"."""
    try:
        parts = urlsplit(url)
        host = _host(parts)
    except ValueError:
        return MASK
    path = "/".join(_masked(piece) for piece in parts.path.split("/"))
    query = "&".join(_masked_parameter(piece) for piece in parts.query.split("&"))
    fragment = _masked(parts.fragment)
    # By hand: whether urlunsplit keeps the empty host of unix:///path depends on the version of Python.
    start = f"{parts.scheme}://" if "://" in url else ""
    return f"{start}{host}{path}{query and '?'}{query}{fragment and '#'}{fragment}"


def _host(parts: SplitResult) -> str:
    user, at, host = parts.netloc.rpartition("@")
    return f"{MASK}@{host}" if at and user else host


def _masked_parameter(piece: str) -> str:
    name, equals, value = piece.partition("=")
    if not equals:
        return _masked(piece)
    hidden = names_secret(unquote_plus(name)) or looks_like_token(unquote_plus(value))
    return f"{name}={MASK}" if value and hidden else piece


def _masked(piece: str) -> str:
    return MASK if looks_like_token(piece) else piece


def looks_like_token(text: str) -> bool:
    """Tell whether a piece of an address was made by a machine to be unguessable, rather than by a person to be read.

    A guess: long, and changing between capitals, small letters and digits more often than words do. It errs on the
    side of hiding: a hidden word costs a look into the settings, a shown token costs the account.
    """
    runs = _RUN.findall(text)
    if _UUID.search(text) or any(_unguessable(run) for run in runs):
        return True
    kinds = {_kind(character) for run in runs for character in run}
    return len(text) >= 24 and len(kinds) == 3 and not any(_WORD.fullmatch(run) for run in runs)


def _unguessable(run: str) -> bool:
    changes = sum(_kind(a) != _kind(b) for a, b in pairwise(run))
    return len(run) >= 32 or (len(run) >= 10 and changes >= 4)


def _kind(character: str) -> str:
    return "digit" if character.isdigit() else "capital" if character.isupper() else "small"
