"""`news-monitor watchlists show`: a watchlist as it stands in the settings, what it means, and how well it does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from monitor.cli import precision
from monitor.cli.chosen import chosen_or_exit
from monitor.cli.store import Unreachable, if_store
from monitor.model import Feedback, Watchlist
from monitor.queue.feedback import FeedbackBook
from monitor.queue.registry import CHANNEL_DISABLED, Override, Registry
from monitor.queue.silences import CHANNEL_PAUSED, MUTED, UNSUBSCRIBED
from monitor.queue.store import Store
from monitor.settings.channels import Channel
from monitor.settings.schema import Settings, WatchlistSettings
from monitor.stories.policy_words import in_words
from monitor.watchlists.definition import query_of
from monitor.watchlists.query import Entity, walk, written
from workers.policies import high_of, policy_of
from workers.searches import search_feeds_of


def show_watchlist(watchlist: str, settings: Path, *, as_json: bool) -> None:
    """Print it."""
    chosen = chosen_or_exit(settings, watchlist)
    entry, meant = chosen.entries[0][1], chosen.watchlists[watchlist]
    found = if_store(settings, lambda store: _known(store, entry))
    if isinstance(found, Unreachable):
        typer.echo(f"feedback and overrides: not known here: {found.reason}", err=True)
    known, silenced = (None, None) if isinstance(found, Unreachable) else found
    more = _beside(chosen.loaded.settings, entry)
    if as_json:
        overrides = None if silenced is None else [asdict(each) for each in silenced]
        shown = {**_shown(entry, meant, known), **more, "overrides": overrides}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for line in _told(entry, meant, more):
        typer.echo(line)
    for each in silenced or ():
        typer.echo(f"override {each.id}: {f'until {each.until[:16]} UTC: ' if each.until else ''}{each.reason}")
    for line in [] if known is None else precision.told(known, version=meant.version):
        typer.echo(line)


async def _known(store: Store, entry: WatchlistSettings) -> tuple[list[Feedback], list[Override]]:
    """Read what was said of a watchlist's alerts, and the overrides that keep some of them back."""
    overrides = await Registry(store).overrides(now=datetime.now(UTC))
    silenced = [
        each
        for each in overrides
        if (each.kind in (MUTED, UNSUBSCRIBED) and each.subject == entry.id)
        or (each.kind in (CHANNEL_PAUSED, CHANNEL_DISABLED) and each.subject in entry.channels)
    ]
    return await FeedbackBook(store).of(entry.id), silenced


def _shown(entry: WatchlistSettings, watchlist: Watchlist, said: Sequence[Feedback] | None) -> dict[str, Any]:
    """Give all that the settings say of a watchlist, what it means, and how well it does."""
    return {
        "id": watchlist.id,
        "name": watchlist.name,
        "enabled": entry.enabled,
        "version": watchlist.version,
        "channels": list(watchlist.channels),
        "query": watchlist.query or written(query_of(watchlist)),
        "settings": entry.model_dump(mode="json", exclude_defaults=True),
        "feedback": None if said is None else precision.record(said, version=watchlist.version),
    }


def _beside(settings: Settings, entry: WatchlistSettings) -> dict[str, Any]:
    """Say what is decided with other tables too: when alerts are sent, which are of high severity, what is searched."""
    channels = {each.id: each for each in settings.channels}
    high = high_of(settings.alerts, entry, settings.entities)
    return {
        "sent": {name: _sent(settings, entry, channels[name]) for name in entry.channels},
        "high": high.query if high else None,
        "searches": [each.shown for each in search_feeds_of(settings.model_copy(update={"watchlists": (entry,)}))],
    }


def _sent(settings: Settings, entry: WatchlistSettings, channel: Channel) -> str:
    """Say when the alerts of a watchlist are sent on a channel."""
    when = in_words(policy_of(settings.alerts, entry, channel))
    return when if channel.enabled else f"{when}; the channel is switched off"


def _told(entry: WatchlistSettings, watchlist: Watchlist, beside: Mapping[str, Any]) -> list[str]:
    query = query_of(watchlist)
    entities = {node.name: node for node in walk(query) if isinstance(node, Entity)}
    return [
        f"id: {watchlist.id}",
        f"name: {watchlist.name}",
        *([] if entry.enabled else ["switched off"]),
        f"version: {watchlist.version}",
        f"channels: {', '.join(watchlist.channels) or 'none'}",
        *(f"sent on {channel}: {when}" for channel, when in beside["sent"].items()),
        *([f"high severity: titles that match {beside['high']}"] if beside["high"] else []),
        f"query: {watchlist.query or written(query)}",
        *(f"@{name}: {' OR '.join(map(written, each.aliases))}" for name, each in entities.items()),
        *([f"search: {', '.join(entry.search)}"] if entry.search else []),
        *(f"searched: {address}" for address in beside["searches"]),
        *(f"should match: {title}" for title in entry.examples.match),
        *(f"should not match: {title}" for title in entry.examples.no_match),
    ]
