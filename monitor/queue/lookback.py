"""The items that are still in Redis, for a look back: `redis.keep_items` says how long that is. Changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from monitor.errors import StoreError
from monitor.model import Item
from monitor.queue.codec import decode_item, readable
from monitor.queue.keys import SHARDS
from monitor.queue.store import Store, entries

_PAGE = 500


async def items_since(store: Store, *, seconds_ago: float) -> AsyncIterator[Item]:
    """Yield the items that came in during the last so many seconds of the server's clock, shard by shard.

    What a newer version wrote, or is damaged, is passed over. Raises StoreError.
    """
    now_s = int((await store.run("TIME"))[0])
    first = str(max(0, int((now_s - seconds_ago) * 1000)))
    for shard in range(SHARDS):
        async for item in _of_shard(store, shard, first):
            yield item


async def _of_shard(store: Store, shard: int, first: str) -> AsyncIterator[Item]:
    while page := entries(await store.run("XRANGE", store.keys.items(shard), first, "+", "COUNT", _PAGE)):
        for _, fields in page:
            if (item := _item(fields)) is not None:
                yield item
        first = f"({page[-1][0]}"


def _item(fields: dict[str, str]) -> Item | None:
    try:
        return decode_item(fields) if readable(fields) else None
    except StoreError:
        return None
