"""What `status` tells: everything that Redis knows of the service at this moment, gathered once. Decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.model import FEED_RETIRED
from monitor.queue.census import FeedRow, channel_counts, feed_rows, memory
from monitor.queue.feedback import FeedbackBook
from monitor.queue.letters import DeadLetters
from monitor.queue.publication import Publication
from monitor.queue.registry import SILENT_S, Registry
from monitor.queue.store import Store
from monitor.queue.upkeep import Lag, Upkeep
from monitor.settings.schema import Settings
from monitor.settings.snapshot import from_parts
from workers.held_hosts import held_hosts
from workers.waiting import held_alerts, unsent_alerts


@dataclass(frozen=True, slots=True)
class Report:
    """The service at one moment, as plain values."""

    settings: dict[str, Any]
    workers: list[dict[str, Any]]
    queues: list[dict[str, Any]]
    dead_letters: int
    feeds: dict[str, int]
    feed_rows: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    overrides: list[dict[str, Any]]
    memory: dict[str, int]
    #: Alerts judged by readers, by watchlist, and how many of one are kept.
    feedback: dict[str, Any]
    #: Alerts that wait, and how many watchlists have one; alerts that were lately closed as not sent.
    held: dict[str, Any]
    unsent: list[dict[str, Any]]
    #: Hosts that have asked to be left alone, until when, and the feeds that wait for it.
    held_hosts: list[dict[str, Any]]


async def report(store: Store) -> Report:
    """Gather the report. Raises StoreError."""
    settings_told, settings = await _settings(store)
    rows = await feed_rows(store, sorted(feed.id for feed in settings.feeds if feed.enabled))
    registry, used = Registry(store), await memory(store)
    now = datetime.now(UTC)
    overrides = await registry.overrides(now=now)
    retired = {each.subject for each in overrides if each.kind == FEED_RETIRED}
    feeds = [_feed(row, retired) for row in rows]
    return Report(
        settings=settings_told,
        workers=await _workers(registry),
        queues=await _queues(store, settings),
        dead_letters=await DeadLetters(store).count(),
        feeds=dict(Counter(feed["state"] for feed in feeds)),
        feed_rows=feeds,
        channels=await _channels(store, registry, settings),
        overrides=[asdict(each) for each in overrides],
        memory={"used_bytes": used[0], "limit_bytes": used[1]},
        feedback={"alerts": await FeedbackBook(store).counts(), "limit": settings.alerts.keep_feedback},
        held=await held_alerts(store),
        unsent=await unsent_alerts(store),
        held_hosts=await held_hosts(store, settings, now=now),
    )


async def settings_in_force(store: Store) -> Settings | None:
    """Read the published settings; None before the first publication. Raises StoreError."""
    in_force = await Publication(store).read()
    return from_parts(in_force[1]) if in_force else None


async def _settings(store: Store) -> tuple[dict[str, Any], Settings]:
    publication = Publication(store)
    in_force = await publication.read()
    edition, parts = in_force or (None, {})
    settings = from_parts(parts) if edition else Settings()
    told = {
        "version": edition.version if edition else 0,
        "origin": edition.origin if edition else "",
        "published_at": edition.published_at if edition else "",
        "refused": [asdict(each) for each in await publication.refusals()],
    }
    return told, settings


async def _workers(registry: Registry) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [{**asdict(beat), "silent": beat.silence_s(now) > SILENT_S} for beat in await registry.workers()]


async def _queues(store: Store, settings: Settings) -> list[dict[str, Any]]:
    upkeep, keys = Upkeep(store), store.keys
    items, alerts = await upkeep.lags(keys.items), await upkeep.lags(keys.alerts)
    return [
        _queue("items", "matchers", items) | {"limit": settings.redis.max_backlog},
        _queue("alerts", "notifiers", alerts),
    ]


def _queue(name: str, group: str, lags: list[Lag]) -> dict[str, Any]:
    mine = [lag for lag in lags if lag.group == group]
    return {
        "stream": name,
        "group": group,
        "waiting": sum(lag.waiting for lag in mine),
        "pending": sum(lag.pending for lag in mine),
    }


def _feed(row: FeedRow, retired: Collection[str]) -> dict[str, Any]:
    return {**asdict(row), "state": "retired" if row.id in retired else row.state}


async def _channels(store: Store, registry: Registry, settings: Settings) -> list[dict[str, Any]]:
    named = {each.id: each for each in settings.channels}
    states = await registry.channels()
    told = []
    for channel, count in (await channel_counts(store, named)).items():
        state = states.get(channel)
        gone = "not in settings" if channel not in named else "switched off" if not named[channel].enabled else ""
        told.append(
            {
                "id": channel,
                "type": named[channel].type if channel in named else "",
                "state": gone or (state.state if state else "good"),
                "since": state.since if state and not gone else "",
                "answer": state.answer if state and not gone else "",
                "next_probe_at": state.next_probe_at if state and not gone else "",
                **asdict(count),
            }
        )
    return told
