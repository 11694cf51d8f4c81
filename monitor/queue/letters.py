"""Dead letters: items that no matcher could handle and deliveries given up; list, show, replay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.queue.keys import SHARDS
from monitor.queue.store import Script, Store, entries, mapping

_REPLAY_ITEM = Script.load("replay_item")
_REPLAY_DELIVERY = Script.load("replay_delivery")
_ID = re.compile(r"([fa]\d\d)-(\d{1,19}-\d{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One thing given up."""

    #: "f03-1732435200000-0" or "a11-…": its shard and its place there.
    id: str
    #: "item" or "delivery".
    kind: str
    reason: str
    at: str
    #: Channel and delivery of a dead delivery; "" for an item.
    channel: str = ""
    delivery: str = ""


class DeadLetters:
    """All that was given up and can be tried again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, *, most: int = 1000) -> list[DeadLetter]:
        """List the newest dead letters, newest first, at most `most` per shard."""
        letters = []
        for name in _shards():
            reply = await self._store.run("XREVRANGE", self._stream(name), "+", "-", "COUNT", most)
            letters += [_letter(name, entry_id, fields) for entry_id, fields in entries(reply)]
        return sorted(letters, key=lambda letter: letter.at, reverse=True)

    async def count(self) -> int:
        """Count all dead letters."""
        return sum(await self._store.run_all([("XLEN", self._stream(name)) for name in _shards()]))

    async def show(self, letter_id: str) -> tuple[DeadLetter, Mapping[str, str]] | None:
        """Read one dead letter with all that is known of it; None where there is none of that id."""
        name, entry_id = _parted(letter_id)
        found = entries(await self._store.run("XRANGE", self._stream(name), entry_id, entry_id)) if name else []
        if not found:
            return None
        letter = _letter(name, *found[0])
        if letter.kind == "item":
            return letter, found[0][1]
        key = self._store.keys.delivery(int(name[1:]), letter.delivery)
        return letter, mapping(await self._store.run("HGETALL", key))

    async def replay(self, letter_id: str) -> bool:
        """Put a dead letter's content back to work; False where it is not there (any more)."""
        shown = await self.show(letter_id)
        if shown is None:
            return False
        (name, entry_id), letter, keys = _parted(letter_id), shown[0], self._store.keys
        shard = int(name[1:])
        if letter.kind == "item":
            done: Any = await self._store.script(_REPLAY_ITEM, [self._stream(name), keys.items(shard)], [entry_id])
            return bool(int(done))
        names = [
            self._stream(name),
            keys.delivery(shard, letter.delivery),
            keys.outbox(shard, letter.channel),
            keys.channels(shard),
        ]
        return bool(int(await self._store.script(_REPLAY_DELIVERY, names, [entry_id, letter.delivery, letter.channel])))

    def _stream(self, name: str) -> str:
        keys, shard = self._store.keys, int(name[1:])
        return keys.dead_items(shard) if name[0] == "f" else keys.dead_deliveries(shard)


def _shards() -> list[str]:
    return [f"{kind}{shard:02}" for kind in "fa" for shard in range(SHARDS)]


def _parted(letter_id: str) -> tuple[str, str]:
    found = _ID.fullmatch(letter_id)
    return (found[1], found[2]) if found and found[1] in _shards() else ("", "")


def _letter(name: str, entry_id: str, fields: Mapping[str, str]) -> DeadLetter:
    return DeadLetter(
        f"{name}-{entry_id}",
        fields.get("kind", ""),
        fields.get("reason", ""),
        fields.get("at", ""),
        fields.get("channel", ""),
        fields.get("delivery", ""),
    )
