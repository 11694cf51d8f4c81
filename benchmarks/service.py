"""The whole service on made settings, as its users run it: `news-monitor run` in a folder of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from monitor.settings.load import load
from monitor.settings.schema import Settings, WatchlistSettings
from tests.workers.service import Service, running


def settings_text(
    address: str, hook: str, *, feeds: int, interval_s: float, watchlists: Iterable[str], per_host: int = 64
) -> str:
    """Write settings with the limits per host lifted, feeds at /0, /1, ... of a server, and a signed webhook."""
    tables = (f'[[feeds]]\nid = "feed-{number}"\nurl = "{address}/{number}"' for number in range(feeds))
    return "\n".join(
        (
            f'[net]\nallow_hosts = ["127.0.0.1"]\nper_host = {per_host}\n[polling]\nmin_interval = {interval_s}',
            *tables,
            f'[[channels]]\nid = "hook"\ntype = "webhook"\nurl = "{hook}"\nsecret_env = "HOOK_SECRET"',
            *_entities_text(),
            *watchlists,
        )
    )


def shipped() -> Settings:
    """Read the repository's settings.toml, for its four watchlists and the entities that they name."""
    return load(Path("settings.toml"), environ={}).settings


def shipped_watchlists() -> list[WatchlistSettings]:
    """Give the four watchlists of the repository."""
    return list(shipped().watchlists)


def _entities_text() -> list[str]:
    told = (f"{_json(name)} = {_json(aliases)}" for name, aliases in shipped().entities.items())
    return ["[entities]", *told]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def watchlist_text(watchlist: WatchlistSettings) -> str:
    """Write a watchlist whose alerts go to the webhook."""
    lists = {"terms": watchlist.terms, "context": watchlist.context, "exclude": watchlist.exclude}
    said = {"query": watchlist.query} if watchlist.query else lists
    examples = {f"examples.{kind}": told for kind, told in watchlist.examples.model_dump().items() if told}
    lines = (f"{name} = {_json(values)}" for name, values in {**said, **examples, "channels": ["hook"]}.items())
    return "\n".join((f"[[watchlists]]\nid = {json.dumps(watchlist.id)}", *lines))


def made_watchlist(number: int) -> str:
    """Write a watchlist of a dozen words, of which none stands in the made news."""
    words = [f"subject{number}word{each}" for each in range(12)]
    made = WatchlistSettings(
        id=f"list-{number}", terms=tuple(words[:6]), context=tuple(words[6:10]), exclude=(words[11],)
    )
    return watchlist_text(made)


@asynccontextmanager
async def service(settings: str) -> AsyncIterator[Service]:
    """Run the service on these settings, ready when the block begins."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        async with running(Path(name), settings) as started:
            yield started
