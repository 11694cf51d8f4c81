"""Webhook endpoints that hang hold up nobody else, however many of them stand at the same host."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from monitor.queue.keys import SHARDS
from monitor.queue.store import Store
from tests.servers.http import Answer, held
from tests.servers.webhooks import WebhookReceiver
from tests.workers.crew import crew

ENDPOINTS, HANGING, WATCHLISTS = 10, 5, 40


def settings_of(hook: WebhookReceiver, hanging: WebhookReceiver) -> str:
    """Write settings in which one item is told by forty watchlists to ten endpoints of one host."""
    urls = [(hanging if number < HANGING else hook).url(f"/{number}") for number in range(ENDPOINTS)]
    channels = (
        f'[[channels]]\nid = "c{number}"\ntype = "webhook"\nurl = "{url}"\nsecret_env = "HOOK_SECRET"\n'
        f'concurrency = {SHARDS}\ntimeout = "5min"'
        for number, url in enumerate(urls)
    )
    names = ", ".join(f'"c{number}"' for number in range(ENDPOINTS))
    watchlists = (
        f'[[watchlists]]\nid = "w{number}"\nterms = ["Qwen"]\nchannels = [{names}]' for number in range(WATCHLISTS)
    )
    head = f'[net]\nallow_hosts = ["127.0.0.1"]\n[alerts]\nmax_matches_per_item = {WATCHLISTS}'
    return "\n".join((head, *channels, *watchlists))


async def test_endpoints_that_hang_delay_no_other_at_the_same_host(store: Store, tmp_path: Path) -> None:
    answer, release = held(Answer(status=204))
    async with WebhookReceiver() as hook, WebhookReceiver() as hanging:
        hanging.script.always(answer)
        async with crew(store, tmp_path, settings_of(hook, hanging), "matcher", "notifier") as workers:
            try:
                await workers.publish("Qwen is distilled")
                await hook.alerted(WATCHLISTS * (ENDPOINTS - HANGING))
                assert set(Counter(call.path for call in hook.calls).values()) == {WATCHLISTS}
                assert len(hanging.calls) == HANGING * SHARDS, "one for each shard hangs at each of them"
            finally:
                release.set()
            await hanging.alerted(WATCHLISTS * HANGING)
