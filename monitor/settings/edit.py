"""Adds feeds to the settings file as its owner would: comments, order and layout stay as they are.

The new text is validated as a whole before it takes the file's place, in one step: a reader sees the old file or the
new one, never half of one, and a file that would be broken is not written.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import tomlkit

from monitor.errors import SettingsError
from monitor.settings.load import load
from monitor.settings.locate import last_line_of
from monitor.settings.schema import FeedSettings, Settings


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to add; without an id it gets one that is derived from its address."""

    url: str
    id: str | None = None
    name: str | None = None
    folder: str | None = None


def add_feeds(path: Path, feeds: Iterable[NewFeed], *, environ: Mapping[str, str]) -> tuple[FeedSettings, ...]:
    """Add feeds to a settings file and return them as they are there; one whose address is known already is left out.

    Raises SettingsError, and changes nothing, where the file is not valid or would not be.
    """
    text = read(path)
    tables = _tables(feeds, load(path, environ=environ, draft=text.encode()).settings)
    if not tables:
        return ()
    changed = _with_feeds(text, tables, path)
    load(path, environ=environ, draft=changed.encode())
    replace(path, changed, expected=text)
    return tuple(FeedSettings.model_validate(table) for table in tables)


def derived_id(url: str, taken: Collection[str]) -> str:
    """Return an id made of an address' host and path, with a number where it is taken."""
    parts = urlsplit(url)
    host = (parts.hostname or "feed").removeprefix("www.")
    words = re.sub(r"[^A-Za-z0-9]+", "-", f"{host}{_telling_path(parts.path)}").strip("-").lower()
    slug = words[:80].strip("-") or "feed"
    candidates = (slug if number == 1 else f"{slug}-{number}" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def _telling_path(path: str) -> str:
    """Leave out of a path what half of all feeds are called."""
    pieces = [piece for piece in path.split("/") if piece]
    if pieces and re.fullmatch(r"(rss|feed|atom|index|feeds)(\.(xml|rss|atom|json|html))?", pieces[-1], re.IGNORECASE):
        pieces.pop()
    return "".join(f"-{piece}" for piece in pieces)


def _tables(feeds: Iterable[NewFeed], settings: Settings) -> list[dict[str, str]]:
    taken = {feed.id for feed in settings.feeds}
    addresses = {feed.url for feed in settings.feeds}
    tables = []
    for feed in feeds:
        if feed.url in addresses:
            continue
        new_id = feed.id or derived_id(feed.url, taken)
        taken.add(new_id)
        addresses.add(feed.url)
        values = {"id": new_id, "name": feed.name, "url": feed.url, "folder": feed.folder}
        tables.append({key: value for key, value in values.items() if value})
    return tables


def _with_feeds(text: str, tables: Sequence[Mapping[str, str]], path: Path) -> str:
    """Put tables behind the last feed, or at the end where there is none yet.

    tomlkit writes the tables; it does not read the file, for which it needs 6 s at 10,000 watchlists.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [line.removesuffix("\r") for line in text.rstrip().split("\n")]
    at = last_line_of(text, "feeds") or len(lines)
    lines[at:at] = ["", *tomlkit.dumps({"feeds": tables}).rstrip().split("\n")]
    changed = newline.join(lines).lstrip() + newline
    if not _differs_by(tables, before=text, after=changed):
        raise SettingsError(str(path), "its feeds are not written as [[feeds]]; add these by hand")
    return changed


def _differs_by(tables: Sequence[Mapping[str, str]], *, before: str, after: str) -> bool:
    expected = tomllib.loads(before)
    try:
        expected["feeds"] = [*expected.get("feeds", []), *map(dict, tables)]
        return tomllib.loads(after) == expected
    except (tomllib.TOMLDecodeError, TypeError):
        return False


def read(path: Path) -> str:
    """Read a settings file, its line ends as they are. Raises SettingsError."""
    try:
        return path.read_bytes().decode("utf-8-sig")  # bytes, not read_text: line ends stay as they are
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), f"cannot be read: {error}") from error


def replace(path: Path, text: str, *, expected: str) -> None:
    """Put a text into the place of a file, with its owner and mode; refuse if somebody has changed it meanwhile.

    Raises SettingsError.
    """
    target = path.resolve()  # the file itself, not a link to it
    try:
        draft = _written(target, text)
        try:
            if read(target) != expected:
                raise SettingsError(str(path), "was changed by somebody else at the same moment; try again")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        _flush_folder(target.parent)
    except OSError as error:
        raise SettingsError(str(path), f"cannot be replaced: {error.strerror}") from error


def _written(target: Path, text: str) -> Path:
    """Return a new file beside the target, on the disk for sure, that looks like it to the system."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
        file.flush()
        status = target.stat()
        os.fchown(file.fileno(), status.st_uid, status.st_gid)
        os.fchmod(file.fileno(), status.st_mode & 0o7777)
        os.fsync(file.fileno())
    return Path(name)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
