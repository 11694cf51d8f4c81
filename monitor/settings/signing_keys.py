"""The keys that sign the links in alerts: those that the settings name, or a file of ours in the data folder.

The first key signs, all of them verify. Our file holds one key a line, the newest first, for its owner's eyes alone; it
is made once, whole or not at all, by whichever process needs it first. No key is ever shown, logged or published.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from monitor.errors import SettingsError

#: In the data folder.
FILE = "signing.keys"
#: Former keys that a rotation keeps.
KEPT = 9
#: A key that a person made up has at least so many characters; ours have 43, of 256 bits.
FEWEST_CHARACTERS = 32


def usable(key: str, *, named: str) -> bytes:
    """Return a key as bytes. Raises SettingsError, without the key, where it could be guessed."""
    stripped = key.strip()
    if len(stripped) < FEWEST_CHARACTERS:
        raise SettingsError(named, f"must have at least {FEWEST_CHARACTERS} characters: `openssl rand -base64 32`")
    return stripped.encode()


def kept_keys(folder: Path) -> tuple[bytes, ...]:
    """Return the keys of the data folder, made at the first call. Raises SettingsError."""
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        raise SettingsError(str(path), f"holds the signing key, and: {error.strerror or error}") from error


def rotate(folder: Path, *, forget: bool) -> int:
    """Put a new key before the others, and return how many former ones still verify; none where they are forgotten.

    Raises SettingsError.
    """
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        _refuse_strangers(path if path.exists() else folder)
        former = () if forget else kept_keys(folder)[:KEPT]
        draft = _written(path, [_new(), *(key.decode() for key in former)])
        draft.replace(path)
        _flush(folder)
    except OSError as error:
        raise SettingsError(str(path), f"cannot be replaced: {error.strerror or error}") from error
    return len(former)


def _make(path: Path) -> None:
    """Make the file, unless another process has just done so: then its key is ours too."""
    draft = _written(path, [_new()])
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    _flush(path.parent)


def _read(path: Path) -> tuple[bytes, ...]:
    lines = [line for line in path.read_text("utf-8", errors="replace").splitlines() if line.strip()]
    if not lines:
        raise SettingsError(str(path), "holds no signing key; delete it, and a new one is made")
    return tuple(usable(line, named=str(path)) for line in lines)


def _refuse_strangers(place: Path) -> None:
    """Refuse to write a file that the service, being another user, could not read then. Root may: it gives it away."""
    owner = place.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise SettingsError(str(place), f"belongs to user {owner}, the service's; run this as that user")


def _written(path: Path, lines: list[str]) -> Path:
    """Return a new file beside `path`, on the disk for sure and readable by its owner alone (as mkstemp makes it)."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        if os.geteuid() == 0:
            owner = (path if path.exists() else path.parent).stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        os.fsync(file.fileno())
    return Path(name)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _new() -> str:
    return secrets.token_urlsafe(32)
