"""Promise 10: what a newer version wrote is left to a newer worker, said aloud, and holds up nobody."""

from __future__ import annotations

from pathlib import Path

from monitor.queue.codec import SCHEMA
from monitor.queue.keys import SHARDS, shard_of
from monitor.queue.store import Store
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import Crew
from tests.workers.test_webhook_answers import telling


async def test_items_of_a_newer_version_stay_pending_and_are_said(store: Store, tmp_path: Path) -> None:
    stream = store.keys.items(shard_of("wire"))
    await store.run("XADD", stream, "*", "v", SCHEMA + 1, "item", "in a form of the future")
    async with telling(store, tmp_path) as (workers, hook):
        await workers.publish("Qwen one")
        await hook.alerted(1)
        await workers.eventually(
            lambda status: any("newer version" in row["doing"] for row in status["workers"] if row["role"] == "matcher")
        )
        told = await workers.status()
    assert (told["queues"][0]["pending"], told["dead_letters"]) == (1, 0)


async def test_announcements_that_a_dead_notifier_took_are_taken_over(store: Store, tmp_path: Path) -> None:
    await _abandoned(store)
    async with telling(store, tmp_path) as (workers, hook):
        await _heard(workers, hook, store)


async def _abandoned(store: Store) -> None:
    """Let a notifier take an announcement two minutes ago and die."""
    for shard in range(SHARDS):
        await store.run("XGROUP", "CREATE", store.keys.alerts(shard), "notifiers", "0", "MKSTREAM")
    stream = store.keys.alerts(3)
    entry = await store.run("XADD", stream, "*", "v", SCHEMA, "alert", '{"channels": ["hook"]}')
    await store.run("XREADGROUP", "GROUP", "notifiers", "dead", "COUNT", 1, "STREAMS", stream, ">")
    await store.run("XCLAIM", stream, "notifiers", "dead", 0, entry, "IDLE", 120_000)


async def _heard(workers: Crew, hook: WebhookReceiver, store: Store) -> None:
    await workers.publish("Qwen one")
    await hook.alerted(1)
    await workers.eventually(lambda status: status["queues"][1]["pending"] == 0)
