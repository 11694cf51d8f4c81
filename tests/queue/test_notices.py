"""An operator's notice is committed once, like an alert, in shard 00."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import Notice
from monitor.queue.codec import channels_of, decode
from monitor.queue.outbox import Outbox
from monitor.queue.store import Store, entries
from tests.queue.made import NOW, alert, delivery

NOTICE = Notice("feed-dead", "f", "never", "Feed f has failed", "See to it.", NOW)
DELIVERY = replace(delivery(alert()), alert_id="alt_notice", watchlist_id="")


async def test_it_is_committed_once(any_store: Store) -> None:
    outbox = Outbox(any_store)
    assert await outbox.commit_notice(NOTICE, [DELIVERY], remember_s=60)
    assert not await outbox.commit_notice(replace(NOTICE, title="again"), [DELIVERY], remember_s=60)
    ((_, fields),) = entries(await any_store.run("XRANGE", any_store.keys.alerts(0), "-", "+"))
    assert channels_of(fields) == ("c",)
    assert (decode(fields["alert"])["type"], decode(fields["alert"])["why"]) == ("operator.notice", "Feed f has failed")


async def test_its_delivery_is_sent_and_settled_like_any_other(any_store: Store) -> None:
    outbox = Outbox(any_store)
    await outbox.commit_notice(NOTICE, [DELIVERY], remember_s=60)
    assert await outbox.due(0, "c", most=9) == ([DELIVERY.id], None)
    attempt = await outbox.begin(0, "c", DELIVERY.id)
    assert attempt is not None
    assert attempt.delivery == DELIVERY
    await outbox.delivered(attempt.delivery, answer="200", now=NOW, keep_s=60)
    assert await outbox.due(0, "c", most=9) == ([], None)
